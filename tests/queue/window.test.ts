import { afterEach, describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import type { ScheduleFields } from '../../src/domain/schedule/schedule.ts';
import { silentLog } from '../../src/lib/log.ts';
import { addSchedule } from '../../src/library/schedules.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { createScheduler, type Scheduler } from '../../src/schedule/scheduler.ts';
import { lengthOf } from '../../src/transfer/files/ranges.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const FILE = 2_400_000;
const SIZE = 3 * FILE;
/** Of one connection, and of all that a download has. */
const SLOW = 150_000;
const ALL_SLOW = 8 * SLOW;
/** Slow enough to be met in the middle. */
const BRISK = 600_000;
/** Redirects have bodies too. */
const WORDS = 50_000;

const many = (id: string) =>
  defineRepo({ id, files: [1, 2, 3].map((nth) => ({ path: `${nth}.safetensors`, size: FILE, seed: id + nth })) });
const repos = [
  many('sample/big'),
  many('sample/other'),
  ...['one', 'two', 'three', 'four'].map((name) => sampleModel(`sample/${name}`, 300_000)),
];

let bench: QueueBench;
let scheduler: Scheduler;
afterEach(async () => {
  await scheduler?.close();
  await bench?.close();
});

/** Sets the clock to the next time it shows this, in UTC. */
const setClock = (time: string): void => {
  const wanted = Date.parse(`1970-01-01T${time}Z`);
  bench.clock.pass((wanted - (bench.clock.now() % DAY) + DAY) % DAY);
};

/** Chat 1 downloads from 23:00 to 07:00. */
const open = async (time: string, fields: Partial<ScheduleFields> = {}, concurrency = 8): Promise<void> => {
  bench = await setUp({ repos }, { concurrency });
  setClock(time);
  addSchedule(bench.store, 1, { type: 'daily', time: '23:00', until: '07:00', ...fields });
  const { store, clock, queue } = bench;
  scheduler = createScheduler({ store, clock, log: silentLog, timezone: 'UTC', onChange: queue.wake });
  scheduler.tick();
};

/** Sets the clock, and looks. */
const look = (time: string): void => {
  setClock(time);
  scheduler.tick();
};

const slow = (bytesPerSecond = SLOW): (() => void) => bench.hub.setFault({ kind: 'slow', bytesPerSecond, host: 'cdn' });
const scheduled = (name: string, more: Partial<Pick<Model, 'priority'>> = {}): number =>
  bench.add(1, name, { scheduled: true, ...more }).id;
const stateOf = (id: number): string => [bench.model(id).status, bench.model(id).statusReason ?? ''].join(' ').trim();
const stopped = async (id: number): Promise<void> => {
  await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
  await expect.poll(() => bench.hub.requests.every(({ done }) => done), PATIENT).toBe(true);
};
const sent = (bytes: number): Promise<unknown> => bench.hub.waitForRequest(() => bench.hub.bytesSent() > bytes);
/** What is on the disk of a download that has not published anything yet. */
const kept = (name: string): number =>
  bench.hub
    .commitOf(name)
    .files.map((file) => lengthOf(bench.store.files.load(`models--${name.replace('/', '--')}`, file.etag())))
    .reduce((sum, length) => sum + length, 0);

describe('the end of a window', () => {
  it('stops a download of many files in two seconds, and the next opening fetches what is missing only', async () => {
    await open('06:59:59');
    const fast = slow();
    const id = scheduled('sample/big');
    const end = (Math.floor(bench.clock.now() / SECOND) + 1) * SECOND;
    let atEnd: number | undefined;
    bench.hub.onRequest(() => {
      if (bench.clock.now() >= end) atEnd ??= bench.hub.bytesSent();
    });
    bench.queue.start();
    // By itself from here on.
    scheduler.start();
    await bench.waitsFor(id, 'window_closed');
    await stopped(id);
    const first = bench.hub.bytesSent();
    expect(stateOf(id)).toBe('pending window_closed');
    expect(first - (atEnd ?? 0)).toBeLessThan(2 * ALL_SLOW);
    const saved = kept('sample/big');
    expect(saved).toBeGreaterThan(0);
    expect(saved).toBeLessThan(SIZE);
    expect(bench.store.sessions.openSession(id)).toMatchObject({ bytesDownloaded: saved, retryCount: 0 });

    fast();
    setClock('22:59:59');
    bench.queue.wake();
    expect(stateOf(id)).toBe('pending window_closed');
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent() - first).toBeGreaterThanOrEqual(SIZE - saved);
    expect(bench.hub.bytesSent() - first).toBeLessThan(SIZE - saved + WORDS);
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'completed', scheduleId: 1 }]);
  });

  it('over a restart stays the end: nothing is asked for until the next opening', async () => {
    await open('03:00');
    const fast = slow();
    const id = scheduled('sample/big');
    bench.queue.start();
    await sent(FILE / 2);
    await bench.queue.close();
    expect(stateOf(id)).toBe('pending shutdown');
    await stopped(id);
    fast();
    const asked = bench.hub.requests.length;
    setClock('08:00');
    // The queue begins before anybody has closed the run.
    const queue = bench.restarted();
    expect(stateOf(id)).toBe('pending shutdown');
    scheduler.tick();
    queue.wake();
    expect(stateOf(id)).toBe('pending shutdown');
    expect(bench.store.schedules.openRunOf(1)).toBeUndefined();
    expect(bench.hub.requests).toHaveLength(asked);
    look('23:00');
    queue.wake();
    await bench.reaches(id, 'completed');
  });

  it('that came while a crash had stopped everything keeps what was downloading', async () => {
    await open('03:00');
    const id = scheduled('sample/one');
    // As a crash leaves it.
    bench.store.models.moveModel(id, 'pending', 'downloading');
    setClock('08:00');
    bench.queue.start();
    expect(stateOf(id)).toBe('pending interrupted');
    expect(bench.hub.requests).toEqual([]);
    look('23:00');
    await bench.reaches(id, 'completed');
  });

  it('does not stop what somebody wants now, which does not wait for it to open either', async () => {
    await open('22:00');
    const fast = slow(BRISK);
    const [now, later] = [scheduled('sample/big'), scheduled('sample/other')];
    bench.queue.start();
    expect([now, later].map(stateOf)).toEqual(['pending', 'pending']);
    expect(bench.queue.startNow(now)).toBe(true);
    expect([now, later].map(stateOf)).toEqual(['downloading', 'pending']);
    look('23:00');
    await bench.reaches(later, 'downloading');
    await expect.poll(() => bench.queue.snapshot(later)?.bytesReady, PATIENT).toBeGreaterThan(0);
    look('07:00');
    expect([now, later].map(stateOf)).toEqual(['downloading', 'pending window_closed']);
    await bench.reaches(now, 'completed');
    expect(stateOf(later)).toBe('pending window_closed');
    fast();
    expect(bench.queue.startNow(later)).toBe(true);
    await bench.reaches(later, 'completed');
  });
});

describe('inside a window', () => {
  it('no more run at once than the schedule allows, besides what needs none, and the first is the most urgent', async () => {
    await open('22:00', { maxConcurrentDownloads: 2 });
    const fast = slow();
    const names = ['sample/one', 'sample/two', 'sample/three', 'sample/four'];
    const priorities = ['low', 'medium', 'medium', 'high'] as const;
    const ids = names.map((name, index) => scheduled(name, { priority: priorities[index] ?? 'low' }));
    const free = bench.add(1, 'sample/big').id;
    bench.queue.start();
    expect(stateOf(free)).toBe('downloading');
    let most = 0;
    bench.hub.onRequest(() => {
      most = Math.max(most, ids.filter((id) => bench.model(id).status === 'downloading').length);
    });
    look('23:00');
    await expect
      .poll(() => ids.map((id) => bench.model(id).status), PATIENT)
      .toEqual(['pending', 'downloading', 'pending', 'downloading']);
    fast();
    await Promise.all(ids.map((id) => bench.reaches(id, 'completed')));
    expect(most).toBe(2);
    expect(bench.store.schedules.openRunOf(1)?.maxConcurrentDownloads).toBe(2);
  });

  it('they begin by their priority, one after the other', async () => {
    await open('22:00', { maxConcurrentDownloads: 1 });
    const ids = (['low', 'medium', 'high'] as const).map((priority, index) =>
      scheduled(['sample/one', 'sample/two', 'sample/three'][index] ?? '', { priority }),
    );
    const begun: number[] = [];
    bench.hub.onRequest(() => {
      for (const id of ids) if (bench.model(id).status === 'downloading' && !begun.includes(id)) begun.push(id);
    });
    bench.queue.start();
    look('23:00');
    await Promise.all(ids.map((id) => bench.reaches(id, 'completed')));
    expect(begun).toEqual(ids.toReversed());
  });
});

describe('a model that a chat with a window and one without want', () => {
  it('goes on for the one when the window of the other closes, which then has it without another byte', async () => {
    await open('23:30', {}, 1);
    slow(BRISK);
    const [mine, theirs] = [scheduled('sample/big'), bench.add(2, 'sample/big').id];
    bench.queue.start();
    expect([mine, theirs].map(stateOf)).toEqual(['downloading', 'downloading']);
    await sent(FILE / 2);
    look('07:00');
    expect([mine, theirs].map(stateOf)).toEqual(['pending window_closed', 'downloading']);
    await bench.reaches(theirs, 'completed');
    expect(stateOf(mine)).toBe('pending window_closed');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.1);
    const all = bench.hub.bytesSent();
    look('23:00');
    await bench.reaches(mine, 'completed');
    expect(bench.hub.bytesSent()).toBe(all);
    expect([mine, theirs].map(bench.notices)).toEqual([['completed'], ['completed']]);
  });

  it('does not take the one with the closed window along, until it opens', async () => {
    await open('22:00', {}, 1);
    slow(BRISK);
    const [mine, theirs] = [scheduled('sample/big'), bench.add(2, 'sample/big').id];
    bench.queue.start();
    await sent(FILE / 2);
    expect([mine, theirs].map(stateOf)).toEqual(['pending', 'downloading']);
    look('23:00');
    expect([mine, theirs].map(stateOf)).toEqual(['downloading', 'downloading']);
    await Promise.all([mine, theirs].map((id) => bench.reaches(id, 'completed')));
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.1);
  });
});
