import { setImmediate as breathe } from 'node:timers/promises';
import { type WallClock, toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Ended } from '../../store/keeping/retention.ts';
import type { Store } from '../../store/store.ts';

/** How long what is over stays. */
export interface Ages {
  /** Of downloads and of the runs of schedules; 0: for ever. */
  readonly historyDays: number;
  /** Downloads of one model, whatever their age; 0: all of them. */
  readonly historyPerModel: number;
  /** Of messages, questions and answers, and of what was done once. */
  readonly tracesDays: number;
  /** Of who did what. */
  readonly activityDays: number;
}

/** Takes what is over out of the database, so that it does not grow for ever. */
export interface Retention {
  /** Goes through all of it, a few rows at a time; ends early if it is closed. */
  readonly round: () => Promise<void>;
  readonly close: () => void;
}

export interface RetentionDeps {
  readonly store: Pick<Store, 'retention'>;
  readonly ages: () => Ages;
  readonly clock: WallClock;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
/** Telegram keeps updates for a day: what was handled longer ago cannot come again. */
const UPDATES_DAYS = 2;

/** Notices first: what was told of need not be kept for them. */
const TRACES: readonly Ended[] = [
  'notices',
  'requests',
  'searches',
  'renewalAsks',
  'cleanups',
  'imports',
  'verifications',
  'removals',
  'backups',
  'sentFiles',
  'keptFiles',
];
const HISTORY: readonly Ended[] = ['sessions', 'scheduleRuns', 'pullJobs'];

/** Nothing is begun before a night comes. */
export const createRetention = ({ store, ages, clock, log }: RetentionDeps): Retention => {
  const closing = new AbortController();

  const removeAll = async (kind: Ended, before: string, sessionsPerModel: number): Promise<number> => {
    let sum = 0;
    let after: number | undefined = 0;
    while (after !== undefined && !closing.signal.aborted) {
      const { removed, next } = store.retention.removeEnded(kind, after, { before, sessionsPerModel });
      sum += removed;
      after = next;
      await breathe();
    }
    return sum;
  };

  return {
    round: async () => {
      const { historyDays, historyPerModel, tracesDays, activityDays } = ages();
      const daysAgo = (days: number): string => (days === 0 ? '' : toIso(clock.now() - days * DAY_MS));
      const removed: Partial<Record<Ended, number>> = {};
      for (const kind of TRACES) removed[kind] = await removeAll(kind, daysAgo(tracesDays), 0);
      for (const kind of HISTORY) removed[kind] = await removeAll(kind, daysAgo(historyDays), historyPerModel);
      removed.activities = await removeAll('activities', daysAgo(activityDays), 0);
      removed.handledUpdates = await removeAll('handledUpdates', daysAgo(UPDATES_DAYS), 0);
      log.info({ removed }, 'What is over was taken out of the database');
    },
    close: () => closing.abort(new Error('closing')),
  };
};
