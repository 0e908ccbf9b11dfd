import pino from 'pino';
import type { AdjustableLog, LogLevel } from '../lib/log.ts';
import { redact } from '../lib/text/redact.ts';
import { loggableFields } from './fields.ts';

interface LogOptions {
  readonly level: LogLevel;
  /** Lines for eyes instead of JSON; true if a person is looking. */
  readonly readable?: boolean;
  /** Gets whole lines, with their line feed. */
  readonly write?: (line: string) => void;
}

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

/** `05:10:58 WARN  A sentence  key=value`, local time, with the errors beneath. */
const readableLine = (json: string): string => {
  const { level, time, msg = '', ...fields } = JSON.parse(json) as LogLine;
  const isError = (value: unknown): boolean => typeof value === 'object' && value !== null && 'message' in value;
  const entries = Object.entries(fields);
  const inline = entries.filter(([, value]) => !isError(value)).map(([key, value]) => `  ${key}=${fieldText(value)}`);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const errors = entries.filter(([, value]) => isError(value)).map(([, value]) => errorText(value, '  '));
  return `${clock} ${level.toUpperCase().padEnd(5)} ${msg}${inline.join('')}\n${errors.join('')}`;
};

/** Waits for every line, so that the last ones before an exit are not lost. */
const toStdout = (): ((line: string) => void) => {
  const stdout = pino.destination({ dest: 1, sync: true });
  // A log on a full disk, or whose reader has gone, loses lines; that must not end the program.
  stdout.on('error', () => undefined);
  return (line) => void stdout.write(line);
};

/**
 * The log of the process: JSON lines on stdout, or readable ones if stdout is a terminal. Whatever is logged, tokens and
 * signed URLs are hidden in the finished line, the last moment that they can be.
 */
export const createLog = ({
  level,
  readable = process.stdout.isTTY,
  write = toStdout(),
}: LogOptions): AdjustableLog => {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: loggableFields },
      // `formatters.log` has done it already, and pino's own would print an error's every property.
      serializers: { err: (value: unknown) => value },
    },
    { write: (json: string) => write(redact(readable ? readableLine(json) : json)) },
  );
  return Object.assign(logger, {
    setLevel: (wanted: LogLevel): void => {
      logger.level = wanted;
    },
  });
};
