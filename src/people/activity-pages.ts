import { setImmediate as breathe } from 'node:timers/promises';
import { type ActivityFilter, beginningOf, wholeOf } from '../domain/activity/filter.ts';
import { toIso } from '../lib/clock.ts';
import type { Activity } from '../store/people/activity-log.ts';
import type { ActivityCursor, ActivityQuery } from '../store/people/activity-lists.ts';
import type { Store } from '../store/store.ts';

/** So many lines are looked at before everything else has its turn; of those that fit, so many are read. */
const LOOK = 2000;
const READ = 500;

type Stores = Pick<Store, 'activity'>;

/** From which moment, and by whose clock. */
interface When {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** IANA. */
  readonly timezone: string;
}

interface Reading extends Pick<ActivityQuery, 'direction' | 'from' | 'most'> {
  readonly filter: ActivityFilter;
}

const sinceOf = (filter: ActivityFilter, { now, timezone }: When): string => {
  const beginning = beginningOf(filter, now, timezone);
  return beginning === undefined ? '' : toIso(beginning);
};

/** Lines that fit, a few at a time, in the direction they are asked for; ends at the last one or when nobody asks on. */
export const readActivity = async function* (
  { activity }: Stores,
  reading: Omit<Reading, 'most'>,
  when: When,
): AsyncGenerator<readonly Activity[]> {
  const since = sinceOf(reading.filter, when);
  for (let from = reading.from, isFirst = true; isFirst || from !== undefined; isFirst = false) {
    const { found, end }: ReturnType<typeof activity.sliceOf> = activity.sliceOf({
      ...reading,
      from,
      since,
      look: LOOK,
      most: READ,
    });
    if (found.length > 0) yield found;
    from = end;
    await breathe();
  }
};

/** Where a page of the log begins. */
export interface PageStart {
  readonly direction: ActivityQuery['direction'];
  /** The line that it goes on from; undefined: the newest page. */
  readonly from: ActivityCursor | undefined;
}

/** A page of the log, the newest line first. */
export interface ActivityPage {
  readonly lines: readonly Activity[];
  readonly hasNewer: boolean;
  readonly hasOlder: boolean;
}

const take = async (stores: Stores, { most, ...reading }: Reading, when: When): Promise<readonly Activity[]> => {
  const { activity } = stores;
  const since = sinceOf(reading.filter, when);
  const lines: Activity[] = [];
  for (let from = reading.from, isFirst = true; isFirst || from !== undefined; isFirst = false) {
    const slice = activity.sliceOf({ ...reading, from, since, look: LOOK, most: most - lines.length });
    lines.push(...slice.found);
    if (lines.length === most) break;
    from = slice.end;
    if (from !== undefined) await breathe();
  }
  return lines;
};

/** The page of the log that begins there. @param size lines at most */
export const activityPage = async (
  stores: Stores,
  filter: ActivityFilter,
  { direction, from, size }: PageStart & { readonly size: number },
  when: When,
): Promise<ActivityPage> => {
  const read = await take(stores, { filter, direction, from, most: size + 1 }, when);
  if (direction === 'older')
    return { lines: read.slice(0, size), hasNewer: from !== undefined, hasOlder: read.length > size };
  // Too few for a page: all that is newest is shown.
  if (read.length <= size) return activityPage(stores, filter, { direction: 'older', from: undefined, size }, when);
  return { lines: read.slice(0, size).toReversed(), hasNewer: true, hasOlder: true };
};

/** What the newest lines that fit are about, and how many of them each; the most frequent first. */
export interface ActivityTallies {
  readonly people: readonly (readonly [number, number])[];
  readonly chats: readonly (readonly [number, number])[];
  readonly actions: readonly (readonly [string, number])[];
  readonly results: readonly (readonly [Activity['result'], number])[];
}

const TALLIED = 500;

const tally = <Key>(lines: readonly Activity[], keyOf: (line: Activity) => Key): [Key, number][] =>
  [...Map.groupBy(lines, keyOf)]
    .map(([key, { length }]): [Key, number] => [key, length])
    .toSorted(([, left], [, right]) => right - left);

/** Counts what could be filtered by, among the newest lines only: all of them would take long. */
export const tallyActivity = async (stores: Stores, filter: ActivityFilter, when: When): Promise<ActivityTallies> => {
  const lines = await take(stores, { filter, direction: 'older', from: undefined, most: TALLIED }, when);
  return {
    people: tally(lines, ({ userId }) => userId),
    chats: tally(lines, ({ chatId }) => chatId),
    actions: tally(lines, ({ action }) => wholeOf(action)),
    results: tally(lines, ({ result }) => result),
  };
};
