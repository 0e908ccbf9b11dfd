import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { planRemoval, type RemovalPlan, removeModel } from '../../src/library/remove.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Copies } from '../../src/copies/copies.ts';
import { type QueueBench, setUp, copiesFor } from '../queue/setup.ts';

const SIZE = 4_000_000;
const twins = defineRepo({
  id: 'sample/twins',
  files: [
    { path: 'a.safetensors', size: 300_000, seed: 'same' },
    { path: 'b.safetensors', size: 300_000, seed: 'same' },
    { path: 'c.safetensors', size: 200_000 },
  ],
});
const big = defineRepo({ id: 'sample/big', files: [{ path: 'model.safetensors', size: SIZE }] });

let bench: QueueBench;
let copies: Copies;
beforeEach(async () => {
  bench = await setUp({ repos: [twins, big] });
  copies = copiesFor(bench.cacheDir, bench.clock, () => 0);
});
afterEach(async () => {
  await copies.close();
  await bench.close();
});

const plan = (id: number): Promise<RemovalPlan> => planRemoval(bench.store, bench.model(id));
const remove = (id: number, files: boolean): Promise<number | undefined> =>
  removeModel({ store: bench.store, queue: bench.queue, copies }, id, { files });
const inFolder = (...parts: string[]): string => join(bench.cacheDir, 'models--sample--twins', ...parts);

const complete = async (chatId = 1, paths?: readonly string[]): Promise<number> => {
  const { id } = bench.add(chatId, 'sample/twins');
  const files = bench.store.models.modelFiles(id);
  if (paths)
    bench.store.models.setModelFiles(
      id,
      files.filter(({ path }) => paths.includes(path)),
    );
  bench.queue.wake();
  await bench.reaches(id, 'completed');
  return id;
};

describe('removing a model', () => {
  it('with its files frees each blob once and leaves nothing', async () => {
    const id = await complete();
    expect(await plan(id)).toEqual({ freedBytes: 500_000, shared: false });
    expect(await remove(id, true)).toBe(500_000);
    expect(bench.store.models.getModel(id)).toBeUndefined();
    expect(existsSync(inFolder())).toBe(false);
  });

  it('without its files leaves them', async () => {
    const id = await complete();
    const path = bench.model(id).downloadPath ?? '';
    expect(await remove(id, false)).toBe(0);
    expect(readdirSync(path).toSorted()).toEqual(['a.safetensors', 'b.safetensors', 'c.safetensors']);
    expect(existsSync(join(path, 'a.safetensors'))).toBe(true);
  });

  it('leaves every file that another chat’s model shows', async () => {
    const [ann, bob] = [await complete(1), await complete(2)];
    expect(await plan(ann)).toEqual({ freedBytes: 0, shared: true });
    expect(await remove(ann, true)).toBe(0);
    const path = bench.model(bob).downloadPath ?? '';
    for (const name of ['a', 'b', 'c']) expect(existsSync(join(path, `${name}.safetensors`))).toBe(true);
    expect(await remove(bob, true)).toBe(500_000);
    expect(existsSync(inFolder())).toBe(false);
  });

  it('that shares some files frees the others', async () => {
    const all = await complete(1);
    const some = await complete(2, ['c.safetensors']);
    expect(await plan(all)).toEqual({ freedBytes: 300_000, shared: true });
    expect(await remove(all, true)).toBe(300_000);
    const path = bench.model(some).downloadPath ?? '';
    expect(readdirSync(path)).toEqual(['c.safetensors']);
    expect(existsSync(join(path, 'c.safetensors'))).toBe(true);
    expect(readdirSync(inFolder('blobs'))).toHaveLength(1);
  });

  it('twice, or one that never was, is told', async () => {
    const id = await complete();
    expect(await Promise.all([remove(id, true), remove(id, true)])).toEqual([500_000, undefined]);
    expect(await remove(999, true)).toBeUndefined();
  });

  it('that is being downloaded stops it first, also if somebody goes on with it meanwhile', async () => {
    bench.hub.setFault({ kind: 'slow', bytesPerSecond: 200_000 });
    const { id } = bench.add(1, 'sample/big');
    bench.queue.wake();
    await bench.hub.waitForRequest(() => bench.hub.bytesSent() > 500_000);
    const removing = remove(id, true);
    expect(bench.model(id).status).toBe('paused');
    expect(bench.queue.resume(id)).toBe(true);
    expect(await removing).toBe(0);
    expect(bench.store.models.getModel(id)).toBeUndefined();
    expect(bench.queue.snapshot(id)).toBeUndefined();
    expect(existsSync(join(bench.cacheDir, 'models--sample--big'))).toBe(false);
    expect(bench.store.files.listPartials()).toEqual([]);
    expect(bench.notices(id)).toEqual([]);
  });

  it('that waits leaves its history without a session that never was', async () => {
    const { id } = bench.add(1, 'sample/big');
    expect(await remove(id, true)).toBe(0);
    expect(bench.store.sessions.getDownloadHistory(id)).toEqual([]);
  });
});

/** What the next noun mends: what lies on the disk is known there, with who put it there and what shall become of it. */
describe('a copy on the disk', () => {
  it.fails('that was there before hubgram came is not hubgram’s to remove', async () => {
    const python = copiesFor(bench.cacheDir, bench.clock, () => 0);
    const { id: commit, files } = bench.hub.commitOf('sample/twins');
    const hub = createHub({ endpoint: bench.hub.url, userAgent: 'python/test', clock: bench.clock });
    await python.start(
      {
        repoFolder: 'models--sample--twins',
        commit,
        revision: 'main',
        files: files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() })),
        resolve: (path, signal, ask) => hub.locate({ type: 'model', id: 'sample/twins', commit, path }, signal, ask),
        journal: bench.store.files,
      },
      new AbortController().signal,
    ).done;
    await python.close();
    const id = await complete();
    expect(await remove(id, true)).toBe(0);
    expect(existsSync(inFolder('snapshots', commit, 'a.safetensors'))).toBe(true);
  });

  it.fails('goes to its end after a kill, once its removal has begun', async () => {
    const id = await complete();
    const killed = { removeSnapshot: () => Promise.reject(new Error('killed')) };
    const removing = removeModel({ store: bench.store, queue: bench.queue, copies: killed }, id, { files: true });
    await removing.catch(() => undefined);
    await bench.queue.close();
    await bench.restarted().lookAfter();
    expect(existsSync(inFolder())).toBe(false);
  });
});
