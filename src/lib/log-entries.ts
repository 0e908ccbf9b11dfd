import type { LogLevel } from './log.ts';

/** A line of the log, taken apart. What stands in it is foreign text, as far as it came from elsewhere. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: LogLevel;
  /** The sentence. */
  readonly said: string;
  /** Ids and what else there is to know, each as it is searched for. */
  readonly fields: readonly (readonly [key: string, value: string])[];
  /** Errors, with their stacks and what lies beneath them, in lines; empty if there are none. */
  readonly beneath: string;
}

export interface LogSearch {
  /** How many entries at most. */
  readonly count: number;
  /** That or worse; everything if not given. */
  readonly level?: LogLevel | undefined;
  /** All of them stand in it somewhere, in upper or lower case; `update=12` is that field, and not 120. */
  readonly words: readonly string[];
}

export interface LogFound {
  /** The newest last. */
  readonly entries: readonly LogEntry[];
  /** How many lines were looked at for them. */
  readonly looked: number;
  /** The time of the oldest of these, milliseconds since the epoch; undefined if there was none. */
  readonly since: number | undefined;
}

export interface LogReader {
  /** The newest lines of the log that are searched for. @throws AppError operational: it cannot be read */
  readonly find: (search: LogSearch) => Promise<LogFound>;
}
