import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { ByteRange } from '../../src/domain/listing.ts';
import { type BlobFile, createBlobFile } from '../../src/transfer/files/blob-file.ts';
import { createHasher } from '../../src/transfer/files/hasher.ts';
import { createUnsaved } from '../../src/transfer/files/unsaved.ts';
import { bytesOf } from '../copies/odd-server.ts';

const content = bytesOf(2 * 1024 * 1024);
const size = content.length;
const etag = createHash('sha256').update(content).digest('hex');
const wrong = Buffer.from(content).fill(0, 1000, 2000);

let folder = '';
const hasher = createHasher();
const unsaved = createUnsaved();
/** The database refuses what the journal is to keep. */
let isFull = false;
let saved: readonly ByteRange[][] = [];
const setUp = async (): Promise<BlobFile> => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-blob-'));
  saved = [];
  const journal = {
    load: () => [...(saved.at(-1) ?? [])],
    save: (_: string, __: string, ___: number, ranges: readonly ByteRange[]) => {
      if (isFull) throw new AppError('no_space', 'The disk is full.');
      saved = [...saved, [...ranges]];
    },
    clear: () => (saved = []),
  };
  const partPath = join(folder, 'repo/partials', `${etag}.part`);
  return createBlobFile(
    { repoFolder: 'models--x', etag, size, partPath, finalPath: join(folder, 'repo/blobs', etag), journal },
    hasher,
    unsaved,
  );
};
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the file of a blob', () => {
  it('is checked anew when what was checked is written again', async () => {
    const file = await setUp();
    await file.open();
    await file.write(content, 0);
    expect(await file.verify()).toBe(true);
    file.startAgain();
    await file.write(wrong, 0);
    expect(await file.verify()).toBe(false);
    await file.close();
  });

  it('claims at its end also what was written while an earlier claim was under way', async () => {
    const file = await setUp();
    await file.open();
    let end = 10;
    const written = (): ByteRange[] => [{ start: 0, end }];
    const early = file.save(written);
    end = 20;
    await file.saveAndClose(written);
    await early;
    expect(saved).toEqual([[{ start: 0, end: 10 }], [{ start: 0, end: 20 }]]);
  });

  it('gets its name only by being published, and leaves no journal then', async () => {
    const file = await setUp();
    await file.open();
    await file.write(content, 0);
    await file.save(() => [{ start: 0, end: size }]);
    expect(await readdir(join(folder, 'repo'))).toEqual(['partials']);
    await file.publish();
    expect((await readFile(join(folder, 'repo/blobs', etag))).equals(content)).toBe(true);
    expect(saved).toEqual([]);
  });

  it('goes on where it was, also if the disk was too full to say so', async () => {
    const file = await setUp();
    await file.open();
    isFull = true;
    await expect(file.saveAndClose(() => [{ start: 0, end: 1_500_000 }])).rejects.toMatchObject({ code: 'no_space' });
    isFull = false;
    expect(await file.open()).toEqual([{ start: 0, end: 1_500_000 }]);
    // Said once: what another one with this name would hold is not known.
    await rm(join(folder, 'repo'), { recursive: true });
    await file.close();
    expect(await file.open()).toEqual([]);
    await file.close();
  });

  it('goes on where it was left, until it is thrown away', async () => {
    const first = await setUp();
    await first.open();
    await first.saveAndClose(() => [{ start: 0, end: 5 }]);
    const second = await first.open();
    expect(second).toEqual([{ start: 0, end: 5 }]);
    await first.discard();
    expect(await readdir(folder)).toEqual([]);
  });
});
