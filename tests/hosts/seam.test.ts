import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Copies } from '../../src/copies/copies.ts';
import type { CopyJob, Executor } from '../../src/copies/executor.ts';
import { codeOf } from '../copies/bench-top.ts';
import { partialsIn } from '../helpers/partials.ts';
import { copyStateAsSent, copyStateSchema, copyStateToSend } from '../../src/hosts/wire/jobs.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

/* What makes copies, on another machine: all that the queue asks of it goes over a real Redis. */

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
const SIZE = 2_000_000;
const HELD = 2 ** 20;
const CONFIG = '{"a":1}';
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'config.json', content: CONFIG },
    { path: 'model.safetensors', size: SIZE },
  ],
});
const never = new AbortController().signal;

describe.skipIf(redisServer === undefined)('over Redis', () => {
  let top: HostsTop;
  let executor: Executor;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] });
    await top.serve();
    const remote = await top.remote();
    ({ executor } = remote);
    await top.isThere(remote);
  });
  afterEach(async () => {
    await top.close();
  });

  const commit = (): string => top.bench.hub.commitOf(ID).id;
  const job = (more: Partial<CopyJob> = {}): CopyJob => top.job(ID, more);
  const published = () => ({ repoFolder: FOLDER, commit: commit(), files: top.bench.files(ID) });
  const all = async <T>(slices: AsyncIterable<T>): Promise<T[]> => {
    const gathered: T[] = [];
    for await (const slice of slices) gathered.push(slice);
    return gathered;
  };

  it('a copy is made, read, verified, listed and removed', async () => {
    expect(await executor.missingBytes({ ...published(), commits: [commit()] })).toBe(SIZE + CONFIG.length);
    expect(await executor.freeBytes()).toBeGreaterThan(SIZE);
    expect(await executor.freeBytes(FOLDER)).toBeGreaterThan(SIZE);
    expect(await executor.diskOf(FOLDER)).toBe(await top.bench.copies.diskOf(FOLDER));
    expect(await executor.room()).toMatchObject({ totalBytes: expect.any(Number) as number });
    expect((await executor.memory()).totalBytes).toBeGreaterThan(0);
    const running = executor.start(job(), never);
    expect((await running.done).snapshotPath).toBe(join(top.bench.cacheDir, FOLDER, 'snapshots', commit()));
    expect(running.state()).toMatchObject({ phase: 'done', bytesReady: SIZE + CONFIG.length });
    expect(await executor.missingFiles(published())).toBe(0);
    expect([...(await executor.filesThere(published()))].sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await executor.lastUse(published())).toMatchObject({ at: expect.any(Number) as number });
    const { size, content } = await executor.read({ ...published(), path: 'config.json', start: 0, bytes: 100 });
    expect([size, Buffer.from(content, 'base64').toString()]).toEqual([CONFIG.length, CONFIG]);
    const large = await executor.read({ ...published(), path: 'model.safetensors', start: 1000, bytes: 2 ** 20 });
    const here = await top.bench.copies.read({
      ...published(),
      path: 'model.safetensors',
      start: 1000,
      bytes: 2 ** 20,
    });
    expect(large).toEqual(here);
    const reading = executor.verify(published(), never);
    expect(await reading.done).toEqual({ missing: [], broken: [] });
    // It took less time than there is between two words of how far it is.
    const bytes = SIZE + CONFIG.length;
    expect(reading.state()).toEqual({ bytesTotal: bytes, bytesDone: bytes, filesTotal: 2, filesDone: 2 });
    expect(await all(executor.list(never))).toMatchObject([
      { repoFolder: FOLDER, bytes: SIZE + CONFIG.length, revisions: [{ commit: commit(), refs: ['main'], files: 2 }] },
    ]);
    const shown = await all(executor.shown(published(), never));
    expect(shown.flatMap(({ files }) => files.map(({ path }) => path)).sort()).toEqual([
      'config.json',
      'model.safetensors',
    ]);
    const [paths, etags] = [top.bench.files(ID).map(({ path }) => path), top.bench.files(ID).map(({ etag }) => etag)];
    expect(await executor.removeSnapshot({ repoFolder: FOLDER, commit: commit(), paths, etags })).toBe(
      SIZE + CONFIG.length,
    );
    expect(readdirSync(top.bench.cacheDir)).toEqual(['CACHEDIR.TAG']);
  });

  it('a stop saves what has come, and the same copy goes on with it', async () => {
    const letGo = top.bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const stop = new AbortController();
    const running = executor.start(job(), stop.signal);
    // How far it is was told before all of that had come.
    await top.bench.hub.waitForRequest(
      ({ file, bytesSent }) => file?.endsWith('.safetensors') === true && bytesSent === HELD,
    );
    const config = top.bench.files(ID).find(({ path }) => path === 'config.json')?.etag ?? '';
    const isThere = (): boolean => existsSync(join(top.bench.cacheDir, FOLDER, 'blobs', config));
    await expect.poll(isThere, PATIENT).toBe(true);
    const reason = new Error('paused');
    stop.abort(reason);
    await expect(running.done).rejects.toBe(reason);
    const kept = (await partialsIn(top.bench.cacheDir)).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(running.state().bytesReady).toBe(kept + CONFIG.length);
    const parts = await all(executor.partials(never));
    expect(parts.map(({ etags }) => etags.length)).toEqual([1]);
    letGo();
    const again = executor.start(job(), never);
    await again.done;
    expect(again.state()).toMatchObject({ bytesReady: SIZE + CONFIG.length, bytesReceived: SIZE - kept });
    expect(await top.bench.published(ID, 'model.safetensors')).toBe('right');
    // What was on its way when it was stopped comes again, and nothing else.
    expect(top.bench.hub.bytesSent()).toBeLessThan(HELD + SIZE - kept + 20_000);
  });

  it('that nobody knows yet what is there from before goes over as well', () => {
    const state = { bytesTotal: 9, bytesReady: 0, bytesReceived: 0, filesTotal: 1, filesDone: 0, connections: 0 };
    const sent = copyStateToSend({ phase: 'receiving', ...state, lastByteAt: 0, isOpening: true }, 5);
    expect(copyStateAsSent(copyStateSchema.parse(sent), 5)).toMatchObject({ isOpening: true, bytesReady: 0 });
  });

  it('is not kept waiting by a driver that does not say which graphics cards there are', async () => {
    const slow: Copies = { ...top.bench.copies, memory: () => new Promise(() => undefined) };
    await top.serve({ name: 'gpu', copies: slow });
    const remote = await top.remoteThere('gpu');
    expect(remote.standing()).toMatchObject({ presence: { totalBytes: expect.any(Number) as number } });
    expect(remote.standing()).not.toHaveProperty('presence.memory');
  });

  it('what is not wanted is swept, or dropped', async () => {
    top.bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const stop = new AbortController();
    const running = executor.start(job(), stop.signal);
    await expect.poll(() => running.state().bytesReady, PATIENT).toBe(HELD + CONFIG.length);
    stop.abort(new Error('cancelled'));
    await expect(running.done).rejects.toThrow('cancelled');
    for (const parts of await all(executor.partials(never))) await executor.sweep(parts);
    expect(await all(executor.partials(never))).toEqual([]);
    const etags = top.bench.files(ID).map(({ etag }) => etag);
    expect(await executor.removeArrived({ repoFolder: FOLDER, etags })).toBe(CONFIG.length);
  });

  it('what is gated there is said to need a token there: those of people and of the bot are of no use', async () => {
    top.bench.hub.updateRepo(ID, { gated: 'auto' });
    const failed = executor.start(job(), never).done;
    await expect(failed).rejects.toMatchObject({
      code: 'gated',
      page: expect.stringContaining(ID),
      message: expect.stringMatching(
        /^It is gated, and \S+ has no token that may read it\. Accept its terms at \S+ and put a token of that account into HF_TOKEN on \S+, or /,
      ),
    });
  });

  it('a failure has its kind, its sentence, and the time that was asked for', async () => {
    top.bench.hub.setFault({ kind: 'rate_limited', seconds: 600, host: 'hub', path: /resolve/ });
    await expect(executor.start(job(), never).done).rejects.toMatchObject({
      name: 'AppError',
      code: 'rate_limited',
      message: expect.stringMatching(/\.$/) as string,
      retryAfterMs: expect.toSatisfy((ms: number) => ms > 500_000 && ms <= 700_000) as number,
    });
    const piece = { ...published(), path: 'none.json', start: 0, bytes: 1 };
    expect(await codeOf(executor.read(piece))).toBe('not_found');
    expect(await codeOf(executor.linksThere({} as never))).toBe('operational');
  });
});
