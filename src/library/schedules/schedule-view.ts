import { AppError } from '../../domain/errors.ts';
import type { ScheduleConfiguration } from '../../domain/schedule/schedule.ts';
import { nextOpenings } from '../../schedule/occurrences.ts';
import { timetableOf } from '../../schedule/scheduler.ts';
import type { ScheduleRun } from '../../store/schedules/schedule-runs.ts';
import type { Store } from '../../store/store.ts';
import type { Times } from '../model-view.ts';

/** Everything that is to be seen of a schedule. */
export interface ScheduleView extends Times {
  readonly schedule: ScheduleConfiguration;
  /** When it opens next, in milliseconds since the epoch; nothing of one that is off, or that never opens. */
  readonly nextRuns: readonly number[];
  /** The newest one, open or closed; undefined: it has not opened yet. */
  readonly lastRun: ScheduleRun | undefined;
}

/** So many openings are told ahead. */
const RUNS_AHEAD = 3;

/** What makes no sense never opens: it comes from elsewhere, and is no reason to tell nothing of the others. */
const nextRunsOf = (schedule: ScheduleConfiguration, { timezone, now }: Times): readonly number[] => {
  try {
    return nextOpenings(timetableOf(schedule, timezone), now, RUNS_AHEAD);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [];
  }
};

/** A schedule as it stands now. @param times whose clock tells when it opens */
export const scheduleView = (
  store: Store,
  schedule: ScheduleConfiguration,
  { timezone, now }: Times,
): ScheduleView => ({
  schedule,
  nextRuns: schedule.enabled ? nextRunsOf(schedule, { timezone, now }) : [],
  lastRun: store.schedules.lastRuns(schedule.chatId, 1, schedule.id)[0],
  timezone,
  now,
});

/** All schedules of a chat, the one that is on first. */
export const scheduleViewsOf = (store: Store, chatId: number, times: Times): readonly ScheduleView[] =>
  store.schedules
    .listSchedules(chatId)
    .toSorted((left, right) => Number(right.enabled) - Number(left.enabled))
    .map((schedule) => scheduleView(store, schedule, times));

/** Schedules of all chats, the first of many, and how many there are. */
export interface AllSchedules {
  readonly first: readonly (ScheduleView & { readonly chatTitle: string | undefined })[];
  readonly total: number;
}

/**
 * The schedules of all chats, each by the clock of its chat.
 * @param timezone of chats that have none of their own; IANA
 * @param most so many are worked out, however many there are
 */
export const allScheduleViews = (store: Store, { timezone, now }: Times, most: number): AllSchedules => ({
  first: store.schedules.listAllSchedules(most).map((schedule) => ({
    ...scheduleView(store, schedule, { timezone: schedule.timezone ?? timezone, now }),
    chatTitle: store.chats.getChat(schedule.chatId)?.title ?? undefined,
  })),
  total: store.schedules.countAllSchedules(),
});
