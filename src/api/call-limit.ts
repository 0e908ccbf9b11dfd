import type { Clock } from '../lib/clock.ts';

/**
 * So many calls at once, and so many a second after them; whoever comes too often is told how long to wait.
 * @returns 0: the call may go on; else after how many milliseconds one may come
 */
export const createCallLimit = (
  { burst, perSecond }: { readonly burst: number; readonly perSecond: number },
  clock: Pick<Clock, 'monotonic'>,
): (() => number) => {
  let left = burst;
  let countedAt = clock.monotonic();
  return () => {
    const now = clock.monotonic();
    left = Math.min(burst, left + ((now - countedAt) * perSecond) / 1000);
    countedAt = now;
    if (left >= 1) {
      left -= 1;
      return 0;
    }
    return Math.ceil(((1 - left) * 1000) / perSecond);
  };
};
