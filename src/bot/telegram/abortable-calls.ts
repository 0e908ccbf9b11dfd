import type { Transformer } from 'grammy';

/** What hangs when the program ends is broken off after this: twice so much, and saving what has come, fit into ten seconds. */
const HANGING_MS = 3000;

/** Calls to Telegram that can be broken off, all together. */
export interface AbortableCalls {
  readonly transformer: Transformer;
  readonly breakOffSoon: () => void;
  /** None is under way any more. */
  readonly close: () => void;
}

/** @returns a transformer to be installed in an Api, and what ends the calls that it has passed on */
export const abortableCalls = (): AbortableCalls => {
  const end = new AbortController();
  const signal = end.signal as Parameters<Transformer>[3];
  let timer: NodeJS.Timeout | undefined;
  return {
    transformer: (call, method, payload, own) => call(method, payload, own ?? signal),
    breakOffSoon: () => {
      timer ??= setTimeout(() => end.abort(), HANGING_MS).unref();
    },
    close: () => clearTimeout(timer),
  };
};
