import type { Clock } from '../../lib/clock.ts';

/** What takes long to find out: it is found out when somebody asks, and believed for a while. */
export interface Believed<T> {
  /** The newest that is not too old to be believed. */
  readonly known: () => T | undefined;
  /** What is known, or the end of the look that is under way. Rejects as the look does. */
  readonly look: () => Promise<T>;
  /** The next look finds it out anew: something was changed. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

/** How long it is believed. */
const TTL_MS = 60_000;

/**
 * One look at a time, however many ask.
 * @param find is told by its signal when nobody wants to know any more
 */
export const createBelieved = <T>(
  find: (signal: AbortSignal) => Promise<T>,
  clock: Pick<Clock, 'monotonic'>,
): Believed<T> => {
  const closing = new AbortController();
  let newest: T | undefined;
  let since = Number.NEGATIVE_INFINITY;
  let running: Promise<T> | undefined;
  let forgotten = 0;

  const known = (): T | undefined => (clock.monotonic() - since < TTL_MS ? newest : undefined);

  const begin = async (): Promise<T> => {
    const before = forgotten;
    try {
      const found = await find(closing.signal);
      // What was changed in the middle of it is in it or is not.
      if (forgotten === before) [newest, since] = [found, clock.monotonic()];
      return found;
    } finally {
      running = undefined;
    }
  };

  return {
    known,
    look: async () => known() ?? (running ??= begin()),
    forget: () => {
      since = Number.NEGATIVE_INFINITY;
      forgotten += 1;
    },
    close: async () => {
      closing.abort(new Error('closing'));
      await running?.catch(() => undefined);
    },
  };
};
