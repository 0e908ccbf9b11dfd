import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CopyJob, Executor } from '../../src/copies/executor.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { overTheWire } from '../helpers/over-the-wire.ts';
import { type BenchTop, codeOf, setUp } from './bench-top.ts';

/* What makes copies, at the other end of a line on which nothing but JSON goes. */

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
const PATIENT = { interval: 20 } as const;

let bench: BenchTop;
let executor: Executor;
beforeEach(async () => {
  bench = await setUp({ repos: [repo] });
  executor = overTheWire(bench.copies);
});
afterEach(async () => {
  await bench.close();
});

const commit = (): string => bench.hub.commitOf(ID).id;
const job = (): CopyJob => bench.job(ID);
const published = () => ({ repoFolder: FOLDER, commit: commit(), files: bench.files(ID) });
const all = async <T>(slices: AsyncIterable<T>): Promise<T[]> => {
  const gathered: T[] = [];
  for await (const slice of slices) gathered.push(slice);
  return gathered;
};

describe('over the line', () => {
  it('a copy is made, read, verified, listed and removed', async () => {
    expect(await executor.missingBytes({ ...published(), commits: [commit()] })).toBe(SIZE + CONFIG.length);
    expect(await executor.freeBytes()).toBeGreaterThan(SIZE);
    const running = executor.start(job(), never);
    expect((await running.done).snapshotPath).toBe(join(bench.cacheDir, FOLDER, 'snapshots', commit()));
    expect(running.state()).toMatchObject({ phase: 'done', bytesReady: SIZE + CONFIG.length });
    expect(await executor.missingFiles(published())).toBe(0);
    const { size, content } = await executor.read({ ...published(), path: 'config.json', start: 0, bytes: 100 });
    expect([size, Buffer.from(content, 'base64').toString()]).toEqual([CONFIG.length, CONFIG]);
    expect(await executor.verify(published(), never).done).toEqual({ missing: [], broken: [] });
    expect(await all(executor.list(never))).toMatchObject([
      { repoFolder: FOLDER, bytes: SIZE + CONFIG.length, revisions: [{ commit: commit(), refs: ['main'], files: 2 }] },
    ]);
    const [paths, etags] = [bench.files(ID).map(({ path }) => path), bench.files(ID).map(({ etag }) => etag)];
    const removal = { repoFolder: FOLDER, commit: commit(), paths, etags };
    expect(await executor.removeSnapshot(removal)).toBe(SIZE + CONFIG.length);
    expect(readdirSync(bench.cacheDir)).toEqual(['CACHEDIR.TAG']);
  });

  it('a stop saves what has come, and its reason is known where it was stopped', async () => {
    const letGo = bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const stop = new AbortController();
    const running = executor.start(job(), stop.signal);
    await expect.poll(() => running.state().bytesReady, PATIENT).toBe(HELD + CONFIG.length);
    const reason = new Error('paused');
    stop.abort(reason);
    await expect(running.done).rejects.toBe(reason);
    const parts = await all(executor.partials(never));
    expect(parts.map(({ etags }) => etags.length)).toEqual([1]);
    letGo();
    const again = executor.start(job(), never);
    await again.done;
    expect(again.state().bytesReceived).toBe(SIZE - HELD);
  });

  it('what is not wanted is swept, or dropped', async () => {
    bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const stop = new AbortController();
    const running = executor.start(job(), stop.signal);
    await expect.poll(() => running.state().bytesReady, PATIENT).toBe(HELD + CONFIG.length);
    stop.abort(new Error('cancelled'));
    await expect(running.done).rejects.toThrow('cancelled');
    for (const parts of await all(executor.partials(never))) await executor.sweep(parts);
    expect(await all(executor.partials(never))).toEqual([]);
    const etags = bench.files(ID).map(({ etag }) => etag);
    expect(await executor.removeArrived({ repoFolder: FOLDER, etags })).toBe(CONFIG.length);
  });

  it('a failure has its kind, its sentence, and the time that was asked for', async () => {
    bench.hub.setFault({ kind: 'rate_limited', seconds: 600, host: 'hub', path: /resolve/ });
    await expect(executor.start(job(), never).done).rejects.toMatchObject({
      name: 'AppError',
      code: 'rate_limited',
      message: expect.stringMatching(/\.$/) as string,
      retryAfterMs: expect.toSatisfy((ms: number) => ms > 500_000 && ms <= 700_000) as number,
    });
    const piece = { ...published(), path: 'none.json', start: 0, bytes: 1 };
    expect(await codeOf(executor.read(piece))).toBe('not_found');
  });
});
