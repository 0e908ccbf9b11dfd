import type { Dirent } from 'node:fs';
import { mkdir, open, opendir, rmdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
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

/** So many names are read of a folder at one time. */
const NAMES_AT_ONCE = 500;

/** What lies in a folder, in parts of which the next is read when it is asked for. @throws what the disk says */
async function* entriesIn(folder: string): AsyncGenerator<readonly Dirent[]> {
  let part: Dirent[] = [];
  for await (const entry of await opendir(folder, { bufferSize: NAMES_AT_ONCE })) {
    part.push(entry);
    if (part.length < NAMES_AT_ONCE) continue;
    yield part;
    part = [];
  }
  yield part;
}

/**
 * The names of what lies in a folder, in parts of which the next is read when it is asked for: `readdir` makes strings of all of them at one
 * go. It costs three more requests to the disk than that. @throws what the disk says
 */
export async function* namesIn(folder: string): AsyncGenerator<readonly string[]> {
  for await (const part of entriesIn(folder)) yield part.map(({ name }) => name);
}

/**
 * What lies below a folder, in parts of which the next is read when it is asked for: there may be a hundred thousand, and `readdir` makes
 * objects of all of them at one go. A folder that is not there, or is none, has nothing in it. @throws what else the disk says
 */
export async function* entriesBelow(folder: string): AsyncGenerator<readonly Dirent[]> {
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    try {
      for await (const part of entriesIn(at)) {
        folders.push(
          ...part.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
        );
        yield part;
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
    }
  }
}
