import { describe, expect, it } from 'vitest';
import type { RepoFile } from '../../src/domain/listing.ts';
import { createDiskSpace, type DiskSpace, type DiskSpaceDeps } from '../../src/queue/disk-space.ts';

const file = (name: string, size: number): RepoFile => ({ path: name, size, etag: name.padEnd(40, '0') });

/** A disk with so much free, of which nothing is used by what is under way. */
const roomOf = (freeBytes: number, more: Partial<DiskSpaceDeps> = {}): DiskSpace =>
  createDiskSpace({
    copies: {
      missingBytes: ({ files }) =>
        Promise.resolve([...new Map(files.map(({ etag, size }) => [etag, size])).values()].reduce((a, b) => a + b, 0)),
      freeBytes: () => Promise.resolve(freeBytes),
      diskOf: () => Promise.resolve('one'),
    },
    minFreeBytes: () => 0,
    maxTotalBytes: () => undefined,
    storedBytesWith: () => Promise.resolve(0),
    makeRoom: () => Promise.resolve(false),
    ...more,
  });

const want = (room: DiskSpace, repoFolder: string, ...files: RepoFile[]) =>
  room.reserve({ copyId: 1, repoFolder, files, commit: null });

it('is counted for each disk by itself', async () => {
  const room = roomOf(0, {
    copies: {
      missingBytes: async ({ files }) => files.reduce((sum, { size }) => sum + size, 0),
      freeBytes: async (repoFolder = '') => (repoFolder.startsWith('files--') ? 100 : 50),
      diskOf: async (repoFolder) => (repoFolder.startsWith('files--') ? 'files' : 'cache'),
    },
  });
  await want(room, 'models--a', file('a', 50));
  await want(room, 'files--custom--a', file('b', 60));
  await expect(want(room, 'files--custom--b', file('c', 41))).rejects.toMatchObject({
    message: '1 B more room is needed on the disk, with what other downloads will take.',
  });
  await want(room, 'files--custom--b', file('c', 40));
  await expect(want(room, 'models--b', file('d', 1))).rejects.toMatchObject({ code: 'no_space' });
});

describe('room', () => {
  it('is given up to the last byte, less what must stay free', async () => {
    const room = roomOf(100, { minFreeBytes: () => 40 });
    const giveBack = await want(room, 'models--a', file('a', 60));
    giveBack();
    await expect(want(room, 'models--a', file('a', 61))).rejects.toMatchObject({
      code: 'no_space',
      message: '1 B more room is needed on the disk.',
    });
  });

  it('that was given is not given again until it is given back', async () => {
    const room = roomOf(100);
    const giveBack = await want(room, 'models--a', file('a', 60));
    await expect(want(room, 'models--b', file('b', 60))).rejects.toMatchObject({
      message: '20 B more room is needed on the disk, with what other downloads will take.',
    });
    giveBack();
    await want(room, 'models--b', file('b', 60));
  });

  it('says how much is enough, though less seems to be missing', async () => {
    const room = roomOf(100);
    await want(room, 'models--a', file('a', 60));
    await expect(want(room, 'models--b', file('b', 110))).rejects.toMatchObject({
      message: '70 B more room is needed on the disk, with what other downloads will take.',
    });
  });

  it('goes to who asks first, if two ask at once', async () => {
    const room = roomOf(100);
    const [first, second] = await Promise.allSettled([
      want(room, 'models--a', file('a', 60)),
      want(room, 'models--b', file('b', 60)),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
  });

  it('is not taken by what was refused', async () => {
    const room = roomOf(100);
    const [refused, given] = await Promise.allSettled([
      want(room, 'models--a', file('a', 101)),
      want(room, 'models--b', file('b', 100)),
    ]);
    expect([refused.status, given.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('is taken once for a file that two want in the same folder, twice in two folders', async () => {
    const room = roomOf(100);
    await want(room, 'models--a', file('a', 60));
    await want(room, 'models--a', file('a', 60), file('c', 40));
    await expect(want(room, 'models--b', file('a', 60))).rejects.toMatchObject({ code: 'no_space' });
  });

  it('is not asked for by what is all there', async () => {
    const room = roomOf(0, { minFreeBytes: () => 1000 });
    await expect(want(room, 'models--a')).resolves.toBeTypeOf('function');
  });

  it('is refused beyond what all models together may take', async () => {
    const room = roomOf(1000, {
      maxTotalBytes: () => 500,
      storedBytesWith: (ids) => Promise.resolve(ids.length > 0 ? 620 : 400),
    });
    await expect(want(room, 'models--a', file('a', 60))).rejects.toMatchObject({
      code: 'no_space',
      message: 'All models together may take 500 B; this one would take 120 B more than that.',
    });
  });
});
