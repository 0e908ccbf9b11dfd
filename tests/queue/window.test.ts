import { afterEach, describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import type { ScheduleFields } from '../../src/domain/schedule/schedule.ts';
import { silentLog } from '../../src/lib/log.ts';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { createScheduler, type Scheduler } from '../../src/schedule/scheduler.ts';
import { partialsIn } from '../helpers/partials.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const FILES = ['1.safetensors', '2.safetensors', '3.safetensors'];
const FILE = 1_200_000;
const SIZE = FILES.length * FILE;
/** Of each file of a repository comes so much, one piece as it is written, and the rest when it is let go. */
const FILE_HELD = 2 ** 19;
const HELD = FILES.length * FILE_HELD;
/** Redirects have bodies too. */
const WORDS = 50_000;

const many = (id: string) => defineRepo({ id, files: FILES.map((path) => ({ path, size: FILE, seed: id + path })) });
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
  bench = await setUp({ repos }, { concurrency }, { connections: 8 });
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

/** @returns lets it go */
const hold = (name: string): (() => void) => {
  const holds = FILES.map((path) => bench.hub.setFault({ kind: 'held', bytes: FILE_HELD, path: `${name}/${path}` }));
  return () => {
    for (const letGo of holds) letGo();
  };
};
const isHeld = (id: number): Promise<void> =>
  expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(HELD);
const scheduled = (name: string, more: Partial<Pick<Model, 'priority'>> = {}): number =>
  bench.add(1, name, { scheduled: true, ...more }).id;
const stateOf = (id: number): string => [bench.model(id).status, bench.model(id).statusReason ?? ''].join(' ').trim();
const stopped = async (id: number): Promise<void> => {
  await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
  await expect.poll(() => bench.hub.requests.every(({ done }) => done), PATIENT).toBe(true);
};
/** What is on the disk of a download that has not published anything yet. */
const kept = async (name: string): Promise<number> =>
  (await partialsIn(bench.cacheDir))
    .filter(({ repoFolder }) => repoFolder === `models--${name.replace('/', '--')}`)
    .reduce((sum, { bytes }) => sum + bytes, 0);

describe('the end of a window', () => {
  it('stops a download of many files in the middle of each, and the next opening fetches what is missing only', async () => {
    await open('06:00');
    const letGo = hold('sample/big');
    const id = scheduled('sample/big');
    bench.queue.start();
    await isHeld(id);
    setClock('06:59:59');
    // By itself from here on.
    scheduler.start();
    await bench.waitsFor(id, 'window_closed');
    await stopped(id);
    letGo();
    const first = bench.hub.bytesSent();
    expect(stateOf(id)).toBe('pending window_closed');
    expect(await kept('sample/big')).toBe(HELD);
    expect(bench.store.sessions.openSession(id)).toMatchObject({ bytesDownloaded: HELD, retryCount: 0 });

    setClock('22:59:59');
    bench.queue.wake();
    expect(stateOf(id)).toBe('pending window_closed');
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent() - first).toBeGreaterThanOrEqual(SIZE - HELD);
    expect(bench.hub.bytesSent() - first).toBeLessThan(SIZE - HELD + WORDS);
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'completed', scheduleId: 1 }]);
  });

  it('over a restart stays the end: nothing is asked for until the next opening', async () => {
    await open('03:00');
    const letGo = hold('sample/big');
    const id = scheduled('sample/big');
    bench.queue.start();
    await isHeld(id);
    await bench.queue.close();
    expect(stateOf(id)).toBe('pending shutdown');
    await stopped(id);
    letGo();
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
    const [letNowGo, letLaterGo] = [hold('sample/big'), hold('sample/other')];
    const [now, later] = [scheduled('sample/big'), scheduled('sample/other')];
    bench.queue.start();
    expect([now, later].map(stateOf)).toEqual(['pending', 'pending']);
    expect(bench.queue.startNow(now)).toBe(true);
    expect([now, later].map(stateOf)).toEqual(['downloading', 'pending']);
    look('23:00');
    await isHeld(later);
    look('07:00');
    expect([now, later].map(stateOf)).toEqual(['downloading', 'pending window_closed']);
    letNowGo();
    await bench.reaches(now, 'completed');
    expect(stateOf(later)).toBe('pending window_closed');
    letLaterGo();
    expect(bench.queue.startNow(later)).toBe(true);
    await bench.reaches(later, 'completed');
  });
});

describe('inside a window', () => {
  it('no more run at once than the schedule allows, besides what needs none, and the first is the most urgent', async () => {
    await open('22:00', { maxConcurrentDownloads: 2 });
    const letGo = bench.hub.setFault({ kind: 'held', bytes: 100_000, host: 'cdn' });
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
    letGo();
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
  it('goes on for the one when the window of the other closes, which has it as well when it is there', async () => {
    await open('23:30', {}, 1);
    const letGo = hold('sample/big');
    const [mine, theirs] = [scheduled('sample/big'), bench.add(2, 'sample/big').id];
    bench.queue.start();
    expect([mine, theirs].map(stateOf)).toEqual(['downloading', 'downloading']);
    await isHeld(theirs);
    look('07:00');
    expect([mine, theirs].map(stateOf)).toEqual(['pending window_closed', 'downloading']);
    letGo();
    await bench.reaches(theirs, 'completed');
    // Nothing is left to fetch for which its window would have to open.
    expect(stateOf(mine)).toBe('completed');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.1);
    expect([mine, theirs].map(bench.notices)).toEqual([['completed'], ['completed']]);
  });

  it('does not take the one with the closed window along, until it opens', async () => {
    await open('22:00', {}, 1);
    const letGo = hold('sample/big');
    const [mine, theirs] = [scheduled('sample/big'), bench.add(2, 'sample/big').id];
    bench.queue.start();
    await isHeld(theirs);
    expect([mine, theirs].map(stateOf)).toEqual(['pending', 'downloading']);
    look('23:00');
    expect([mine, theirs].map(stateOf)).toEqual(['downloading', 'downloading']);
    letGo();
    await Promise.all([mine, theirs].map((id) => bench.reaches(id, 'completed')));
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.1);
  });
});
