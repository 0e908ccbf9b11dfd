/* schedule: schedules open and close when their chat's clock says so, also over daylight saving and a time in which nothing ran. */

import { setImmediate } from 'node:timers/promises';
import { ITSELF } from '../domain/activity/activity.ts';
import { AppError } from '../domain/errors.ts';
import { type WallClock, toIso } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { startTicker, type Ticker } from '../lib/ticker.ts';
import { NEVER, type ScheduleConfiguration } from '../domain/schedule/schedule.ts';
import { BATCH, type RunEnd, type ScheduleRun } from '../store/schedules/schedule-runs.ts';
import type { ScheduleInZone } from '../store/schedules/schedules.ts';
import type { Store } from '../store/store.ts';
import { closingOf, lastOpening, nextOpening, type Timetable } from './occurrences.ts';

export interface Scheduler {
  /** Begins to open and close, with what became due while the program was down. */
  readonly start: () => void;
  /** A schedule or a time zone was changed: looks at once. */
  readonly poke: () => void;
  /** Looks once; `start` does it again and again. @returns true if so much is due that it has to look again at once */
  readonly tick: () => boolean;
  readonly close: () => Promise<void>;
}

/** `missed`: its window was over before anybody could open it; `closed` with how many models were left for the next one. */
export type RunEvent = { readonly kind: 'opened' | 'missed' } | { readonly kind: 'closed'; readonly leftOver: number };

export interface SchedulerDeps {
  readonly store: Store;
  readonly clock: WallClock;
  readonly log: Log;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
  /** Told of what is counted. Must not throw. */
  readonly onRun?: (event: RunEvent) => void;
  /** Something opened or closed: the queue's. */
  readonly onChange: () => void;
}

const TICK_MS = 500;
/** What ran needs a moment to write down how far it came. */
const SUM_AFTER_MS = 3000;
/** The clock was set back by more than this: what it was worked out from holds no more. Less is drift. */
const SET_BACK_MS = 60_000;

interface SchedulerState extends SchedulerDeps {
  /** undefined before the first look. */
  lookedAt: number | undefined;
  /** Somebody changed something that the queue may have to know, though nothing opens or closes. */
  isPoked: boolean;
  isClosed: boolean;
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

const closeRun = ({ store, log }: SchedulerState, run: ScheduleRun, reason: RunEnd): boolean => {
  if (!store.schedules.closeRun(run.id, reason)) return false;
  store.activity.logActivity(ITSELF, run.chatId, 'schedule_closed', { schedule: run.scheduleName, reason });
  log.info({ run: run.id, chat: run.chatId, schedule: run.scheduleName, reason }, 'A schedule has closed');
  return true;
};

/** What became of a run is written down, and told in the same transaction. */
export const sumUp = (store: Store, { id, chatId }: ScheduleRun, onRun?: SchedulerDeps['onRun']): void => {
  const sum = store.schedules.sumRun(id);
  if (sum) onRun?.({ kind: 'closed', leftOver: sum.leftOver });
  const isNews = sum && sum.completed + sum.failed + sum.bytes > 0;
  if (isNews) store.outbox.addNotice({ chatId, kind: 'schedule_run', payload: { runId: id } });
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
  { timezone }: SchedulerState,
  schedule: ScheduleInZone,
  { now, running }: { readonly now: number; readonly running: ScheduleRun | undefined },
): Opening | undefined => {
  const timetable = timetableOf(schedule, schedule.timezone ?? timezone);
  const opening = lastOpening(timetable, now);
  if (opening === undefined) return undefined;
  const closing = closingOf(timetable, opening);
  const openedAt = toIso(opening);
  const isOwn = running?.scheduleId === schedule.id && running.openedAt === openedAt;
  const mayOpen = closing === undefined ? schedule.nextRunAt !== '' || isOwn : closing > now;
  if (!mayOpen) return undefined;
  return { schedule, openedAt, closesAt: closing === undefined ? null : toIso(closing) };
};

/** The opening has had its run: the schedule was edited or switched off and on in the middle of it. */
const goOnWith = ({ store }: SchedulerState, run: ScheduleRun, { schedule, closesAt }: Opening): void => {
  if (run.closedAt !== null) {
    // What is added after all was done waits for the next opening, unless there is an end by now to wait for instead.
    if (run.endReason === 'done' && closesAt === null) return;
    store.schedules.reopenRun(run.id);
  }
  const { maxConcurrentDownloads, limitBytes } = schedule;
  store.schedules.adjustRun(run.id, { closesAt, maxConcurrentDownloads, limitBytes });
};

const open = (state: SchedulerState, opening: Opening): void => {
  const { store, log } = state;
  const { schedule, openedAt, closesAt } = opening;
  const same = store.schedules.runOfOpening(schedule.id, openedAt);
  const running = store.schedules.openRunOf(schedule.chatId);
  if (running && running.id !== same?.id) closeRun(state, running, 'next');
  if (same) {
    goOnWith(state, same, opening);
    return;
  }
  // What goes on from one run to the next counts for the one up to here, and from here on for the other.
  const last = store.schedules.newestRunOf(schedule.chatId);
  if (last?.closedAt && last.completed === null) sumUp(store, last, state.onRun);
  store.schedules.openRun({
    scheduleId: schedule.id,
    chatId: schedule.chatId,
    scheduleName: schedule.name,
    openedAt,
    closesAt,
    maxConcurrentDownloads: schedule.maxConcurrentDownloads,
    limitBytes: schedule.limitBytes,
  });
  store.activity.logActivity(ITSELF, schedule.chatId, 'schedule_opened', { schedule: schedule.name });
  state.onRun?.({ kind: 'opened' });
  log.info({ chat: schedule.chatId, schedule: schedule.name, openedAt, closesAt }, 'A schedule has opened');
};

/** Without what its timetable says if that makes no sense: it comes from elsewhere, and keeps no other one from opening. */
const nextRunOf = ({ log, timezone }: SchedulerState, schedule: ScheduleInZone, now: number): string | undefined => {
  try {
    const next = nextOpening(timetableOf(schedule, schedule.timezone ?? timezone), now);
    return next === undefined ? NEVER : toIso(next);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.warn({ err: error, chat: schedule.chatId, schedule: schedule.name }, 'A schedule never opens');
    return undefined;
  }
};

/** It was due at a time that has had no run. What was changed, and so has no time yet, has missed nothing. */
const isMissed = ({ store }: SchedulerState, { id, nextRunAt }: ScheduleInZone): boolean =>
  nextRunAt !== '' && nextRunAt !== NEVER && store.schedules.runOfOpening(id, nextRunAt) === undefined;

/** @returns true if something opened */
const lookAt = (state: SchedulerState, schedule: ScheduleInZone, now: number): boolean => {
  const { store } = state;
  const next = nextRunOf(state, schedule, now);
  store.schedules.setNextRun(schedule.id, next ?? NEVER);
  if (next === undefined) return false;
  const running = store.schedules.openRunOf(schedule.chatId);
  const opening = openingOf(state, schedule, { now, running });
  // Edited so that its window is over, or goes by another opening.
  if (running?.scheduleId === schedule.id && running.openedAt !== opening?.openedAt && schedule.nextRunAt === '') {
    closeRun(state, running, 'window_closed');
  }
  if (opening) open(state, opening);
  else if (isMissed(state, schedule)) state.onRun?.({ kind: 'missed' });
  return opening !== undefined || running !== undefined;
};

/**
 * What was worked out earlier holds no more if the clock was set back, the bot's own zone was changed, or the rules of
 * one. What is due already stays due.
 */
const workOutAnew = (state: SchedulerState, now: number): void => {
  const { store } = state;
  store.atomically(() => {
    store.schedules.closeNow();
    for (const schedule of store.schedules.waitingSchedules(toIso(now))) {
      if (schedule.nextRunAt !== (nextRunOf(state, schedule, now) ?? NEVER))
        store.schedules.setNextRun(schedule.id, '');
    }
  });
};

/** All of them in one transaction. @returns true if there may be more of them */
const forAll = <Row>({ store }: SchedulerState, rows: readonly Row[], work: (row: Row) => void): boolean => {
  if (rows.length > 0) store.atomically(() => rows.forEach(work));
  return rows.length === BATCH;
};

const tick = (state: SchedulerState): boolean => {
  const { store, clock, log, lookedAt } = state;
  const { runsToClose, dueSchedules, runsToSum } = store.schedules;
  const now = clock.now();
  const at = toIso(now);
  const isSetBack = lookedAt !== undefined && now < lookedAt - SET_BACK_MS;
  if (isSetBack) log.warn({}, 'The clock was set back; the schedules are worked out anew');
  if (isSetBack || lookedAt === undefined) workOutAnew(state, now);
  state.lookedAt = now;
  let isMore = forAll(state, runsToClose(at), (run) => {
    state.isPoked = closeRun(state, run, run.reason) || state.isPoked;
  });
  // What is over closes for its own reason before another opening may push it aside.
  isMore ||= forAll(state, dueSchedules(at), (schedule) => {
    state.isPoked = lookAt(state, schedule, now) || state.isPoked;
  });
  if (state.isPoked) {
    // Not before: what the database refuses half-way is looked at again, and the queue has to know all of it.
    state.isPoked = false;
    state.onChange();
  }
  return forAll(state, runsToSum(toIso(now - SUM_AFTER_MS)), (run) => sumUp(store, run, state.onRun)) || isMore;
};

/** Others get their turn in between. */
const tickUntilDone = async (state: SchedulerState): Promise<void> => {
  while (!state.isClosed && tick(state)) await setImmediate();
};

/**
 * Opens and closes the chats' schedules. When each opens next is a row, so that a look costs nothing while none is due,
 * and what became due while the program was down is seen at the next start. Each opening has one run, whatever the clock
 * does: the database keeps that.
 */
export const createScheduler = (deps: SchedulerDeps): Scheduler => {
  const state: SchedulerState = { ...deps, lookedAt: undefined, isPoked: false, isClosed: false };
  let ticker: Ticker | undefined;
  return {
    start: () => {
      const complain = (error: unknown): void => deps.log.error({ err: error }, 'The schedules could not be looked at');
      let isMore = false;
      try {
        isMore = tick(state);
      } catch (error) {
        complain(error);
      }
      ticker = startTicker(TICK_MS, () => tickUntilDone(state), complain);
      if (isMore) ticker.poke();
    },
    poke: () => {
      state.isPoked = true;
      ticker?.poke();
    },
    tick: () => tick(state),
    close: async () => {
      state.isClosed = true;
      await ticker?.close();
    },
  };
};
