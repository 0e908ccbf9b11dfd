/**
 * What kind of failure it is, for code that must branch on it.
 * The first seven are the error kinds of the database contract; the others come from the Hub, the network and the disk.
 */
export type ErrorCode =
  | 'validation'
  | 'constraint'
  | 'not_found'
  | 'state_transition'
  | 'integrity'
  | 'operational'
  | 'connection'
  | 'gone'
  | 'gated'
  | 'forbidden'
  | 'rate_limited'
  | 'unavailable'
  | 'stalled'
  | 'changed'
  | 'corrupt'
  | 'no_space'
  /** Another program keeps the database for itself, for a moment. */
  | 'busy'
  /** Another process has what only one may have. */
  | 'held'
  /** What hubgram was told at its start can't be used. */
  | 'configuration'
  /** Telegram does not know the bot token. */
  | 'refused_token';

/** Failures that time may mend. Everything else fails at once, with its reason. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'connection',
  'rate_limited',
  'unavailable',
  'stalled',
  'changed',
  'corrupt',
  'busy',
]);

const PERMANENT: ReadonlySet<unknown> = new Set<ErrorCode>([
  'validation',
  'constraint',
  'not_found',
  'gone',
  'gated',
  'forbidden',
  'integrity',
]);

interface AppErrorOptions {
  readonly cause?: unknown;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** A failure with a sentence that a person may read. Anything else that is thrown is a fault of ours. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True if the failure may be gone on the next try. */
export const isTransient = (error: unknown): boolean => error instanceof AppError && TRANSIENT.has(error.code);

/** True if another program keeps the database for itself: over in a moment. */
export const isBusy = (error: unknown): boolean => error instanceof AppError && error.code === 'busy';

/** True if the machine refuses for now, as with a full disk or a busy database: nobody's fault, and over some day. */
export const isForNow = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'no_space' || error.code === 'unavailable' || error.code === 'busy');

/** True for the code of a failure that trying again will not mend: something else has to be done first. */
export const isPermanent = (code: unknown): boolean => PERMANENT.has(code);

/** The sentence for people; a fault of ours has none that would help them. */
export const messageOf = (error: unknown): string =>
  error instanceof AppError ? error.message : 'Something went wrong inside hubgram. The log says more.';
