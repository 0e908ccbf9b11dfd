import { lstat, mkdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { isSafePath } from '../../domain/repo/repo.ts';
import { codeOf } from '../../lib/error-code.ts';

/** A path in the folder of another program. */
export interface AppPath {
  /** Absolute. */
  readonly folder: string;
  /** Below it, `/`-separated. */
  readonly path: string;
}

/** Whether the program's folder is there; if it is not, its disk may be away, and nothing is known of what lies in it. */
export const isFolderThere = async (folder: string): Promise<boolean> =>
  (await stat(folder).catch(() => undefined))?.isDirectory() === true;

/** Absolute. @throws AppError integrity: it would lie outside of the folder */
export const pathInFolder = ({ folder, path }: AppPath): string => {
  const absolute = resolve(folder, ...path.split('/'));
  if (!isSafePath(path) || !absolute.startsWith(resolve(folder) + sep)) {
    throw new AppError('integrity', `A name leads out of ${folder}. Nothing was linked there.`);
  }
  return absolute;
};

/** The folders between the program's folder and the file, from the top. */
const foldersOnTheWay = ({ folder, path }: AppPath): string[] => {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => join(folder, ...parts.slice(0, at + 1)));
};

/**
 * Sees to it that the folders on the way are folders: through a link, files would land, or be removed, elsewhere. The
 * program's own folder may be one: that is what the configuration names.
 * @param make whether those that are missing are made
 * @returns false if one is missing, and is not to be made
 * @throws AppError operational: something else lies there; whatever the disk refuses
 */
export const enterFolders = async (path: AppPath, make: boolean): Promise<boolean> => {
  for (const folder of foldersOnTheWay(path)) {
    const found = await lstat(folder).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found?.isSymbolicLink()) {
      const sentence = `${folder} is itself a link to elsewhere, and nothing is put outside of ${path.folder}.`;
      throw new AppError('operational', `${sentence} Name the folder behind it in the configuration.`);
    }
    if (found && !found.isDirectory()) throw new AppError('operational', `${folder} is no folder, and should be one.`);
    if (found) continue;
    if (!make) return false;
    await mkdir(folder).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
  return true;
};
