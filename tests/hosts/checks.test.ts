import { randomUUID } from 'node:crypto';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type CheckJob, type Checker, createChecker } from '../../src/checks/checker.ts';
import { createChecks } from '../../src/checks/checks.ts';
import { createLoadLock } from '../../src/checks/loads/load-lock.ts';
import { wholeOf } from '../../src/domain/checks/check.ts';
import { safetensorsOf, TWO, twoTensors } from '../checks/made.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

/* A copy is looked into on the machine that it lies on, and what came of it crosses Redis. */

const [GOOD, MOVED] = ['sample/good', 'sample/moved'];
const moved = safetensorsOf({ ...TWO, 'b.weight': { ...TWO['b.weight'], data_offsets: [13, 17] } }, Buffer.alloc(17));
const repos = [
  defineRepo({ id: GOOD, files: [{ path: 'model.safetensors', content: twoTensors() }] }),
  defineRepo({ id: MOVED, files: [{ path: 'model.safetensors', content: moved }] }),
];
const never = new AbortController().signal;
/** Of the machine of the host, and of no other. */
const MEMORY = { totalBytes: 7_000_000_123, freeBytes: 6e9, gpus: [{ name: 'A', totalBytes: 1_000_000_007 }] };

describe.skipIf(redisServer === undefined)('a check on another machine', () => {
  let top: HostsTop;
  beforeEach(async () => {
    top = await setUp({ repos });
  });
  afterEach(async () => {
    await top.close();
  });

  const checker = (): Checker =>
    createChecker({
      checks: createChecks({ cacheDir: top.bench.cacheDir }),
      loadLock: createLoadLock(),
      memory: () => Promise.resolve(MEMORY),
    });
  const jobOf = (id: string, more: Partial<CheckJob> = {}): CheckJob => ({
    repoFolder: `models--${id.replace('/', '--')}`,
    commit: top.bench.hub.commitOf(id).id,
    files: top.bench.files(id),
    ...more,
  });
  /** Has a copy made there. */
  const made = async (id: string): Promise<CheckJob> => {
    const job = jobOf(id);
    await top.bench.start(id).done;
    return job;
  };
  const bot = async (): Promise<Checker> => {
    const remote = await top.remoteThere();
    return remote.checker;
  };

  it('reads the files there, and counts with the memory of that machine', async () => {
    await top.serve({ checker: checker() });
    const far = await bot();
    const job = await made(GOOD);
    const found = await far.start({ ...job, contextTokens: 100 }, never).done;
    expect(found).toEqual(await checker().start({ ...job, contextTokens: 100 }, never).done);
    expect(found).toMatchObject({
      whole: { weightFiles: 1, tensors: 2, faultCount: 0 },
      fits: { memoryBytes: MEMORY.totalBytes, gpuBytes: 1_000_000_007, where: 'gpu' },
    });
    expect((await far.start(await made(MOVED), never).done).whole).toMatchObject({
      faultCount: 1,
      faults: [{ path: 'model.safetensors', reason: expect.stringContaining('has its tensor “b.weight” at byte 13') }],
    });
  });

  it('tells how far it is, ends there when nobody wants it any more, and goes on after a restart of the machine', async () => {
    const begun: AbortSignal[] = [];
    const ends: (() => void)[] = [];
    const slow: Checker = {
      start: (job, signal) => {
        begun.push(signal);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        ends.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason));
        const state = { filesDone: 0, filesTotal: 1, currentFile: 'model.safetensors' };
        return { state: () => state, done: promise.then(() => checker().start(job, signal).done) };
      },
    };
    const host = await top.serve({ checker: slow });
    const far = await bot();
    const job = await made(GOOD);
    const stop = new AbortController();
    const left = far.start(job, stop.signal);
    await expect.poll(left.state, PATIENT).toEqual({ filesDone: 0, filesTotal: 1, currentFile: 'model.safetensors' });
    stop.abort(new Error('left'));
    await expect(left.done).rejects.toThrow('left');
    await expect.poll(() => begun[0]?.aborted, PATIENT).toBe(true);
    const running = far.start(job, never);
    await expect.poll(() => begun.length, PATIENT).toBe(2);
    await host.close();
    await top.serve({ checker: slow });
    await expect.poll(() => begun.length, PATIENT).toBe(3);
    ends.at(-1)?.();
    expect((await running.done).whole.tensors).toBe(2);
  });

  it('that an earlier process of the bot has begun ends at once: nobody joins it', async () => {
    const begun: AbortSignal[] = [];
    const endless: Checker = {
      start: (_job, signal) => {
        begun.push(signal);
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => reject(signal.reason));
        return { state: () => undefined, done: promise };
      },
    };
    await top.serve({ checker: endless });
    const first = await top.remoteThere();
    first.checker.start(await made(GOOD), never).done.catch(() => undefined);
    await expect.poll(() => begun.length, PATIENT).toBe(1);
    await first.close();
    await bot();
    await expect.poll(() => begun[0]?.aborted, PATIENT).toBe(true);
  });

  it('is refused in words by a hubgram that is older and knows of none', async () => {
    await top.serve();
    const far = await bot();
    await expect(far.start(jobOf(GOOD), never).done).rejects.toMatchObject({
      code: 'operational',
      message:
        'The hubgram on nas is older and does not know how to do that. Install there the version that runs here.',
    });
  });

  /** Somebody who has a host's place in Redis, and answers this. */
  const pretend = async (head: object): Promise<Checker> => {
    const redis = new Redis({ path: top.redis.path, maxRetriesPerRequest: null });
    top.scope.defer(() => redis.disconnect());
    const answer = () => Promise.resolve({ kind: 'done', answer: { v: 1, head, slices: {} } });
    const worker = new Worker('dl-nas', answer, { connection: redis, prefix: 'hubgram' });
    worker.on('error', () => undefined);
    top.scope.defer(() => worker.close(true));
    const ids = { machine: randomUUID(), process: randomUUID() };
    const room = { freeBytes: 1, totalBytes: 2, memory: MEMORY, bytesReceived: 0, running: 0 };
    const presence = JSON.stringify({ protocol: 1, version: '0.1.0', ...ids, ...room });
    await redis.set('hubgram:host-nas:presence', presence, 'PX', 60_000);
    return bot();
  };
  const whole = wholeOf({ weightFiles: 1, tensors: 2, faults: [], unread: [], imports: [] });
  const fault = { path: 'model.safetensors', reason: 'is cut short' };
  const faulty = { ...whole, faults: [fault], faultCount: 1 };
  const fits = { neededBytes: 1, where: 'gpu', memoryBytes: 1, gpuBytes: 1, freeBytes: 1 };
  const failed = { kind: 'failed', path: 'model.safetensors', reason: 'does not' };

  it('what can be said is believed, at its longest', async () => {
    const named = { ...fault, reason: 'r'.repeat(1000) };
    const said = {
      whole: {
        ...whole,
        faults: Array.from({ length: 5 }, () => named),
        faultCount: 7,
        codeFrom: ['org/code', 'b/c', 'd/e', 'f/g', 'h/i'],
      },
      fits: { ...fits, contextTokens: 10_000_000 },
      loads: { ...failed, trace: 't'.repeat(8000) },
    };
    expect(await (await pretend(said)).start(jobOf(GOOD), never).done).toEqual(said);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['a file that nobody has asked about', { whole: { ...faulty, faults: [{ ...fault, path: 'other.bin' }] } }],
    ['a path that leads elsewhere', { whole: { ...faulty, faults: [{ ...fault, path: '../x' }] } }],
    ['more than a line', { whole: { ...faulty, faults: [{ ...fault, reason: 'a\nb' }] } }],
    ['a reason without end', { whole: { ...faulty, faults: [{ ...fault, reason: 'r'.repeat(1001) }] } }],
    ['more faults than it counts', { whole: { ...faulty, faultCount: 0 } }],
    ['faults that it does not name', { whole: { ...whole, faultCount: 1 } }],
    [
      'more faults than are kept',
      { whole: { ...faulty, faults: Array.from({ length: 6 }, () => fault), faultCount: 6 } },
    ],
    ['code of what is no repository', { whole: { ...whole, codeFrom: ['org/code or so'] } }],
    ['code of more repositories than are kept', { whole: { ...whole, codeFrom: Array.from('abcdef') } }],
    ['numbers below nothing', { whole: { ...whole, tensors: -1 } }],
    ['memory without end', { whole, fits: { ...fits, memoryBytes: 1e300 } }],
    ['a text that no model reads', { whole, fits: { ...fits, contextTokens: 10_000_001 } }],
    ['another file that was loaded', { whole, loads: { ...failed, path: 'other.gguf' } }],
    ['a trace without end', { whole, loads: { ...failed, trace: 't'.repeat(8001) } }],
    ['a kind of loading that there is not', { whole, loads: { kind: 'exploded' } }],
  ])('%s is not believed', async (_what, head) => {
    const far = await pretend(head);
    await expect(far.start(jobOf(GOOD), never).done).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining('nas has answered what cannot be'),
    });
  });
});
