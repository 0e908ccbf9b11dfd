import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ScheduleConfiguration, ScheduleFields } from '../../src/domain/schedule/schedule.ts';
import { silentLog } from '../../src/lib/log.ts';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import { createScheduler, type RunEvent, type Scheduler } from '../../src/schedule/scheduler.ts';
import type { Store } from '../../src/store/store.ts';
import { lendTestStore } from '../helpers/database.ts';

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** `2026-05-05T23:00`, as a clock in UTC shows it. */
export const utc = (text: string): number => Date.parse(`${text}Z`);

/** The scheduler with a real store, a clock that stands until it is moved, and nobody who ticks but the test. */
export interface SchedulerBench {
  /** Another one after a restart. */
  readonly store: () => Store;
  readonly path: string;
  /** Sets the clock. */
  readonly set: (ms: number) => void;
  /** Sets the clock, if a time is given, and looks until nothing is due. */
  readonly look: (at?: string) => void;
  /** Closes the store and opens it again, at a time and in a zone of the bot, and looks. */
  readonly restart: (at?: string, timezone?: string) => void;
  /** The present one. */
  readonly scheduler: () => Scheduler;
  /** How often the queue was told. */
  readonly told: () => number;
  readonly warnings: readonly string[];
  /** What was told to be counted. */
  readonly counted: readonly RunEvent[];
  /** A schedule of chat 1 or another one. */
  readonly add: (fields: Partial<ScheduleFields>, chatId?: number) => ScheduleConfiguration;
  /** A model that waits for its schedule. */
  readonly want: (name: string, chatId?: number) => number;
  /** A model's download by its schedule begins, and has received so much. */
  readonly begin: (id: number, bytes: number) => void;
  /** A model's download by its schedule, from its claim, if it has not begun, to its end. */
  readonly download: (id: number, bytes: number) => void;
  /** As `download`, but it fails. */
  readonly fail: (id: number) => void;
  /** Each run of a chat: `2026-05-05T23:00 window`, `… open`. */
  readonly runs: (chatId?: number) => string[];
  /** The runs that were told to people, in order. */
  readonly sums: () => unknown[];
}

interface Opened {
  readonly store: Store;
  readonly scheduler: Scheduler;
}

const beginIn = (store: Store, id: number, bytes: number): number => {
  store.models.moveModel(id, 'pending', 'downloading');
  const run = store.schedules.openRunOf(store.models.getModel(id)?.chatId ?? 0);
  const session = store.sessions.startOrContinue(id, bytes, run?.scheduleId ?? undefined);
  store.sessions.updateDownloadSession(session.id, 'in_progress', { receivedBytes: bytes });
  return session.id;
};

const downloadIn = (store: Store, id: number, bytes: number, end: 'completed' | 'failed' = 'completed'): void => {
  const session = store.sessions.openSession(id)?.id ?? beginIn(store, id, bytes);
  store.sessions.updateDownloadSession(session, end, {
    totalBytes: bytes,
    bytesDownloaded: bytes,
    receivedBytes: bytes,
  });
  store.models.moveModel(id, 'downloading', end);
};

export const openBench = (at: string): SchedulerBench => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-scheduler-'));
  const path = join(folder, 'hubgram.db');
  let now = utc(at);
  let told = 0;
  const warnings: string[] = [];
  const counted: RunEvent[] = [];
  const clock = { now: () => now };
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  const open = (timezone: string): Opened => {
    const store = lendTestStore(path, clock);
    const onRun = (event: RunEvent): void => void counted.push(event);
    const scheduler = createScheduler({ store, clock, log, timezone, onRun, onChange: () => (told += 1) });
    return { store, scheduler };
  };
  let opened = open('UTC');
  const look = (time?: string): void => {
    if (time !== undefined) now = utc(time);
    while (opened.scheduler.tick());
  };
  onTestFinished(() => {
    opened.store.close();
    rmSync(folder, { recursive: true });
  });
  return {
    store: () => opened.store,
    path,
    set: (ms) => {
      now = ms;
    },
    look,
    restart: (time, timezone = 'UTC') => {
      opened.store.close();
      opened = open(timezone);
      look(time);
    },
    scheduler: () => opened.scheduler,
    told: () => told,
    warnings,
    counted,
    add: (fields, chatId = 1) => addSchedule(opened.store, chatId, { type: 'daily', time: '23:00', ...fields }),
    want: (name, chatId = 1) => opened.store.models.createModel({ chatId, name, scheduled: true }).id,
    begin: (id, bytes) => void beginIn(opened.store, id, bytes),
    download: (id, bytes) => downloadIn(opened.store, id, bytes),
    fail: (id) => downloadIn(opened.store, id, 0, 'failed'),
    runs: (chatId = 1) =>
      opened.store.schedules
        .lastRuns(chatId, 100)
        .toReversed()
        .map(({ openedAt, endReason }) => `${openedAt.slice(0, 16)} ${endReason ?? 'open'}`),
    sums: () =>
      opened.store.outbox
        .dueNotices('9999-12-31T00:00:00.000Z', 1000)
        .flatMap((notice) => (notice.kind === 'schedule_run' ? [notice.payload.runId] : [])),
  };
};
