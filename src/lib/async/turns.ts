import { addAbortListener } from 'node:events';

/**
 * Does something when its turn has come, in the order in which they were asked.
 * @throws the signal's reason, if it is aborted before; what `work` throws
 */
export type Turns = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** @param most so many at one time */
export const createTurns = (most: number): Turns => {
  let running = 0;
  const waiting = new Set<() => void>();

  const wait = async (signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.add(resolve);
    const leaving = addAbortListener(signal, () => {
      // Whose turn has come already takes it, and looks at the signal then.
      if (waiting.delete(resolve)) reject(signal.reason);
    });
    try {
      await promise;
    } finally {
      leaving[Symbol.dispose]();
    }
  };

  /** The place goes to the one who has waited for longest, without being free between. */
  const next = (): void => {
    const [first] = waiting;
    if (!first) {
      running -= 1;
      return;
    }
    waiting.delete(first);
    first();
  };

  return async (signal, work) => {
    signal.throwIfAborted();
    if (running >= most) await wait(signal);
    else running += 1;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      next();
    }
  };
};
