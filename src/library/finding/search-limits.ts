import { refuse } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { isOwner } from '../../people/may.ts';
import type { Store } from '../../store/store.ts';

const WITHIN_MS = 5 * 60_000;

/** Counts a page that somebody asks for. @throws AppError constraint: as many as one person may */
export type CountPage = (userId: number) => void;

/**
 * How many pages one person may ask for within five minutes; owners may ask for any.
 * @param pagesMost what the Hub lets a stranger ask within five minutes is everybody's together
 */
export const createSearchLimit = (
  { users }: Pick<Store, 'users'>,
  clock: Pick<Clock, 'monotonic'>,
  pagesMost: number,
): CountPage => {
  const asked = new Map<number, readonly number[]>();
  return (userId) => {
    if (isOwner({ users }, userId)) return;
    const now = clock.monotonic();
    for (const [person, times] of asked) if (now - (times.at(-1) ?? 0) >= WITHIN_MS) asked.delete(person);
    const recent = (asked.get(userId) ?? []).filter((at) => now - at < WITHIN_MS);
    const [first] = recent;
    if (first !== undefined && recent.length >= pagesMost) {
      const wait = formatDuration(first + WITHIN_MS - now);
      refuse(
        `You have asked for ${pagesMost} pages within ${formatDuration(WITHIN_MS)}, as many as one person may. The next may come in ${wait}.`,
        'constraint',
      );
    }
    asked.set(userId, [...recent, now]);
  };
};
