import { mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { codeOf } from './error-code.ts';

/** Each is lost only to somebody who removes the folder at that very moment. */
const TRIES = 20;

/**
 * Does something in a folder, which is made if it is not there; once more if it was gone by then: whoever ends removes the
 * folders that are empty, and others may be about to use them.
 * @throws what the work throws, and what mkdir does where no folder can be made
 */
export const inFolder = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || left <= 1) throw error;
      await mkdir(folder, { recursive: true }).catch((reason: unknown) => {
        // Where a folder lies, or one on the way to it, Node looks what it is (MKDirpAsync in node_file.cc), and says one of
        // these if it is gone by then. Where something else lies, the work fails of itself.
        if (codeOf(reason) !== 'ENOENT' && codeOf(reason) !== 'ENOTDIR') throw reason;
      });
    }
  }
};

/** Makes a folder with its parents if it is not there, whoever removes it meanwhile. @throws what the disk says */
export const makeFolder = async (folder: string): Promise<void> => {
  await inFolder(folder, () => stat(folder + sep));
};

/** Removes a folder and its parents up to `root` as far as they are empty. */
export const removeEmpty = async (root: string, folder: string): Promise<void> => {
  for (let at = folder; at.length >= root.length; at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      // Not empty, or gone: either way the parents stay.
      return;
    }
  }
};

/** Names that were put into a folder before this call are there after a power cut too; not every disk can say so. */
export const flushFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
};
