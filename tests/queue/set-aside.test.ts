import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';
import type { Model } from '../../src/domain/model.ts';
import { type QueueBench, removeNow, setUp } from './setup.ts';

const SIZE = 300_000;
const REPO = defineRepo({
  id: 'sample/parts',
  files: ['a.bin', 'b.bin', 'c.bin'].map((path) => ({ path, size: SIZE, seed: path })),
});
const CHAT = 1;

let bench: QueueBench;
beforeEach(async () => {
  bench = await setUp({ repos: [REPO] });
  bench.queue.start();
});
afterEach(() => bench?.close());

const keyOf = (paths: readonly string[]): string => selectionKey({ quantize: 'auto', include: paths, exclude: [] });

/** A model of these files that is complete. */
const complete = async (chatId: number, ...paths: string[]): Promise<Model> => {
  const { id } = bench.add(chatId, 'sample/parts', { paths, selection: keyOf(paths) });
  bench.queue.wake();
  return bench.reaches(id, 'completed');
};

/** Has a model be of these files from now on; what is too much is not to go by itself. */
const change = (id: number, paths: readonly string[], leftOver: number | 'unknown' = SIZE, revision = 'main'): void => {
  const { id: commitSha, files } = bench.hub.commitOf('sample/parts');
  const rows = files
    .filter(({ path }) => paths.includes(path))
    .map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  const what = { commitSha, files: rows, sizeBytes: rows.length * SIZE, revision, selection: keyOf(paths) };
  bench.queue.change(id, { ...what, metadata: { pipelineTag: 'fill-mask' }, leftOver });
};

const library = () => bench.store.models.listModels(CHAT).toReversed();
const offers = () =>
  bench.store.outbox.dueNotices('9', 100).flatMap((notice) => (notice.kind === 'set_aside' ? [notice.payload] : []));
const isThere = (path: string): boolean => existsSync(join(library()[0]?.downloadPath ?? '', path));

it('what a model had before it was changed is a model of its own, and a person is asked', async () => {
  const { id, copyId } = await complete(CHAT, 'a.bin', 'b.bin');
  const sent = bench.hub.bytesSent();
  change(id, ['b.bin', 'c.bin']);
  expect(bench.model(id).metadata).toMatchObject({ before: { revision: 'main', bytes: SIZE } });
  await bench.reaches(id, 'completed');
  expect(bench.hub.bytesSent() - sent).toBeLessThan(SIZE * 1.5);
  const [changed, kept] = library();
  expect(changed).toMatchObject({ id, selection: keyOf(['b.bin', 'c.bin']), metadata: { pipelineTag: 'fill-mask' } });
  expect(changed?.metadata?.before).toBeUndefined();
  expect(kept).toMatchObject({
    status: 'completed',
    copyId,
    wantsCopyId: copyId,
    selection: keyOf(['a.bin', 'b.bin']),
    downloadPath: changed?.downloadPath,
    sizeBytes: 2 * SIZE,
  });
  expect(offers()).toEqual([{ modelId: kept?.id, bytes: SIZE }]);
  expect(bench.notices(id).slice(-2)).toEqual(['completed', 'set_aside']);
  expect(['a.bin', 'b.bin', 'c.bin'].map(isThere)).toEqual([true, true, true]);
});

it('dropped, only what the other does not have goes', async () => {
  const { id } = await complete(CHAT, 'a.bin', 'b.bin');
  change(id, ['b.bin', 'c.bin']);
  await bench.reaches(id, 'completed');
  await removeNow(bench.queue, library()[1]?.id ?? 0, 'ours');
  await expect.poll(() => ['a.bin', 'b.bin', 'c.bin'].map(isThere)).toEqual([false, true, true]);
});

it('changed once more before it came true, what it had first is what is kept', async () => {
  const { id, copyId } = await complete(CHAT, 'a.bin');
  bench.queue.hold();
  change(id, ['b.bin'], SIZE, 'v2');
  change(id, ['c.bin'], 'unknown', 'v3');
  bench.queue.unhold();
  await bench.reaches(id, 'completed');
  expect(library()[0]).toMatchObject({ id, revision: 'v3' });
  expect(library()[1]).toMatchObject({ copyId, revision: 'main', selection: keyOf(['a.bin']) });
  expect(offers()).toEqual([{ modelId: library()[1]?.id }]);
});

it('changed back, nothing is asked, then or later', async () => {
  const { id } = await complete(CHAT, 'a.bin');
  bench.queue.hold();
  change(id, ['b.bin']);
  change(id, ['a.bin']);
  bench.queue.unhold();
  await bench.reaches(id, 'completed');
  expect(bench.model(id).metadata?.before).toBeUndefined();
  expect(library()).toHaveLength(1);
  expect(offers()).toEqual([]);
});

it('what another chat has anyway is nobody’s to drop', async () => {
  const { id } = await complete(CHAT, 'a.bin');
  await complete(2, 'a.bin');
  change(id, ['b.bin']);
  await bench.reaches(id, 'completed');
  expect(library()).toHaveLength(1);
  expect(offers()).toEqual([]);
});

it('what the library has under that name anyway is not made twice', async () => {
  const { id } = await complete(CHAT, 'a.bin');
  bench.queue.hold();
  change(id, ['b.bin']);
  // At another commit it has nothing to do with the files that are here.
  const more = { paths: ['a.bin'], selection: keyOf(['a.bin']), commitSha: 'b'.repeat(40) };
  bench.queue.pause(bench.add(CHAT, 'sample/parts', more).id);
  bench.queue.unhold();
  await bench.reaches(id, 'completed');
  expect(library()).toHaveLength(2);
  expect(offers()).toEqual([]);
});
