/* lib/files: files that are read without their time of use being changed, and programs that are found. */

import { constants, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const { O_RDONLY, O_NOATIME } = constants as typeof constants & { readonly O_NOATIME?: number };
const UNNOTICED = O_RDONLY | (O_NOATIME ?? 0);

/** Opens a file to read it for ourselves, which is no use of it: Linux does not note that for whoever owns the file. */
export const openUnnoticedSync = (path: string): number => {
  try {
    return openSync(path, UNNOTICED);
  } catch {
    // Somebody else's file.
    return openSync(path, O_RDONLY);
  }
};

/** The same, without keeping anybody waiting. */
export const openUnnoticed = (path: string): Promise<FileHandle> =>
  // Somebody else's file.
  open(path, UNNOTICED).catch(() => open(path, O_RDONLY));
