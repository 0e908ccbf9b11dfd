import type { LogEntry } from '../lib/log-entries.ts';
import { LOG_LEVELS } from '../lib/log.ts';

interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

const fieldText = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);

/** Stacks and what lies beneath an error read better below the line than in it. */
const errorText = (value: unknown, indent: string): string => {
  if (typeof value !== 'object' || value === null) return `${indent}${fieldText(value)}\n`;
  const { name, message, stack, cause, ...rest } = value as {
    name?: string;
    message?: string;
    stack?: string;
    cause?: unknown;
  };
  const heading = stack ?? [name, message].filter((part) => part !== undefined).join(': ');
  const details = Object.entries(rest).map(([key, item]) => ` ${key}=${fieldText(item)}`);
  const own = `${heading}${details.join('')}`.replace(/\n/g, `\n${indent}`);
  return `${indent}${own}\n${cause === undefined ? '' : errorText(cause, `${indent}  `)}`;
};

const isError = (value: unknown): boolean => typeof value === 'object' && value !== null && 'message' in value;

/**
 * A line of the log, taken apart.
 * @param json as it was written
 * @throws Error it is none
 */
export const entryOf = (json: string): LogEntry => {
  const { level, time, msg = '', ...fields } = JSON.parse(json) as LogLine;
  const known = LOG_LEVELS.find((one) => one === level);
  const at = Date.parse(time);
  if (known === undefined || Number.isNaN(at)) throw new Error('no line of the log');
  const entries = Object.entries(fields);
  return {
    at,
    level: known,
    said: msg,
    fields: entries.filter(([, value]) => !isError(value)).map(([key, value]) => [key, fieldText(value)]),
    beneath: entries
      .filter(([, value]) => isError(value))
      .map(([, value]) => errorText(value, '  '))
      .join(''),
  };
};

/**
 * `05:10:58 WARN  A sentence  key=value`, local time, with the errors beneath and a line feed.
 * @param json a line of the log
 * @throws Error it is none
 */
export const readableLine = (json: string): string => {
  const { at, level, said, fields, beneath } = entryOf(json);
  const inline = fields.map(([key, value]) => `  ${key}=${value}`);
  return `${new Date(at).toTimeString().slice(0, 8)} ${level.toUpperCase().padEnd(5)} ${said}${inline.join('')}\n${beneath}`;
};
