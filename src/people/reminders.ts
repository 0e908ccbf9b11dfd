import type { Clock } from '../lib/clock.ts';

/** What is said to somebody at most once an hour, however often they write. */
export interface Reminders {
  /** Notes that it is said now. @returns false if it was said within the hour */
  readonly isDue: (id: number) => boolean;
}

const HOUR_MS = 3_600_000;
/** More people than write in vain within an hour; then all begin anew. */
const PEOPLE_MOST = 10_000;

/** Forgotten with the process: then it is said once more. */
export const createReminders = (clock: Pick<Clock, 'monotonic'>): Reminders => {
  const saidAt = new Map<number, number>();
  return {
    isDue: (id) => {
      const now = clock.monotonic();
      if (now - (saidAt.get(id) ?? -Infinity) < HOUR_MS) return false;
      if (saidAt.size >= PEOPLE_MOST) saidAt.clear();
      saidAt.set(id, now);
      return true;
    },
  };
};
