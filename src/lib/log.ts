/** What a log may leave out, from everything told to almost nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What rooms write their log to: pino's calling convention, fields first, sentence second. */
export interface Log {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
  /**
   * Whatever is logged during this work, however deep within it, carries these fields, and none of a work around it. What the
   * work has begun and does not wait for carries nothing any more once it is over: that may be somebody else's by then.
   */
  readonly within: <T>(fields: object, work: () => T) => T;
}

/** Where lines go besides stdout: JSON, with their line feed, and nothing in them that must not be read. */
export interface LogSink {
  readonly write: (line: string) => void;
  /** Writes what waits, now, before the program ends. */
  readonly flush: () => void;
}

/** One that can be told, while the program runs, how much to leave out, and where else to go. */
export interface AdjustableLog extends Log {
  readonly setLevel: (level: LogLevel) => void;
  /** Also goes there from now on, with the first lines that it has told before; until it is given another place, or none. */
  readonly alsoTo: (sink: LogSink | undefined) => void;
  /** Before an end that waits for nothing. */
  readonly flush: () => void;
}

const ignore = (): void => {};

export const silentLog: AdjustableLog = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  within: (_fields, work) => work(),
  setLevel: ignore,
  alsoTo: ignore,
  flush: ignore,
};
