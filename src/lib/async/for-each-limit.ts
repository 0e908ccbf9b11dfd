import { setImmediate as breathe } from 'node:timers/promises';

/** So many may turn out to need no waiting at all, one after the other, before everything else has its turn. */
const AT_A_STRETCH = 250;

/**
 * Does something with every item, so many at a time. The first failure ends it, once what has begun has ended. The list may be
 * very long: everything else has its turn meanwhile.
 */
export const forEachLimit = async <T>(
  items: Iterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const left = Iterator.from(items);
  const failures: unknown[] = [];
  let begun = 0;
  /** All wait for it: one that did alone would leave the list to the others. */
  let turn: Promise<void> | undefined;
  const one = async (): Promise<void> => {
    for (const item of left) {
      if (failures.length > 0) return;
      begun += 1;
      if (begun % AT_A_STRETCH === 0) turn = breathe().finally(() => (turn = undefined));
      if (turn) await turn;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: most }, one));
  if (failures.length > 0) throw failures[0];
};
