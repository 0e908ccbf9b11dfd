import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BlobFile, type BlobTarget, isRight } from './blob-file.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { codeOf } from '../../lib/error-code.ts';
import { inFolder } from '../../lib/folder.ts';
import { createBlobHash, hashedAs, isNamedByGit } from './blob-hash.ts';

/** Files up to this are received into memory: by the dozen, with no more work for the disk than a name and a write. */
export const SMALL_BYTES = 128 * 1024;

/** Memory of files that are done, for the next ones, by its length: the collector would let tens of megabytes of it lie about. */
export type Spare = Map<number, Buffer[]>;

/** Most small files are much smaller than the largest. */
const LENGTHS = [4096, 32_768, SMALL_BYTES] as const;

const take = (spare: Spare, size: number): Buffer => {
  const length = LENGTHS.find((one) => size <= one) ?? SMALL_BYTES;
  return spare.get(length)?.pop() ?? Buffer.allocUnsafeSlow(length);
};

const giveBack = (spare: Spare, memory: Buffer): void => {
  const same = spare.get(memory.length);
  if (same) same.push(memory);
  else spare.set(memory.length, [memory]);
};

/**
 * A blob that is small enough to be fetched again rather than resumed. Hashing it takes a fraction of a millisecond.
 * @param spare is taken from, and given back to
 */
export const createSmallFile = (target: BlobTarget, spare: Spare): BlobFile => {
  const { size, partPath, finalPath } = target;
  let found: string | undefined;
  let memory: Buffer | undefined;

  const content = (): Buffer => {
    memory ??= take(spare, size);
    return memory.subarray(0, size);
  };

  const digest = (): string =>
    createBlobHash(isNamedByGit(hashedAs(target)), size)
      .update(content())
      .digest('hex');

  /** `wx`: a link that somebody put there must not lead the bytes elsewhere. */
  const write = (): Promise<void> => writeFile(partPath, content(), { flag: 'wx' });

  const put = async (): Promise<void> => {
    try {
      await write();
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      await rm(partPath, { force: true });
      await write();
    }
    await inFolder(dirname(finalPath), () => rename(partPath, finalPath));
  };

  const done = async (): Promise<void> => {
    if (memory) giveBack(spare, memory);
    memory = undefined;
  };

  return {
    open: async () => [],
    write: async (data, position) => {
      content().set(data, position);
    },
    grown: () => undefined,
    startAgain: () => undefined,
    save: async () => undefined,
    saveAndClose: done,
    verify: async () => {
      found = digest();
      return isRight(target, found);
    },
    digest: () => found,
    unflushed: () => size,
    publish: async () => {
      try {
        await inFolder(dirname(partPath), put);
      } catch (error) {
        await rm(partPath, { force: true }).catch(() => undefined);
        throw diskFailure(error);
      }
      await done();
    },
    discard: done,
    close: done,
  };
};
