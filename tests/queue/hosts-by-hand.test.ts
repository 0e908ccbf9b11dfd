import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import { joinHost, type TestHosts, testHosts } from '../helpers/hosts.ts';
import { overTheWire } from '../helpers/over-the-wire.ts';
import { type ByHand, openByHand } from './by-hand.ts';
import { createFakeExecutor, type FakeExecutor, type FakeJob } from './fake-executor.ts';
import { PATIENT } from './setup.ts';

let bench: ByHand;
let hosts: TestHosts;
let there: FakeExecutor;
let nas: number;

beforeEach(async () => {
  bench = await openByHand((here, clock, store) => {
    there = createFakeExecutor(clock);
    nas = joinHost(store);
    hosts = testHosts(
      new Map([
        [1, here],
        [nas, overTheWire(there)],
      ]),
    );
    return hosts;
  });
});
afterEach(async () => {
  await bench.close();
});

const addThere = (
  name: string,
  chatId = 1,
  more: { readonly priority?: 'high'; readonly scheduled?: true } = {},
): number => bench.add(chatId, name, { hostId: nas, ...more });
const jobThere = async (name: string): Promise<FakeJob> => {
  await expect.poll(() => there.running(name).length, PATIENT).toBe(1);
  return there.running(name)[0] as FakeJob;
};
const waits = (id: number) => bench.queue().waitingOf(bench.model(id));

describe('what is wanted on two hosts', () => {
  it('runs on each in its own places: a full one keeps nothing from starting on the other', async () => {
    const full = [addThere('b/1', 1, { priority: 'high' }), addThere('b/2', 1, { priority: 'high' })];
    const [first, second] = [bench.add(1, 'a/1'), bench.add(1, 'a/2')];
    bench.queue().start();
    const [one] = [await jobThere('b/1'), await bench.job('a/1')];
    expect([...full, first, second].map(bench.stateOf)).toEqual(['downloading', 'pending', 'downloading', 'pending']);
    // Each is the next one where it is to lie.
    expect([full[1] ?? 0, second].map(waits)).toMatchObject([
      { kind: 'turn', position: 1 },
      { kind: 'turn', position: 1 },
    ]);
    one.complete();
    await jobThere('b/2');
    expect(bench.stateOf(second)).toBe('pending');
  });

  it('are as many at once on each as the setting says, as soon as it says so', async () => {
    bench.settings.concurrency = 2;
    for (const name of ['b/1', 'b/2', 'b/3']) addThere(name);
    bench.queue().start();
    await jobThere('b/2');
    expect(there.jobs).toHaveLength(2);
    bench.settings.concurrency = 1;
    there.running('b/1')[0]?.complete();
    bench.add(1, 'a/1');
    bench.queue().wake();
    await bench.job('a/1');
    expect(there.jobs).toHaveLength(2);
  });

  it('goes to the chat that has fewest running anywhere', async () => {
    bench.settings.concurrency = 2;
    addThere('b/1', 1);
    addThere('b/2', 1);
    bench.queue().start();
    await jobThere('b/2');
    bench.settings.concurrency = 0;
    const [mine, theirs] = [bench.add(1, 'a/mine'), bench.add(2, 'a/theirs')];
    bench.settings.concurrency = 1;
    bench.queue().wake();
    await bench.job('a/theirs');
    expect([mine, theirs].map(bench.stateOf)).toEqual(['pending', 'downloading']);
  });

  it('begins by one look for all that is heard of hosts at once, and looks anew at what waits for room', async () => {
    const { store } = bench;
    bench.queue().start();
    const id = addThere('b/1');
    const [claims, rooms] = [vi.spyOn(store.models, 'setHosts'), vi.spyOn(store.models, 'hastenNoSpace')];
    for (let heard = 0; heard < 20; heard += 1) bench.queue().wakeSoon();
    expect(claims).not.toHaveBeenCalled();
    await expect.poll(() => bench.stateOf(id), PATIENT).toBe('downloading');
    expect(rooms).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });

  it('shares the limit of its schedule by fixed parts, one for each host that has something of it', async () => {
    const { schedules } = bench.store;
    const fields = { type: 'daily', time: '23:00', until: '07:00', limitBytes: 5001 } as const;
    const { id: scheduleId, name: scheduleName } = addSchedule(bench.store, 1, fields);
    const [openedAt, closesAt] = ['2026-11-21T11:00:00.000Z', '2026-11-22T07:00:00.000Z'];
    schedules.openRun({
      scheduleId,
      scheduleName,
      chatId: 1,
      openedAt,
      closesAt,
      maxConcurrentDownloads: 4,
      limitBytes: 5001,
    });
    bench.add(1, 'a/1', { scheduled: true });
    bench.queue().start();
    const here = await bench.job('a/1');
    expect(here.limits).toEqual([{ name: 'chat 1', bytesPerSecond: 5001 }]);
    addThere('b/1', 1, { scheduled: true });
    bench.queue().wake();
    expect((await jobThere('b/1')).limits).toEqual([{ name: 'chat 1', bytesPerSecond: 2500 }]);
    await expect.poll(() => here.limits.at(-1), PATIENT).toEqual({ name: 'chat 1', bytesPerSecond: 2500 });
    // One that is away takes no part of it.
    hosts.away.add(nas);
    await expect.poll(() => here.limits.at(-1), PATIENT).toEqual({ name: 'chat 1', bytesPerSecond: 5001 });
  });
});

describe('a host that is away', () => {
  it('keeps what is to lie there waiting, says since when, and it goes on by itself when it is back', async () => {
    bench.store.hosts.noteSeen(nas, { version: '1', freeBytes: 1, totalBytes: 2 });
    const since = bench.clock.now();
    hosts.away.add(nas);
    const waiting = addThere('b/1', 1, { priority: 'high' });
    const here = bench.add(1, 'a/1');
    bench.queue().start();
    await bench.job('a/1');
    expect([waiting, here].map(bench.stateOf)).toEqual(['pending', 'downloading']);
    expect(waits(waiting)).toEqual({ kind: 'host_away', host: 'nas', since, by: undefined });
    expect(bench.store.models.countWaits(1).host_away).toBe(1);
    expect(bench.queue().isThere(nas)).toBe(false);
    hosts.away.clear();
    await jobThere('b/1');
    expect(waits(waiting)).toBeUndefined();
  });

  it('leaves what runs there running, in nobody’s way, and is no attempt when it breaks', async () => {
    const id = addThere('b/1', 1);
    bench.queue().start();
    const job = await jobThere('b/1');
    job.arrive(300);
    expect(waits(id)).toBeUndefined();
    hosts.away.add(nas);
    // Nobody has heard of it yet in this test.
    expect(waits(id)).toEqual({ kind: 'host_away', host: 'nas', since: undefined, by: undefined });
    hosts.by = 'no_redis';
    expect(waits(id)).toMatchObject({ kind: 'host_away', by: 'no_redis' });
    hosts.by = undefined;
    expect(bench.stateOf(id)).toBe('downloading');
    job.fail(new AppError('unavailable', 'It does not answer.'));
    await bench.reaches(id, 'pending interrupted');
    expect(bench.store.sessions.openSession(id)).toMatchObject({ retryCount: 0, status: 'in_progress' });
    hosts.away.clear();
    (await jobThere('b/1')).complete();
    await bench.reaches(id, 'completed');
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('keeps what runs there from taking a place of its chat’s schedule or its turn', async () => {
    bench.settings.concurrency = 2;
    addThere('b/1', 1);
    addThere('b/2', 1);
    bench.queue().start();
    await jobThere('b/2');
    bench.settings.concurrency = 1;
    hosts.away.add(nas);
    const [mine, theirs] = [bench.add(1, 'a/mine'), bench.add(2, 'a/theirs')];
    bench.queue().wake();
    // Neither chat has anything running that is there: the one whose turn was longest ago is next.
    await bench.job('a/theirs');
    (await bench.job('a/theirs')).complete();
    await bench.reaches(mine, 'downloading');
    expect(bench.stateOf(theirs)).toBe('completed');
  });

  it('can be paused, cancelled and removed from; what is to go goes when it is back', async () => {
    const id = addThere('b/1');
    bench.queue().start();
    (await jobThere('b/1')).complete();
    await bench.reaches(id, 'completed');
    const { copyId } = bench.model(id);
    hosts.away.add(nas);
    bench.queue().remove(id, { taking: 'ours', freedBytes: 1000 });
    expect(await bench.queue().freeNow(id)).toBe(0);
    expect(there.stored()).toBe(1000);
    expect(bench.store.copies.getCopy(copyId ?? 0)).toMatchObject({ state: 'going', removal: 'files' });
    hosts.away.clear();
    await expect.poll(there.stored, PATIENT).toBe(0);
    await expect.poll(() => bench.store.copies.getCopy(copyId ?? 0), PATIENT).toBeUndefined();
  });

  it('is left out when it is looked whether files are there, and nothing is said of them', async () => {
    const [here, away] = [bench.add(1, 'a/1'), addThere('b/1')];
    bench.queue().start();
    (await bench.job('a/1')).complete();
    (await jobThere('b/1')).complete();
    for (const id of [here, away]) await bench.reaches(id, 'completed');
    bench.executor.lose('a/1');
    there.lose('b/1');
    hosts.away.add(nas);
    await bench.queue().lookAfter();
    expect([here, away].map((id) => bench.model(id).filesGone)).toEqual([1, 0]);
    hosts.away.clear();
    await bench.queue().lookAfter();
    expect(bench.model(away).filesGone).toBe(1);
  });
});

describe('a job', () => {
  it('has a key of its own for each time that its copy is wanted, and for what it is', async () => {
    const id = addThere('b/1');
    bench.queue().start();
    const first = await jobThere('b/1');
    bench.queue().pause(id);
    await expect.poll(first.end, PATIENT).toBe('stopped');
    bench.queue().resume(id, 'now');
    const second = await jobThere('b/1');
    // What was paused goes on under the same key.
    expect(second.job.key).toBe(first.job.key);
    bench.queue().cancel(id);
    await expect.poll(second.end, PATIENT).toBe('stopped');
    bench.queue().resume(id, 'now');
    const third = await jobThere('b/1');
    expect(third.job.key).not.toBe(first.job.key);
    expect(third.job.key).toMatch(/^c-\d+-g2-[0-9a-f]{12}$/);
  });

  it('that was begun for what is wanted no more changes nothing by its end, however late', async () => {
    const id = addThere('b/1');
    bench.queue().start();
    const job = await jobThere('b/1');
    const { store } = bench;
    const copyId = bench.model(id).wantsCopyId ?? 0;
    // Given up and wanted anew while nobody tells the run: its rows are those of another time.
    store.atomically(() => {
      store.models.moveModel(id, 'downloading', 'paused');
      store.sessions.updateDownloadSession(store.sessions.openSession(id)?.id ?? 0, 'cancelled', {
        bytesDownloaded: 0,
      });
      store.copies.giveUp(copyId, 'nothing');
      store.sessions.createDownloadSession(id);
      store.models.moveModel(id, 'paused', 'pending');
      store.models.moveModel(id, 'pending', 'downloading');
    });
    expect(store.copies.getCopy(copyId)).toMatchObject({ state: 'wanted', generation: 2, removal: 'arrived' });
    job.complete();
    // What says “downloading” while nothing runs is got anew; all of it lies there, so that ends at once.
    await bench.reaches(id, 'completed');
    expect(there.jobs.map(({ job: { key } }) => key?.slice(0, 6))).toEqual(['c-1-g1', 'c-1-g2']);
    expect(bench.statuses(id)).toEqual(['completed', 'cancelled']);
    expect(bench.notices(id)).toEqual(['completed']);
  });
});
