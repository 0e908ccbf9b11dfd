import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BlobFile, type BlobTarget, isRight } from './blob-file.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { codeOf } from '../../lib/error-code.ts';
import { inFolder } from '../../lib/folder.ts';
import { createBlobHash, hashedAs, isNamedByGit } from './blob-hash.ts';

/** Files up to this are received into memory: by the dozen, with no more work for the disk than a name and a write. */
export const SMALL_BYTES = 128 * 1024;

/**
 * A blob that is small enough to be fetched again rather than resumed. Hashing it takes a fraction of a millisecond.
 * @param spare memory of files that are done, for the next ones: the collector would let tens of megabytes of it lie about
 */
export const createSmallFile = (target: BlobTarget, spare: Buffer[]): BlobFile => {
  const { size, partPath, finalPath } = target;
  let found: string | undefined;
  let memory: Buffer | undefined;

  const content = (): Buffer => {
    memory ??= spare.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
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
    if (memory) spare.push(memory);
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
