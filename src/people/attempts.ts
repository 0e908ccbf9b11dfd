import type { Clock } from '../lib/clock.ts';

/** How often somebody has tried what leads nowhere. */
export interface Attempts {
  /** Counts one more. */
  readonly miss: (id: number) => void;
  /** Whether they have to wait. */
  readonly isTooMany: (id: number) => boolean;
}

const MISSES_MOST = 5;
const WINDOW_MS = 3_600_000;
/** More people than guess at once; then all begin anew. */
const PEOPLE_MOST = 10_000;

/** Five misses within an hour of the first, and whoever tries is not heard until that hour is over. */
export const createAttempts = (clock: Pick<Clock, 'monotonic'>): Attempts => {
  const misses = new Map<number, { readonly since: number; readonly count: number }>();
  const current = (id: number): { readonly since: number; readonly count: number } => {
    const now = clock.monotonic();
    const known = misses.get(id);
    return known && now - known.since < WINDOW_MS ? known : { since: now, count: 0 };
  };
  return {
    miss: (id) => {
      const { since, count } = current(id);
      if (misses.size >= PEOPLE_MOST && !misses.has(id)) misses.clear();
      misses.set(id, { since, count: count + 1 });
    },
    isTooMany: (id) => current(id).count >= MISSES_MOST,
  };
};
