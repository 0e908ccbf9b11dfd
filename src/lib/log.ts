/** What a log may leave out, from everything told to almost nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What rooms write their log to: pino's calling convention, fields first, sentence second. */
export interface Log {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** One that can be told, while the program runs, how much to leave out. */
export interface AdjustableLog extends Log {
  readonly setLevel: (level: LogLevel) => void;
}

const ignore = (): void => {};

export const silentLog: AdjustableLog = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
};
