import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyJob, RunningCopy } from '../../src/copies/executor.ts';
import type { RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { STANDING } from '../copies/bench-top.ts';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

/* Redis carries, and owns nothing: what happens while it is away, or when it has forgotten everything. */

const ID = 'sample/model';
const SIZE = 4_000_000;
const STEP = 2 ** 20;
/** Headers and lists that the Hub sends beside the bytes of files. */
const BESIDE = 50_000;
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: SIZE }] });
const never = new AbortController().signal;

describe.skipIf(redisServer === undefined)('Redis', () => {
  let top: HostsTop;
  let remote: RemoteHost;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] }, STANDING);
    await top.serve();
    remote = await top.remoteThere();
  });
  afterEach(async () => {
    await top.close();
  });

  const job = (key = 'c-1-g1'): CopyJob => top.job(ID, { key });
  const hold = (): (() => void) => top.bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP });
  const claimed = async (): Promise<number> =>
    (await partialsIn(top.bench.cacheDir).catch(() => [])).reduce((sum, { bytes }) => sum + bytes, 0);
  const isUnderWay = async (running: RunningCopy): Promise<void> => {
    await expect.poll(() => running.state().bytesReady, PATIENT).toBe(STEP);
  };
  /** Each byte has come once. */
  const endsRight = async (): Promise<void> => {
    expect(await top.bench.published(ID, 'model.safetensors')).toBe('right');
    expect(await leftIn(top.bench.cacheDir)).toEqual([]);
    expect(top.bench.hub.bytesSent()).toBeLessThan(SIZE + BESIDE);
  };

  it('is killed and comes back: what runs goes on, and its end is heard', async () => {
    const letGo = hold();
    const running = remote.executor.start(job(), never);
    await isUnderWay(running);
    await top.redis.kill();
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('no_redis');
    await expect(remote.executor.freeBytes()).rejects.toMatchObject({ code: 'unavailable' });
    await top.redis.start();
    letGo();
    await running.done;
    await endsRight();
  });

  it('forgets everything: what runs goes on, and what is wanted is put there again', async () => {
    const letGo = hold();
    const running = remote.executor.start(job(), never);
    await isUnderWay(running);
    await top.redis.kill();
    await top.redis.forget();
    await top.redis.start();
    letGo();
    await running.done;
    await endsRight();
  });

  it('is away while something is wanted: it begins when Redis is back', async () => {
    await top.redis.kill();
    const running = remote.executor.start(job(), never);
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('no_redis');
    await top.redis.start();
    await running.done;
    await endsRight();
  });

  it('is away while something is stopped: whoever stops it does not wait, and it stops when Redis is back', async () => {
    const letGo = hold();
    const stop = new AbortController();
    const running = remote.executor.start(job(), stop.signal);
    await isUnderWay(running);
    await top.redis.kill();
    const reason = new Error('paused');
    stop.abort(reason);
    await expect(running.done).rejects.toBe(reason);
    await top.redis.start();
    // What has come is noted when a run stops.
    await expect.poll(claimed, PATIENT).toBe(STEP);
    letGo();
    expect(top.bench.hub.bytesSent()).toBeLessThan(STEP + BESIDE);
  });

  it('another process of the bot joins what runs', async () => {
    const letGo = hold();
    const before = remote.executor.start(job(), never);
    await isUnderWay(before);
    await remote.close();
    const next = await top.remote();
    const running = next.executor.start(job(), never);
    await isUnderWay(running);
    letGo();
    await running.done;
    await endsRight();
  });

  it('hands out the same job twice: it runs once', async () => {
    const letGo = hold();
    const running = remote.executor.start(job(), never);
    await isUnderWay(running);
    // As after a lock that was lost: the job waits again while it is being worked on.
    const { Queue } = await import('bullmq');
    const queue = new Queue('dl-nas', { connection: { path: top.redis.path }, prefix: 'hubgram' });
    for (const one of await queue.getActive()) await one.moveToWait();
    await expect.poll(async () => (await queue.getActiveCount()) + (await queue.getWaitingCount()), PATIENT).toBe(1);
    await expect.poll(() => queue.getActiveCount(), PATIENT).toBe(1);
    await queue.close();
    letGo();
    await running.done;
    await endsRight();
  });
});
