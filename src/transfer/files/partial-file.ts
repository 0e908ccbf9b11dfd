/* transfer/files: a file that is not whole yet: a range is noted as flushed only after the disk was. */

import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { inFolder } from '../../lib/folder.ts';

/** O_NOFOLLOW: a link that somebody put in its place must not lead the bytes elsewhere. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** A preallocated file that is written at any position. */
export interface PartFile {
  readonly path: string;
  /** One after the other: the kernel lets only one write to a file at a time, and the others would spin. */
  readonly write: (data: Uint8Array, position: number) => Promise<void>;
  /** What was written before this call is on the disk when it resolves. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Gives it its final name. Close it first. */
  readonly publish: (path: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** @param path of what is open: its errors do not say */
const guarded = async <T>(work: Promise<T>, path: string): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw diskFailure(error, path);
  }
};

/** Is there a partial file that has its full length from the beginning, as all of them do? */
export const hasPartFile = async (path: string, size: number): Promise<boolean> => {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === size;
};

/** Opens the partial file at `path`, made with `size` bytes if it is not there. @throws AppError no_space, operational */
export const openPartFile = async (path: string, size: number): Promise<PartFile> => {
  const existed = await hasPartFile(path, size);
  if (!existed) await guarded(rm(path, { force: true }), path);
  const handle = await guarded(
    inFolder(dirname(path), () => open(path, FLAGS, 0o666)),
    path,
  );
  try {
    if (!existed) await guarded(handle.truncate(size), path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let last: Promise<void> = Promise.resolve();

  const writeAll = async (data: Uint8Array, position: number): Promise<void> => {
    let written = 0;
    while (written < data.length) {
      const { bytesWritten } = await guarded(
        handle.write(data, written, data.length - written, position + written),
        path,
      );
      written += bytesWritten;
    }
  };

  return {
    path,
    write: (data, position) => {
      const writing = last.then(() => writeAll(data, position));
      last = writing.catch(() => undefined);
      return writing;
    },
    flush: () => guarded(handle.datasync(), path),
    close: () => handle.close(),
    publish: async (target) => {
      await guarded(
        inFolder(dirname(target), () => rename(path, target)),
        target,
      );
    },
    remove: () => guarded(rm(path, { force: true }), path),
  };
};
