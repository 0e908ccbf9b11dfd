import { mkdir, open, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-code.ts';

const TRIES = 5;

/**
 * Does something in a folder, which is made if it is not there; once more if it was gone by then: whoever ends removes the
 * folders that are empty, and others may be about to use them.
 */
export const inFolder = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || left <= 1) throw error;
      await mkdir(folder, { recursive: true });
    }
  }
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
