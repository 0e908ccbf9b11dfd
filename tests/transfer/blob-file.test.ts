import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ByteRange } from '../../src/domain/listing.ts';
import { type BlobFile, createBlobFile } from '../../src/transfer/files/blob-file.ts';
import { createControlFile } from '../../src/transfer/files/control-file.ts';
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
let partPath = '';
const claims = (): Promise<ByteRange[]> => createControlFile({ partPath, etag, size }).load();
const setUp = async (): Promise<BlobFile> => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-blob-'));
  partPath = join(folder, 'repo/partials', `${etag}.part`);
  return createBlobFile({ etag, size, partPath, finalPath: join(folder, 'repo/blobs', etag) }, hasher, unsaved);
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
    expect(await claims()).toEqual([{ start: 0, end: 20 }]);
  });

  it('gets its name only by being published, and leaves no claim then', async () => {
    const file = await setUp();
    await file.open();
    await file.write(content, 0);
    await file.save(() => [{ start: 0, end: size }]);
    expect(await readdir(join(folder, 'repo'))).toEqual(['partials']);
    await file.publish();
    expect((await readFile(join(folder, 'repo/blobs', etag))).equals(content)).toBe(true);
    expect(await readdir(join(folder, 'repo/partials'))).toEqual([]);
  });

  it('goes on where it was, also if the disk did not take what says so', async () => {
    const file = await setUp();
    await file.open();
    // What is in the way stands for a disk that takes no line.
    await mkdir(`${partPath}.control`);
    await expect(file.saveAndClose(() => [{ start: 0, end: 1_500_000 }])).rejects.toMatchObject({
      code: 'operational',
    });
    await rm(`${partPath}.control`, { recursive: true });
    expect(await file.open()).toEqual([{ start: 0, end: 1_500_000 }]);
    // Said once: what another one with this name would hold is not known.
    await rm(join(folder, 'repo'), { recursive: true });
    await file.close();
    expect(await file.open()).toEqual([]);
    await file.close();
  });

  it('goes on after a kill from what was written last, flushed or not', async () => {
    const file = await setUp();
    await file.open();
    await file.write(content.subarray(0, 1_500_000), 0);
    await file.save(() => [{ start: 0, end: 1_500_000 }]);
    // As a kill leaves it: nothing was closed or claimed at its end.
    const next = createBlobFile({ etag, size, partPath, finalPath: join(folder, 'repo/blobs', etag) }, hasher, unsaved);
    expect(await next.open()).toEqual([{ start: 0, end: 1_500_000 }]);
    await Promise.all([file.close(), next.close()]);
  });

  it('believes nothing that was claimed of a partial file before it, whatever a kill leaves of the two', async () => {
    const file = await setUp();
    await mkdir(join(folder, 'repo/partials'), { recursive: true });
    await createControlFile({ partPath, etag, size }).noteFlushed([{ start: 0, end: size }]);
    expect(await file.open()).toEqual([]);
    await file.close();
    // The new one is there now, and nothing that would speak of it.
    expect(await claims()).toEqual([]);
  });

  it('that is thrown away loses its claims before itself', async () => {
    const file = await setUp();
    await file.open();
    await file.save(() => [{ start: 0, end: 10 }]);
    // The claims cannot be removed: then the file stays that they are of.
    await rm(`${partPath}.control`);
    await mkdir(`${partPath}.control/x`, { recursive: true });
    await expect(file.discard()).rejects.toThrow('control');
    expect(await readdir(join(folder, 'repo/partials'))).toContain(`${etag}.part`);
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
