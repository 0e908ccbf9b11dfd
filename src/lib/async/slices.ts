import { setImmediate as breathe } from 'node:timers/promises';

/** Of work that takes a microsecond or ten each, so many are done before everything else has its turn. */
const SLICE = 1000;

/**
 * Goes through a list that may be very long without keeping the event loop: a slice at a time, in order.
 * @param work is called with each slice and where it begins
 * @throws the signal's reason, between two slices
 */
export const inSlices = async <T>(
  items: readonly T[],
  work: (slice: readonly T[], from: number) => void,
  signal?: AbortSignal,
): Promise<void> => {
  for (let from = 0; from < items.length; from += SLICE) {
    if (from > 0) await breathe();
    signal?.throwIfAborted();
    work(items.length <= SLICE ? items : items.slice(from, from + SLICE), from);
  }
};
