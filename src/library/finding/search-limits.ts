import { refuse } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { isOwner } from '../../people/may.ts';
import type { Store } from '../../store/store.ts';

/** What the Hub lets a stranger ask within five minutes is enough for thirty pages with their sizes: they are everybody's. */
const PAGES_MOST = 15;
const WITHIN_MS = 5 * 60_000;
/** Of one person, waiting for an answer. */
const OPEN_MOST = 3;

/** Counts a page that somebody asks for. @throws AppError constraint: as many as one person may */
export type CountPage = (userId: number) => void;

/** Owners may ask for anything. */
export const createSearchLimits = (
  { users, searches }: Pick<Store, 'users' | 'searches'>,
  clock: Pick<Clock, 'monotonic'>,
): CountPage => {
  const asked = new Map<number, readonly number[]>();
  return (userId) => {
    if (isOwner({ users }, userId)) return;
    if (searches.openSearchesOf(userId) >= OPEN_MOST) {
      refuse(`${OPEN_MOST} of your searches are not answered yet. Search again when they are.`, 'constraint');
    }
    const now = clock.monotonic();
    for (const [person, times] of asked) if (now - (times.at(-1) ?? 0) >= WITHIN_MS) asked.delete(person);
    const recent = (asked.get(userId) ?? []).filter((at) => now - at < WITHIN_MS);
    const [first] = recent;
    if (first !== undefined && recent.length >= PAGES_MOST) {
      const wait = formatDuration(first + WITHIN_MS - now);
      refuse(
        `You have asked for ${PAGES_MOST} pages within ${formatDuration(WITHIN_MS)}, as many as one person may. The next may come in ${wait}.`,
        'constraint',
      );
    }
    asked.set(userId, [...recent, now]);
  };
};
