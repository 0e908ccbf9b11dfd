import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyJob } from '../../src/copies/executor.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { redisServer } from '../helpers/redis.ts';
import { done, presenceOf, pretendHost, sayPresence } from './pretending.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

/* Amounts that a host invents: no more of them counts than can be. */

const ID = 'sample/model';
const SIZE = 1000;
const MOST = Number.MAX_SAFE_INTEGER;
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: SIZE }] });
const never = new AbortController().signal;

describe.skipIf(redisServer === undefined)('amounts that a host invents', () => {
  let top: HostsTop;
  let redis: Redis;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] });
    redis = new Redis({ path: top.redis.path, maxRetriesPerRequest: null });
    top.scope.defer(() => redis.disconnect());
  });
  afterEach(async () => {
    await top.close();
  });

  const commit = (): string => top.bench.hub.commitOf(ID).id;
  const hubJob = (): CopyJob => top.job(ID);
  /** Of which its server has not told how long it is, nor anybody its hash. */
  const webJob = (): CopyJob => ({
    ...hubJob(),
    source: 'url',
    id: 'files/custom/a.bin',
    url: 'https://example.org/files/a.bin',
    files: [{ path: 'a.bin', size: 0, etag: 'e'.repeat(40), isUnhashed: true }],
    mostBytes: 5000,
  });
  const madeOf = ({ commit: at, source }: CopyJob, bytesReceived: number, learned = 0): object =>
    done(
      {
        snapshotPath: source === 'hub' ? `/cache/models--sample--model/snapshots/${at}` : '/cache/custom',
        bytesReceived,
      },
      { learned },
    );

  it('of what came for a copy ten times its size counts at most, and of how far it is what was asked for', async () => {
    const ended = Promise.withResolvers<object>();
    const remote = await pretendHost(top, redis, {
      answer: async (one) => {
        const all = { bytesTotal: MOST, bytesReady: MOST, bytesReceived: MOST, filesTotal: MOST, filesDone: MOST };
        await one.updateProgress({ phase: 'receiving', ...all, connections: 1 });
        return ended.promise;
      },
    });
    const running = remote.executor.start(hubJob(), never);
    const most = { bytesTotal: SIZE, bytesReady: SIZE, bytesReceived: 10 * SIZE, filesTotal: 1, filesDone: 1 };
    await expect.poll(running.state, PATIENT).toMatchObject({ phase: 'receiving', ...most });
    ended.resolve(madeOf(hubJob(), MOST));
    expect((await running.done).bytesReceived).toBe(10 * SIZE);
  });

  const learns = async (job: CopyJob, learned: object): Promise<unknown> => {
    const remote = await pretendHost(top, redis, {
      answer: async ({ id = '' }) => {
        await redis.set(`hubgram:host-nas:list:${id}-answer:learned:0`, JSON.stringify([learned]));
        return madeOf(job, 1, 1);
      },
    });
    return remote.executor.start(job, never).done;
  };
  const sha256 = 'a'.repeat(64);

  it('a file of unknown length becomes no longer than it may', async () => {
    const made = await learns(webJob(), { path: 'a.bin', sha256, size: 5000 });
    expect(made).toMatchObject({ learned: { 'a.bin': { sha256, size: 5000 } } });
  });

  it.each<[string, () => CopyJob, object]>([
    ['longer than it may become', webJob, { path: 'a.bin', sha256, size: 5001 }],
    ['of another hash than was told', hubJob, { path: 'model.safetensors', sha256, size: SIZE }],
  ])('a file that is said to be %s is not believed', async (_what, jobOf, learned) => {
    await expect(learns(jobOf(), learned)).rejects.toMatchObject({ code: 'integrity' });
  });

  it('what is missing is no more than was asked about, what was freed no more than the disk holds', async () => {
    const said = { totalBytes: 3_000_000 };
    const remote = await pretendHost(top, redis, { answer: () => done({ bytes: MOST }), said });
    const repoFolder = 'models--sample--model';
    const { files } = hubJob();
    expect(await remote.executor.missingBytes({ repoFolder, files, commits: [commit()] })).toBe(SIZE);
    const etags = files.map(({ etag }) => etag);
    expect(await remote.executor.removeArrived({ repoFolder, etags })).toBe(3_000_000);
    expect(await remote.executor.removeSnapshot({ repoFolder, commit: commit(), paths: [], etags })).toBe(3_000_000);
  });

  it('how far a copy is read is no more than it has', async () => {
    const remote = await pretendHost(top, redis, {
      answer: async (one: Job) => {
        await one.updateProgress({ bytesTotal: MOST, bytesDone: MOST, filesTotal: MOST, filesDone: MOST });
        return new Promise(() => undefined);
      },
    });
    const { files } = hubJob();
    const running = remote.executor.verify({ repoFolder: 'models--sample--model', commit: commit(), files }, never);
    running.done.catch(() => undefined);
    const most = { bytesTotal: SIZE, bytesDone: SIZE, filesTotal: 1, filesDone: 1 };
    await expect.poll(running.state, PATIENT).toEqual(most);
  });

  it('no more comes over its network than a network brings', async () => {
    // A second passes with each look.
    let passedMs = 0;
    const clock: Clock = { now: () => Date.now(), monotonic: () => (passedMs += 1) };
    const ids = { machine: randomUUID(), process: randomUUID() };
    const remote = await pretendHost(top, redis, { answer: () => done({}), said: ids, clock });
    await sayPresence(redis, presenceOf({ ...ids, bytesReceived: MOST }));
    await expect.poll(remote.executor.bytesReceived, PATIENT).toBeGreaterThan(0);
    expect(remote.executor.bytesReceived()).toBeLessThanOrEqual(passedMs * 1e8);
  });

  const card = (more: object = {}): object => ({
    memory: { totalBytes: 1, freeBytes: 1, gpus: [{ name: 'A card', totalBytes: 1, ...more }] },
  });
  it.each<[string, object]>([
    ['memory without end', { memory: { totalBytes: 1e300, freeBytes: 1, gpus: [] } }],
    ['memory below nothing', { memory: { totalBytes: 1, freeBytes: -1, gpus: [] } }],
    ['a card with more than a line of name', card({ name: 'A\ncard' })],
    ['a card with a name without end', card({ name: 'A'.repeat(61) })],
    ['a card without end', card({ totalBytes: 1e300 })],
    [
      'more cards than a machine has',
      { memory: { totalBytes: 1, freeBytes: 1, gpus: Array(65).fill({ name: 'A', totalBytes: 1 }) } },
    ],
  ])('%s is not believed', async (_what, said) => {
    const remote = await top.remote();
    await sayPresence(redis, presenceOf(card({ name: 'A'.repeat(60) })));
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('there');
    await sayPresence(redis, presenceOf(said));
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('not_believed');
  });
});
