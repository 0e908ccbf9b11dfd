import { type Clock, toIso } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { startTicker, type Ticker } from '../lib/ticker.ts';
import type { ScheduleConfiguration } from '../domain/schedule.ts';
import type { RunEnd, ScheduleRun } from '../store/schedule-runs.ts';
import type { ScheduleInZone } from '../store/schedules.ts';
import type { Store } from '../store/store.ts';
import { closingOf, lastOpening, nextOpening, type Timetable } from './occurrences.ts';

export interface Scheduler {
  /** Begins to open and close, with what became due while the program was down. */
  readonly start: () => void;
  /** A schedule or a time zone was changed: looks at once. */
  readonly poke: () => void;
  /** Looks once; `start` does it again and again. */
  readonly tick: () => void;
  readonly close: () => Promise<void>;
}

export interface SchedulerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
  /** Something opened or closed: the queue's. */
  readonly onChange: () => void;
}

const TICK_MS = 500;
/** What ran needs a moment to write down how far it came. */
const SUM_AFTER_MS = 3000;
/** The clock was set back by more than this: what it was worked out from holds no more. Less is drift. */
const SET_BACK_MS = 60_000;

interface Core extends SchedulerDeps {
  lookedAt: number;
}

/** What a schedule says about times, in its zone. */
export const timetableOf = (schedule: ScheduleConfiguration, timezone: string): Timetable => ({
  type: schedule.type,
  time: schedule.time,
  dayOfWeek: schedule.dayOfWeek,
  cron: schedule.cron,
  until: schedule.until,
  timezone,
});

const closeRun = ({ store, log }: Core, run: ScheduleRun, reason: RunEnd): boolean => {
  if (!store.schedules.closeRun(run.id, reason)) return false;
  log.info({ run: run.id, chat: run.chatId, schedule: run.scheduleName, reason }, 'A schedule has closed');
  return true;
};

/** Runs whose time is over, whose schedule is gone or off, or which have nothing left to do. @returns how many */
const closeOver = (core: Core, now: string): number => {
  const { store } = core;
  const reasonFor = (run: ScheduleRun & { readonly isEnabled: boolean }): RunEnd | undefined => {
    if (run.closesAt !== null && run.closesAt <= now) return 'window';
    if (!run.isEnabled) return 'disabled';
    return run.closesAt === null && !store.models.hasScheduledLeft(run.chatId) ? 'done' : undefined;
  };
  return store.schedules.openRuns().filter((run) => {
    const reason = reasonFor(run);
    return reason !== undefined && closeRun(core, run, reason);
  }).length;
};

interface Opening {
  readonly schedule: ScheduleInZone;
  readonly openedAt: string;
  readonly closesAt: string | null;
}

/**
 * The opening that a due schedule is to have now, if any: the latest one, if its window is open still, or if it has no
 * end and its time has come while nobody looked. One that was just made, changed or enabled has no past but its own run.
 */
const openingOf = (
  { timezone }: Core,
  schedule: ScheduleInZone,
  { now, running }: { readonly now: number; readonly running: ScheduleRun | undefined },
): Opening | undefined => {
  const timetable = timetableOf(schedule, schedule.timezone ?? timezone);
  const opening = lastOpening(timetable, now);
  if (opening === undefined) return undefined;
  const closing = closingOf(timetable, opening);
  const openedAt = toIso(opening);
  const isOwn = running?.scheduleId === schedule.id && running.openedAt === openedAt;
  const hasRoom = closing === undefined ? schedule.nextRunAt !== '' || isOwn : closing > now;
  if (!hasRoom) return undefined;
  return { schedule, openedAt, closesAt: closing === undefined ? null : toIso(closing) };
};

/** The opening has had its run: the schedule was edited or switched off and on in the middle of it. */
const goOnWith = ({ store }: Core, run: ScheduleRun, { schedule, closesAt }: Opening): void => {
  if (run.closedAt !== null) {
    if (closesAt === null) return;
    store.schedules.reopenRun(run.id);
  }
  const { maxConcurrentDownloads, limitBytes } = schedule;
  store.schedules.adjustRun(run.id, { closesAt, maxConcurrentDownloads, limitBytes });
};

const open = (core: Core, opening: Opening): void => {
  const { store, log } = core;
  const { schedule, openedAt, closesAt } = opening;
  const same = store.schedules.runOfOpening(schedule.id, openedAt);
  const running = store.schedules.openRunOf(schedule.chatId);
  if (running && running.id !== same?.id) closeRun(core, running, 'next');
  if (same) {
    goOnWith(core, same, opening);
    return;
  }
  store.schedules.openRun({
    scheduleId: schedule.id,
    chatId: schedule.chatId,
    scheduleName: schedule.name,
    openedAt,
    closesAt,
    maxConcurrentDownloads: schedule.maxConcurrentDownloads,
    limitBytes: schedule.limitBytes,
  });
  log.info({ chat: schedule.chatId, schedule: schedule.name, openedAt, closesAt }, 'A schedule has opened');
};

/** @returns true if something opened */
const lookAt = (core: Core, schedule: ScheduleInZone, now: number): boolean => {
  const { store, timezone } = core;
  const running = store.schedules.openRunOf(schedule.chatId);
  const opening = openingOf(core, schedule, { now, running });
  // Edited so that its window is over, or goes by another opening.
  if (running?.scheduleId === schedule.id && running.openedAt !== opening?.openedAt && schedule.nextRunAt === '') {
    closeRun(core, running, 'window');
  }
  if (opening) open(core, opening);
  const next = nextOpening(timetableOf(schedule, schedule.timezone ?? timezone), now);
  // A cron expression that never fires is refused when it is typed; one from elsewhere waits for ever.
  store.schedules.setNextRun(schedule.id, next === undefined ? '9999-12-31T00:00:00.000Z' : toIso(next));
  return opening !== undefined || running !== undefined;
};

/** What became of runs that have closed is written down, and told in the same transaction. */
const sumUp = ({ store }: Core, now: number): void => {
  for (const { id, chatId } of store.schedules.runsToSum(toIso(now - SUM_AFTER_MS))) {
    store.atomically(() => {
      const sum = store.schedules.sumRun(id);
      const isNews = sum && sum.completed + sum.failed + sum.bytes > 0;
      if (isNews) store.outbox.addNotice({ chatId, kind: 'schedule_run', payload: { runId: id } });
    });
  }
};

const tick = (core: Core): void => {
  const { store, clock, log } = core;
  const now = clock.now();
  if (now < core.lookedAt - SET_BACK_MS) {
    log.warn({}, 'The clock was set back; the schedules are worked out anew');
    store.schedules.forgetNextRuns();
  }
  core.lookedAt = now;
  const at = toIso(now);
  let changes = closeOver(core, at);
  for (const schedule of store.schedules.dueSchedules(at)) {
    if (store.atomically(() => lookAt(core, schedule, now))) changes += 1;
  }
  if (changes > 0) core.onChange();
  sumUp(core, now);
};

/**
 * Opens and closes the chats' schedules. When each opens next is a row, so that a look costs nothing while none is due,
 * and what became due while the program was down is seen at the next start. Each opening has one run, whatever the clock
 * does: the database keeps that.
 */
export const createScheduler = (deps: SchedulerDeps): Scheduler => {
  const core: Core = { ...deps, lookedAt: 0 };
  let ticker: Ticker | undefined;
  return {
    start: () => {
      tick(core);
      ticker = startTicker(
        TICK_MS,
        () => tick(core),
        (error) => deps.log.error({ err: error }, 'The schedules could not be looked at'),
      );
    },
    poke: () => ticker?.poke(),
    tick: () => tick(core),
    close: async () => ticker?.close(),
  };
};
