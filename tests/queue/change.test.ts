import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';
import { type QueueBench, setUp } from './setup.ts';

const SIZE = 300_000;
const REPO = defineRepo({
  id: 'sample/parts',
  files: ['a.bin', 'b.bin'].map((path) => ({ path, size: SIZE, seed: path })),
});

let bench: QueueBench;
beforeEach(async () => {
  bench = await setUp({ repos: [REPO] });
});
afterEach(() => bench?.close());

const keyOf = (paths: readonly string[]): string => selectionKey({ quantize: 'auto', include: paths, exclude: [] });

/** Has a model be of these files from now on. */
const change = (id: number, paths: readonly string[]): boolean => {
  const { id: commitSha, files } = bench.hub.commitOf('sample/parts');
  const rows = files
    .filter(({ path }) => paths.includes(path))
    .map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  return bench.queue.change(id, {
    commitSha,
    files: rows,
    sizeBytes: rows.length * SIZE,
    revision: 'main',
    selection: keyOf(paths),
    metadata: {},
  });
};

const add = (...paths: string[]): number => bench.add(1, 'sample/parts', { paths }).id;

describe('a model that is to have other files', () => {
  it('fetches what is missing, and can be loaded meanwhile', async () => {
    const id = add('a.bin');
    bench.queue.start();
    const before = await bench.reaches(id, 'completed');
    const sent = bench.hub.bytesSent();
    bench.queue.hold();
    expect(change(id, ['a.bin', 'b.bin'])).toBe(true);
    expect(bench.model(id)).toMatchObject({
      status: 'pending',
      copyId: before.copyId,
      selection: keyOf(['a.bin', 'b.bin']),
    });
    expect(existsSync(join(before.downloadPath ?? '', 'a.bin'))).toBe(true);
    bench.queue.unhold();
    const after = await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent() - sent).toBeLessThan(SIZE * 1.5);
    expect(['a.bin', 'b.bin'].map((path) => existsSync(join(after.downloadPath ?? '', path)))).toEqual([true, true]);
    expect(after.sizeBytes).toBe(2 * SIZE);
  });

  it('loses what is too much when the rest is verified, without a byte from the Hub', async () => {
    const id = add('a.bin', 'b.bin');
    bench.queue.start();
    const { downloadPath } = await bench.reaches(id, 'completed');
    const sent = bench.hub.bytesSent();
    change(id, ['a.bin']);
    await bench.reaches(id, 'completed');
    await expect.poll(() => existsSync(join(downloadPath ?? '', 'b.bin'))).toBe(false);
    expect(existsSync(join(downloadPath ?? '', 'a.bin'))).toBe(true);
    expect(bench.hub.bytesSent()).toBe(sent);
  });

  it('takes back its wish before it came true, and has what it had', async () => {
    const id = add('a.bin');
    bench.queue.start();
    await bench.reaches(id, 'completed');
    bench.queue.hold();
    change(id, ['b.bin']);
    expect(change(id, ['a.bin'])).toBe(true);
    expect(bench.model(id).copyId).toBeNull();
    const sent = bench.hub.bytesSent();
    bench.queue.unhold();
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent()).toBe(sent);
  });

  it('stops what runs of the ones before', async () => {
    const letGo = bench.hub.setFault({ kind: 'held', path: 'sample/parts/a.bin', bytes: 1000 });
    const id = add('a.bin');
    bench.queue.start();
    await bench.reaches(id, 'downloading');
    bench.settings.concurrency = 0;
    change(id, ['b.bin']);
    expect(bench.model(id).status).toBe('pending');
    bench.settings.concurrency = 1;
    bench.queue.wake();
    const { downloadPath } = await bench.reaches(id, 'completed');
    letGo();
    expect(['a.bin', 'b.bin'].map((path) => existsSync(join(downloadPath ?? '', path)))).toEqual([false, true]);
  });

  it('goes on standing still, and is what it was asked to be when it is resumed', async () => {
    const id = add('a.bin');
    bench.queue.pause(id);
    change(id, ['b.bin']);
    expect(bench.model(id).status).toBe('paused');
    bench.queue.start();
    bench.queue.resume(id);
    const { downloadPath } = await bench.reaches(id, 'completed');
    expect(existsSync(join(downloadPath ?? '', 'b.bin'))).toBe(true);
  });

  it('is refused where the library has that already, and stays as it was', () => {
    bench.queue.hold();
    const [id] = [add('a.bin'), add('b.bin')];
    const before = bench.model(id);
    expect(() => change(id, ['b.bin'])).toThrow(/UNIQUE/);
    expect(bench.model(id)).toEqual(before);
    expect(change(99, ['a.bin'])).toBe(false);
  });
});
