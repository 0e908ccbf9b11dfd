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

/** Of work that changes a row or two each, so many are done: some milliseconds. */
const ROWS = 20;

/**
 * Does something to one after the other of what may be thousands, and everything else has its turn meanwhile: by then it may have become
 * of another one what the deed has to look at itself.
 * @returns for how many it was so
 */
export const countOneByOne = async <T>(items: readonly T[], deed: (item: T) => boolean): Promise<number> => {
  let amount = 0;
  for (const [at, item] of items.entries()) {
    if (at > 0 && at % ROWS === 0) await breathe();
    if (deed(item)) amount += 1;
  }
  return amount;
};

/**
 * A list that may be very long in two, each in its order: those of which it is so, and the others.
 * @throws the signal's reason, between two slices
 */
export const parted = async <T>(
  items: readonly T[],
  isSo: (item: T) => boolean,
  signal?: AbortSignal,
): Promise<readonly [T[], T[]]> => {
  const parts: readonly [T[], T[]] = [[], []];
  await inSlices(
    items,
    (slice) => {
      for (const item of slice) parts[isSo(item) ? 0 : 1].push(item);
    },
    signal,
  );
  return parts;
};
