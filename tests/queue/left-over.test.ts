import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { PATIENT, type QueueBench, removeNow, setUp } from './setup.ts';

const SIZE = 2_000_000;
/** So much comes, two pieces as they are written, and the rest when the faults are cleared. */
const HELD = 2 ** 20;
const [A, B] = ['sample/a', 'sample/b'];
/** Two repositories with the same weights. */
const repos = [A, B].map((id) => defineRepo({ id, files: [{ path: 'model.safetensors', size: SIZE, seed: 'same' }] }));
const YEARS_AGO = new Date('2019-01-01T00:00:00Z');

let bench: QueueBench;
const hold = (): void => {
  bench.hub.clearFaults();
  bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
};
beforeEach(async () => {
  bench = await setUp({ repos });
  hold();
});
afterEach(async () => {
  await bench.close();
});

const leftOver = (): Promise<string[]> => leftIn(bench.cacheDir);
const etag = (id: number): string => bench.store.models.modelFiles(id)[0]?.etag ?? '';

const copyOf = (id: number): number => bench.model(id).wantsCopyId ?? 0;

/** Paused with something kept. */
const paused = async (name: string, chatId = 1): Promise<number> => {
  hold();
  const { id } = bench.add(chatId, name);
  bench.queue.wake();
  await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(HELD);
  bench.queue.pause(id);
  await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
  expect(await leftOver()).not.toEqual([]);
  return id;
};

describe('of a download nothing is left in `.hubgram`', () => {
  it('that was paused half-way while another repository’s brought the same file', async () => {
    const a = await paused(A);
    bench.hub.clearFaults();
    const { id: b } = bench.add(1, B);
    bench.queue.wake();
    await bench.reaches(b, 'completed');
    expect(await leftOver()).not.toEqual([]);
    bench.queue.resume(a);
    await bench.reaches(a, 'completed');
    expect(await leftOver()).toEqual([]);
  });

  it('that two chats had begun and both cancel', async () => {
    const one = await paused(A, 1);
    const two = bench.add(2, A).id;
    bench.queue.pause(two);
    expect(bench.queue.cancel(one)).toBe(true);
    expect(bench.queue.cancel(two)).toBe(true);
    await expect.poll(leftOver, PATIENT).toEqual([]);
  });

  it('that two chats have and both remove in one moment', async () => {
    bench.hub.clearFaults();
    const ids = [1, 2].map((chatId) => bench.add(chatId, A).id);
    bench.queue.wake();
    for (const id of ids) await bench.reaches(id, 'completed');
    // The second one asks while the first has just found that it is not the last.
    const freed = await Promise.all(ids.map((id) => removeNow(bench.queue, id, 'ours')));
    expect(freed).toEqual([0, SIZE]);
    expect(bench.store.copies.removalsToDo()).toEqual([]);
    expect(readdirSync(bench.cacheDir)).toEqual(['CACHEDIR.TAG']);
  });

  it('that is removed from the library, while another repository’s goes on', async () => {
    const a = await paused(A);
    const b = await paused(B);
    await removeNow(bench.queue, a, 'nothing');
    expect((await partialsIn(bench.cacheDir)).map(({ repoFolder }) => repoFolder)).toEqual(['models--sample--b']);
    bench.hub.clearFaults();
    bench.queue.resume(b);
    await bench.reaches(b, 'completed');
    expect(await leftOver()).toEqual([]);
  });
});

describe('the sweep at start', () => {
  const put = (path: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    utimesSync(path, YEARS_AGO, YEARS_AGO);
  };

  it('finds what kills have left, of repositories that nobody knows any more too, and nothing else', async () => {
    const hash = 'a'.repeat(64);
    const folder = join(bench.cacheDir, 'models--gone--away');
    put(join(folder, '.hubgram', `${hash}.part`));
    put(join(folder, '.hubgram', `${hash}.part.control`));
    put(join(folder, '.hubgram', `${hash}.part.control.tmp`));
    put(join(folder, '.hubgram', `${'b'.repeat(64)}.part.claim`));
    put(join(folder, '.hubgram', 'verified'));
    put(join(folder, '.hubgram', '0123456789abcdef.tmp'));
    put(join(folder, '.hubgram', 'disk.probe', 'file'));
    const others = join(bench.cacheDir, 'models--other--tool', 'blobs', `${hash}.incomplete`);
    put(others);
    const notOurs = join(bench.cacheDir, 'notes', '.hubgram', `${hash}.part`);
    put(notOurs);
    bench.queue.start();
    await expect.poll(() => existsSync(folder), PATIENT).toBe(false);
    await bench.queue.lookAfter();
    expect([existsSync(others), existsSync(notOurs)]).toEqual([true, true]);
    rmSync(join(bench.cacheDir, 'notes'), { recursive: true });
  });

  it('leaves what is paused or has failed, however old, and takes what is cancelled or complete', async () => {
    const a = await paused(A);
    const part = join(bench.cacheDir, 'models--sample--a', '.hubgram', `${etag(a)}.part`);
    utimesSync(part, YEARS_AGO, YEARS_AGO);
    await bench.queue.lookAfter();
    expect(existsSync(part)).toBe(true);
    // As if the program had been killed between the row and the file.
    const session = bench.store.sessions.openSession(a);
    bench.store.sessions.updateDownloadSession(session?.id ?? 0, 'cancelled', {});
    await bench.queue.lookAfter();
    expect(await leftOver()).toEqual([]);
  });

  it('takes what had arrived whole of a model, if the program ended between its cancelling and that', async () => {
    const { id } = bench.add(1, A);
    const [blobs, other] = [join(bench.cacheDir, 'models--sample--a', 'blobs'), 'b'.repeat(64)];
    put(join(blobs, etag(id)));
    put(join(blobs, other));
    // What a kill leaves: the row says so already.
    bench.store.models.moveModel(id, 'pending', 'paused');
    const session = bench.store.sessions.createDownloadSession(id);
    bench.store.sessions.updateDownloadSession(session.id, 'cancelled', {});
    bench.store.copies.giveUp(copyOf(id), 'nothing');
    bench.queue.start();
    await expect.poll(() => readdirSync(blobs), PATIENT).toEqual([other]);
    await expect.poll(bench.store.copies.removalsToDo, PATIENT).toEqual([]);
  });

  it('does not take what was begun anew meanwhile', async () => {
    bench.hub.clearFaults();
    const { id } = bench.add(1, A);
    bench.queue.cancel(id);
    expect(bench.store.copies.removalsToDo()).toEqual([copyOf(id)]);
    bench.queue.resume(id);
    bench.queue.start();
    await bench.reaches(id, 'completed');
    expect(bench.store.copies.removalsToDo()).toEqual([]);
    expect(readdirSync(join(bench.cacheDir, 'models--sample--a', 'blobs'))).toEqual([etag(id)]);
  });

  it('keeps its hands off what is being fetched', async () => {
    const { id } = bench.add(1, A);
    bench.queue.start();
    await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(HELD);
    await bench.queue.lookAfter();
    bench.hub.clearFaults();
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ retryCount: 0 }]);
    expect(await leftOver()).toEqual([]);
  });
});
