import Database from 'better-sqlite3';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createMarks, lookAt, type Looked } from '../../src/cache/verified.ts';
import type { ByteRange } from '../../src/domain/listing.ts';
import { BOOT_ID, writeStamped } from '../../src/lib/boot-id.ts';
import { lengthOf } from '../../src/transfer/files/ranges.ts';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const SIZE = 8_000_000;
const NAME = 'sample/big';
const FOLDER = 'models--sample--big';
const repos = [sampleModel(NAME, SIZE), sampleModel('sample/done', 3_000_000)];

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

/** Rows as earlier versions wrote them. */
const rows = () => {
  const db = new Database(join(bench.cacheDir, '../hubgram.db'));
  const count = (table: string): unknown => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  return {
    putPartial: (repoFolder: string, etag: string, size: number, ranges: readonly ByteRange[]): void => {
      const pairs = JSON.stringify(ranges.map(({ start, end }) => [start, end]));
      const row = db.prepare('INSERT OR REPLACE INTO download_files VALUES (?, ?, ?, ?, ?)');
      row.run(repoFolder, etag, size, pairs, '2026-01-01T00:00:00.000Z');
    },
    putVerified: (repoFolder: string, etag: string, mark: string): void => {
      db.prepare('INSERT INTO verified_blobs VALUES (?, ?, ?)').run(repoFolder, etag, mark);
    },
    left: (): unknown[] => [count('download_files'), count('verified_blobs')],
    close: () => db.close(),
  };
};

interface Earlier {
  readonly id: number;
  readonly etag: string;
  readonly partPath: string;
  readonly ranges: readonly ByteRange[];
}

/** A download that an earlier version has left half-way: with holes in its partial file, and what it knew of it in a row. */
const halfWay = async (between: Parameters<typeof setUp>[2] = {}): Promise<Earlier> => {
  bench = await setUp({ repos }, {}, { connections: 8, ...between });
  bench.hub.setFault({ kind: 'slow', bytesPerSecond: 400_000, path: 'model.safetensors' });
  const { id } = bench.add(1, NAME);
  bench.queue.wake();
  await expect.poll(() => bench.queue.snapshot(id)?.bytesReady ?? 0, PATIENT).toBeGreaterThan(2_000_000);
  bench.queue.pause(id);
  await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
  bench.hub.clearFaults();
  const [partial] = await partialsIn(bench.cacheDir);
  if (!partial) throw new Error('nothing was kept');
  rmSync(`${partial.partPath}.control`);
  const { etag, partPath, claimed: ranges } = partial;
  expect(ranges.length).toBeGreaterThan(1);
  return { id, etag, partPath, ranges };
};

/** Bytes that came over the network for a model. */
const received = (id: number): number =>
  bench.store.sessions.getDownloadHistory(id).reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);

describe('what earlier versions kept in the database', () => {
  it('of a partial file lets it go on at the byte, and is no row any more', async () => {
    const { id, etag, partPath, ranges } = await halfWay();
    const db = rows();
    // Of what was written last only a note beside the file told.
    const [last, ...flushed] = ranges.toReversed();
    db.putPartial(FOLDER, etag, SIZE, flushed);
    writeFileSync(`${partPath}.claim`, writeStamped({ ranges: [last] }));
    const before = received(id);
    bench.restarted();
    await expect.poll(db.left, PATIENT).toEqual([0, 0]);
    expect((await partialsIn(bench.cacheDir)).map(({ claimed }) => claimed)).toEqual([ranges]);
    bench.queue.resume(id);
    await bench.reaches(id, 'completed');
    expect(received(id) - before).toBe(SIZE - lengthOf(ranges));
    expect(await leftIn(bench.cacheDir)).toEqual([]);
    db.close();
  });

  it('is written before anything of it is opened, and again where a kill came between', async () => {
    let calls = 0;
    const { id, etag, ranges } = await halfWay({
      copies: (real) => ({
        ...real,
        takeOver: async (records) => {
          await turn();
          await real.takeOver(records);
          calls += 1;
          // The cache has it, and the row is still there.
          if (calls < 2) throw new Error('killed');
        },
      }),
    });
    const db = rows();
    db.putPartial(FOLDER, etag, SIZE, ranges);
    const before = received(id);
    await bench.queue.close();
    const next = bench.restarted();
    next.resume(id);
    await bench.reaches(id, 'failed');
    expect(db.left()).toEqual([1, 0]);
    expect((await partialsIn(bench.cacheDir)).map(({ claimed }) => claimed)).toEqual([ranges]);
    expect(received(id)).toBe(before);
    next.retry(id);
    await bench.reaches(id, 'completed');
    expect(db.left()).toEqual([0, 0]);
    expect(received(id) - before).toBe(SIZE - lengthOf(ranges));
    db.close();
  });

  it('of files that are gone, or of a folder that is none, goes without a trace', async () => {
    const { id, etag, partPath, ranges } = await halfWay();
    const db = rows();
    rmSync(partPath);
    db.putPartial(FOLDER, etag, SIZE, ranges);
    db.putPartial('models--gone--away', etag, SIZE, ranges);
    db.putPartial('../elsewhere', etag, SIZE, ranges);
    db.putVerified('models--gone--away', etag, `${BOOT_ID} 1 2 3 4`);
    bench.restarted();
    await expect.poll(db.left, PATIENT).toEqual([0, 0]);
    expect(await leftIn(bench.cacheDir)).toEqual([]);
    expect(existsSync(join(bench.cacheDir, 'models--gone--away'))).toBe(false);
    bench.queue.resume(id);
    await bench.reaches(id, 'completed');
    db.close();
  });

  it.skipIf(BOOT_ID === undefined)(
    'of verified blobs spares reading them, if the machine has run ever since',
    async () => {
      bench = await setUp({ repos });
      const { id } = bench.add(1, 'sample/done');
      bench.queue.start();
      await bench.reaches(id, 'completed');
      const repoFolder = 'models--sample--done';
      const file = bench.store.models.modelFiles(id).find(({ path }) => path === 'model.safetensors');
      const blob = { repoFolder, etag: file?.etag ?? '' };
      rmSync(join(bench.cacheDir, repoFolder, '.hubgram'), { recursive: true });
      const looked = (await lookAt(join(bench.cacheDir, repoFolder, 'blobs', blob.etag))) as Looked;
      const db = rows();
      db.putVerified(repoFolder, blob.etag, `${BOOT_ID} ${looked.mark}`);
      db.putVerified(repoFolder, 'b'.repeat(64), `another-start ${looked.mark}`);
      bench.restarted();
      await expect.poll(db.left, PATIENT).toEqual([0, 0]);
      const marks = createMarks(bench.cacheDir);
      expect(await marks.isVerified(blob, looked)).toBe(true);
      expect(await marks.isVerified({ repoFolder, etag: 'b'.repeat(64) }, looked)).toBe(false);
      db.close();
    },
  );
});
