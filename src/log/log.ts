/* log: lines of the log, on stdout and in files; no token gets into one, and none comes out. */

import { AsyncLocalStorage } from 'node:async_hooks';
import pino from 'pino';
import type { AdjustableLog, LogLevel, LogSink } from '../lib/log.ts';
import { redact } from '../lib/text/redact.ts';
import { loggableFields } from './fields.ts';
import { readableLine } from './readable.ts';

interface LogOptions {
  readonly level: LogLevel;
  /** Lines for eyes instead of JSON; true if a person is looking. */
  readonly readable?: boolean;
  /** Gets whole lines, with their line feed. */
  readonly write?: (line: string) => void;
}

/** Waits for every line, so that the last ones before an exit are not lost. */
const toStdout = (): ((line: string) => void) => {
  const stdout = pino.destination({ dest: 1, sync: true });
  // A log on a full disk, or whose reader has gone, loses lines; that must not end the program.
  stdout.on('error', () => undefined);
  return (line) => void stdout.write(line);
};

/** What is told before there is a place for it besides stdout is kept, so that the place has the beginning too. */
const EARLY_MOST = 100;

interface Besides extends Pick<AdjustableLog, 'alsoTo' | 'flush'> {
  readonly write: (line: string) => void;
}

const createBesides = (): Besides => {
  const early: string[] = [];
  let sink: LogSink | undefined;
  return {
    write: (line) => {
      if (sink !== undefined) sink.write(line);
      else if (early.length < EARLY_MOST) early.push(line);
    },
    alsoTo: (file) => {
      sink = file;
      if (sink !== undefined) for (const line of early.splice(0)) sink.write(line);
    },
    flush: () => sink?.flush(),
  };
};

/** What lines carry because of the work in which they are told. */
const createJoining = () => {
  const works = new AsyncLocalStorage<{ fields: object }>();
  return {
    fields: (): object => ({ ...works.getStore()?.fields }),
    within: <T>(fields: object, work: () => T): T => {
      const own = { fields };
      const end = (): void => {
        own.fields = {};
      };
      let isLasting = false;
      try {
        const result = works.run(own, work);
        isLasting = result instanceof Promise;
        if (isLasting) void Promise.resolve(result).then(end, end);
        return result;
      } finally {
        if (!isLasting) end();
      }
    },
  };
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
  const { write: writeBesides, alsoTo, flush } = createBesides();
  const tell = (json: string): void => {
    const line = redact(json);
    write(readable ? redact(readableLine(json)) : line);
    writeBesides(line);
  };
  const { fields: mixin, within } = createJoining();
  const logger = pino(
    {
      level,
      base: null,
      mixin,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: loggableFields },
      // `formatters.log` has done it already, and pino's own would print an error's every property.
      serializers: { err: (value: unknown) => value },
    },
    { write: tell },
  );
  return Object.assign(logger, {
    within,
    alsoTo,
    flush,
    setLevel: (wanted: LogLevel): void => {
      logger.level = wanted;
    },
  });
};
