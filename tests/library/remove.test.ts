import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import type { Taking } from '../../src/domain/copy.ts';
import { planRemoval, type RemovalPlan, takingsFor } from '../../src/library/remove.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { copiesFor, PATIENT, type QueueBench, removeNow, setUp } from '../queue/setup.ts';

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
beforeEach(async () => {
  bench = await setUp({ repos: [twins, big] });
});
afterEach(async () => {
  await bench.close();
});

const plan = async (id: number): Promise<Pick<RemovalPlan, 'freedBytes' | 'shared'>> => {
  const { freedBytes, shared } = await planRemoval(bench.store, bench.model(id));
  return { freedBytes, shared };
};
const OWNER = 7;

/** What may go if this person, or somebody whom nobody knows, removes it. */
const takings = async (id: number, userId = 0): Promise<readonly Taking[]> => {
  const model = bench.model(id);
  return takingsFor(bench.store, model, await planRemoval(bench.store, model), userId);
};
const remove = (id: number, taking: Taking): Promise<number | undefined> => removeNow(bench.queue, id, taking);
const inFolder = (...parts: string[]): string => join(bench.cacheDir, 'models--sample--twins', ...parts);

const complete = async (chatId = 1, paths?: readonly string[]): Promise<number> => {
  const { id } = bench.add(chatId, 'sample/twins', paths ? { paths } : {});
  bench.queue.wake();
  await bench.reaches(id, 'completed');
  return id;
};

describe('removing a model', () => {
  it('with its files frees each blob once and leaves nothing', async () => {
    const id = await complete();
    expect(await plan(id)).toEqual({ freedBytes: 500_000, shared: false });
    expect(await takings(id)).toEqual(['nothing', 'ours']);
    expect(await remove(id, 'ours')).toBe(500_000);
    expect(bench.store.models.getModel(id)).toBeUndefined();
    expect(existsSync(inFolder())).toBe(false);
  });

  it('without its files leaves them', async () => {
    const id = await complete();
    const path = bench.model(id).downloadPath ?? '';
    expect(await remove(id, 'nothing')).toBe(0);
    expect(readdirSync(path).toSorted()).toEqual(['a.safetensors', 'b.safetensors', 'c.safetensors']);
    expect(existsSync(join(path, 'a.safetensors'))).toBe(true);
  });

  it('leaves every file that another chat’s model shows', async () => {
    const [ann, bob] = [await complete(1), await complete(2)];
    expect(await plan(ann)).toEqual({ freedBytes: 0, shared: true });
    expect(await takings(ann)).toEqual(['nothing']);
    expect(await remove(ann, 'ours')).toBe(0);
    const path = bench.model(bob).downloadPath ?? '';
    for (const name of ['a', 'b', 'c']) expect(existsSync(join(path, `${name}.safetensors`))).toBe(true);
    expect(await remove(bob, 'ours')).toBe(500_000);
    expect(existsSync(inFolder())).toBe(false);
  });

  it('that shares some files frees the others', async () => {
    const all = await complete(1);
    const some = await complete(2, ['c.safetensors']);
    expect(await plan(all)).toEqual({ freedBytes: 300_000, shared: true });
    expect(await remove(all, 'ours')).toBe(300_000);
    const path = bench.model(some).downloadPath ?? '';
    expect(readdirSync(path)).toEqual(['c.safetensors']);
    expect(existsSync(join(path, 'c.safetensors'))).toBe(true);
    expect(readdirSync(inFolder('blobs'))).toHaveLength(1);
  });

  it('twice, or one that never was, is told', async () => {
    const id = await complete();
    expect(await Promise.all([remove(id, 'ours'), remove(id, 'ours')])).toEqual([500_000, undefined]);
    expect(await remove(999, 'ours')).toBeUndefined();
  });

  it('that is being downloaded stops it first, and nobody can go on with it meanwhile', async () => {
    bench.hub.setFault({ kind: 'slow', bytesPerSecond: 200_000 });
    const { id } = bench.add(1, 'sample/big');
    bench.queue.wake();
    await bench.hub.waitForRequest(() => bench.hub.bytesSent() > 500_000);
    const removing = remove(id, 'ours');
    expect(bench.store.models.getModel(id)).toBeUndefined();
    expect(bench.queue.resume(id)).toBe(false);
    expect(await removing).toBe(0);
    expect(bench.store.models.getModel(id)).toBeUndefined();
    expect(bench.queue.snapshot(id)).toBeUndefined();
    expect(existsSync(join(bench.cacheDir, 'models--sample--big'))).toBe(false);
    expect(bench.notices(id)).toEqual([]);
  });

  it('that waits leaves its history without a session that never was', async () => {
    const { id } = bench.add(1, 'sample/big');
    expect(await takings(id)).toEqual(['ours']);
    expect(await remove(id, 'ours')).toBe(0);
    expect(bench.store.sessions.getDownloadHistory(id)).toEqual([]);
  });
});

describe('a copy on the disk', () => {
  /** As Python would have it, before hubgram comes. */
  const putThere = async (): Promise<string> => {
    const hub = createHub({ endpoint: bench.hub.url, userAgent: 'python/test', clock: bench.clock });
    const python = copiesFor(bench.cacheDir, hub, bench.clock);
    const { id: commit, files } = bench.hub.commitOf('sample/twins');
    await python.start(
      {
        source: 'hub',
        type: 'model',
        id: 'sample/twins',
        commit,
        revision: 'main',
        files: files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() })),
      },
      new AbortController().signal,
    ).done;
    await python.close();
    return inFolder('snapshots', commit, 'a.safetensors');
  };

  it('that was there before hubgram came is not hubgram’s to remove, also if it is added once more', async () => {
    const path = await putThere();
    for (let round = 0; round < 2; round += 1) {
      const id = await complete();
      expect(await remove(id, 'ours')).toBe(0);
      expect(existsSync(path)).toBe(true);
    }
    expect(bench.hub.bytesSent()).toBeLessThan(600_000);
  });

  it('that was there before goes when a person says so who saw its path', async () => {
    const path = await putThere();
    const id = await complete();
    const { freedBytes, othersBytes, othersPath } = await planRemoval(bench.store, bench.model(id));
    expect([freedBytes, othersBytes, othersPath]).toEqual([0, 500_000, dirname(path)]);
    bench.store.users.upsertUser({ userId: OWNER, firstName: 'Ann', username: null });
    bench.store.users.setRole(OWNER, 'owner');
    expect([await takings(id, OWNER), await takings(id)]).toEqual([['nothing', 'all'], ['nothing']]);
    expect(await remove(id, 'all')).toBe(500_000);
    expect(existsSync(inFolder())).toBe(false);
  });

  const shown = (name = ''): string => inFolder('snapshots', bench.hub.commitOf('sample/twins').id, name);

  it('of which some files were there before loses the others only, and does not count their bytes', async () => {
    await putThere();
    rmSync(shown('c.safetensors'));
    const { files } = bench.hub.commitOf('sample/twins');
    rmSync(inFolder('blobs', files.find(({ path }) => path === 'c.safetensors')?.etag() ?? ''));
    const id = await complete();
    const planned = await planRemoval(bench.store, bench.model(id));
    expect(planned).toEqual({ freedBytes: 200_000, shared: false, othersPath: undefined, othersBytes: 0 });
    await remove(id, 'nothing');
    // What was there before is known after its entry has gone, too.
    expect(await remove(await complete(), 'ours')).toBe(200_000);
    expect(readdirSync(shown()).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it('that was there before is not hubgram’s, whatever else hubgram has made of that commit', async () => {
    await putThere();
    rmSync(shown('c.safetensors'));
    const mine = await complete(1, ['c.safetensors']);
    const theirs = await complete(2, ['a.safetensors']);
    expect((await planRemoval(bench.store, bench.model(theirs))).othersPath).toBe(shown().replace(/\/$/, ''));
    await remove(mine, 'ours');
    await remove(theirs, 'ours');
    expect(readdirSync(shown()).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it('that never became complete takes with it what it had in common with one that is gone', async () => {
    const done = await complete(1, ['a.safetensors']);
    bench.hub.setFault({ kind: 'held', path: 'c.safetensors', bytes: 100_000 });
    const { id } = bench.add(2, 'sample/twins', { paths: ['a.safetensors', 'c.safetensors'] });
    bench.queue.wake();
    await expect.poll(() => bench.queue.snapshot(id)?.filesDone, PATIENT).toBe(1);
    await remove(done, 'ours');
    expect(readdirSync(shown())).toEqual(['a.safetensors']);
    await remove(id, 'ours');
    expect(readdirSync(bench.cacheDir)).toEqual(['CACHEDIR.TAG']);
  });

  it('that is hubgram’s stays so after its entry was removed', async () => {
    await remove(await complete(), 'nothing');
    expect(await remove(await complete(), 'ours')).toBe(500_000);
    expect(existsSync(inFolder())).toBe(false);
  });

  it('of a part of a commit of which hubgram has made the rest is hubgram’s as well', async () => {
    await complete(1);
    const some = await complete(2, ['c.safetensors']);
    expect((await planRemoval(bench.store, bench.model(some))).othersPath).toBe(undefined);
  });

  it('goes to its end after a kill, once its removal has begun', async () => {
    const id = await complete();
    await bench.queue.close();
    // What a kill leaves between the row and the disk.
    bench.store.atomically(() => {
      const { copyId } = bench.model(id);
      bench.store.models.removeModel(id);
      bench.store.copies.giveUp(copyId, 'ours');
    });
    await bench.restarted().lookAfter();
    await expect.poll(bench.store.copies.removalsToDo, PATIENT).toEqual([]);
    expect(existsSync(inFolder())).toBe(false);
  });
});
