import { expect, it } from 'vitest';
import type { Executor } from '../../src/copies/executor.ts';
import { joinHost, type TestHosts, testHosts } from '../helpers/hosts.ts';
import { commitOf, filesOf, openByHand, SIZE } from './by-hand.ts';
import { createFakeExecutor, type FakeExecutor, type FakeJob } from './fake-executor.ts';
import { PATIENT } from './setup.ts';

const HOSTS = 20;
const MODELS = 20;
const PLACES = 3;
const CHATS = [1, 2, 3];

/** 0 ≤ x < 1, the same ones each time. */
const createRandom = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

it('twenty hosts that come and go have all of their twenty models in the end, each once, and never more at once than they may', async () => {
  const random = createRandom(7);
  const executors = new Map<number, FakeExecutor>();
  let hosts: TestHosts | undefined;
  const bench = await openByHand((here, clock, store) => {
    const others = Array.from({ length: HOSTS }, (_, at): [number, Executor] => {
      const id = joinHost(store, `host-${at}`);
      const fake = createFakeExecutor(clock);
      executors.set(id, fake);
      return [id, fake];
    });
    hosts = testHosts(new Map<number, Executor>([[1, here], ...others]));
    return hosts;
  });
  const { store } = bench;
  bench.settings.concurrency = PLACES;
  const { away } = hosts as unknown as TestHosts;
  const ids = store.atomically(() =>
    [...executors.keys()].flatMap((hostId) =>
      Array.from({ length: MODELS }, (_, at) => {
        const name = `org/m${at}`;
        const chatId = CHATS[at % CHATS.length] ?? 1;
        const files = filesOf(name);
        return store.models.createModel({ chatId, name, hostId, commitSha: commitOf(name), sizeBytes: SIZE, files }).id;
      }),
    ),
  );
  bench.queue().start();
  const isComplete = (): boolean => store.models.countByStatus('completed') === ids.length;
  const runningOn = ({ jobs }: FakeExecutor): FakeJob[] => jobs.filter(({ end }) => end() === 'none');
  const running = (): number => [...executors.values()].reduce((sum, one) => sum + runningOn(one).length, 0);
  // What runs there goes on, or breaks, or is still there when they are back.
  const moveOn = (job: FakeJob, isAway: boolean): void => {
    const chance = isAway ? random() : 0;
    if (chance < 0.3) job.complete();
    else if (chance < 0.6) job.fail(new Error('the line is cut'));
  };
  while (!isComplete()) {
    away.clear();
    bench.queue().wake();
    await expect.poll(() => isComplete() || running() > 0, PATIENT).toBe(true);
    for (const id of executors.keys()) if (random() < 1 / 3) away.add(id);
    const claimedOnAway = (): number =>
      store.models.downloadingIds().filter((id) => away.has(bench.model(id).hostId)).length;
    const claimed = claimedOnAway();
    bench.queue().wake();
    expect(claimedOnAway()).toBe(claimed);
    for (const [id, executor] of executors) {
      const jobs = runningOn(executor);
      expect(jobs.length).toBeLessThanOrEqual(PLACES);
      for (const job of jobs) moveOn(job, away.has(id));
    }
    // Until all of that is rows, and what has become free is taken.
    await expect.poll(() => store.models.downloadingIds().length === running(), PATIENT).toBe(true);
  }
  for (const { jobs } of executors.values()) {
    const done = jobs.filter(({ end }) => end() === 'complete').map(({ job }) => job.id);
    expect(new Set(done).size).toBe(MODELS);
    expect(done).toHaveLength(MODELS);
  }
  const told = store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 2 * ids.length);
  expect(told.map(({ modelId }) => modelId).toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(ids);
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['completed']));
  expect(store.sessions.getDownloadHistory(ids[0] ?? 0)).toMatchObject([{ status: 'completed', retryCount: 0 }]);
  await bench.close();
});
