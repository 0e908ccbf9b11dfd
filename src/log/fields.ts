import { AppError } from '../domain/errors.ts';

/** Own properties of errors that tell what happened and hold nobody's text: grammY's, SQLite's, Node's, the Hub's. */
const LOGGED = ['code', 'method', 'error_code', 'description', 'statusCode', 'requestId', 'retryAfterMs'] as const;

const DEEPEST = 5;
const LONGEST_LIST = 50;

type Fields = Record<string, unknown>;

/** What lies beneath an error: its cause, or what grammY's HttpError and BotError and an AggregateError carry. */
const beneath = (error: Error): unknown => {
  if (error.cause !== undefined) return error.cause;
  if ('error' in error) return error.error;
  return error instanceof AggregateError ? error.errors : undefined;
};

/**
 * An error as a log may show it. Never its other properties: a GrammyError's payload holds what people wrote, a
 * BotError's context holds the token. No stack below an AppError: it has said what happened, and its own says where.
 */
const errorFields = (error: Error, depth: number, explained: boolean): Fields => {
  const own = error as unknown as Fields;
  const known = explained || error instanceof AppError;
  const cause = beneath(error);
  return {
    name: error.name,
    message: error.message,
    ...Object.fromEntries(LOGGED.flatMap((key) => (isPlain(own[key]) ? [[key, own[key]]] : []))),
    ...(explained ? {} : { stack: error.stack }),
    ...(cause === undefined ? {} : { cause: loggable(cause, depth + 1, known) }),
  };
};

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

const isRecord = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The name of the class; not every object has one. */
const nameOf = (value: object): string => {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'object';
};

const loggable = (value: unknown, depth: number, explained: boolean): unknown => {
  if (value === null || value === undefined || isPlain(value)) return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (depth > DEEPEST) return '…';
  if (value instanceof Error) return errorFields(value, depth, explained);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map((item) => loggable(item, depth + 1, explained));
  if (value instanceof URL) return value.href;
  if (!isRecord(value)) return `[${nameOf(value)}]`;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, loggable(item, depth + 1, explained)]));
};

/**
 * The fields of a log line: plain data and errors in full, anything that lives (a context, a request, a store) by its
 * name only.
 */
export const loggableFields = (fields: object): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, loggable(value, 0, false)]));
