/* lib/disk: which file system a path lies on. */

import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';

/** A disk, by the folder at which it was mounted when somebody looked first. */
export interface Mount {
  /** `/` if the folder that was looked at lies on no disk of its own. */
  readonly point: string;
  /** Not if an empty folder lies in its place by now. */
  readonly isThere: () => Promise<boolean>;
}

/** By which number the system knows the disk of a folder. */
type DiskOf = (folder: string) => Promise<number | undefined>;

const systemDiskOf: DiskOf = async (folder) => (await stat(folder).catch(() => undefined))?.dev;

const nearestThere = async (path: string): Promise<string> => {
  for (let at = resolve(path); ; at = dirname(at)) {
    const there = await realpath(at).catch(() => undefined);
    if (there !== undefined || at === dirname(at)) return there ?? at;
  }
};

/** The folder at which the disk of a path is mounted, or that of its nearest folder that exists. */
export const mountPointOf = async (path: string, diskOf: DiskOf = systemDiskOf): Promise<string> => {
  let at = await nearestThere(path);
  const disk = await diskOf(at);
  while (at !== dirname(at) && (await diskOf(dirname(at))) === disk) at = dirname(at);
  return at;
};

/** Whether one folder lies below another. */
export const isBelow = (folder: string, other: string): boolean =>
  folder !== other && folder.startsWith(other.endsWith(sep) ? other : other + sep);

/** @param point where the disk of that path is mounted */
export const watchMount = (path: string, point: string, diskOf?: DiskOf): Mount => ({
  point,
  // What is mounted deeper by now is a disk, too.
  isThere: async () => !isBelow(point, await mountPointOf(path, diskOf)),
});
