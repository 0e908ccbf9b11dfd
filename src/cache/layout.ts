/* cache: the Hugging Face cache on disk, as other programs expect it; nothing in it is ours but what lies in `.hubgram`. */

import { copyFile, link, lstat, realpath, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { isSafePath } from '../domain/repo/repo.ts';
import { webFileParts } from '../domain/repo/web-file.ts';
import { codeOf } from '../lib/error-code.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { inFolder, makeFolder } from '../lib/folder.ts';
import { temporaryName } from './temporary.ts';
import { isCommit, isEtag } from '../domain/hashes.ts';

/** As huggingface_hub writes it (_local_folder.py), so that backup tools leave the cache out. */
const CACHEDIR_TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by huggingface_hub.
# For information about cache directory tags, see:
#	https://bford.info/cachedir/
`;

/** Files that are looked at on the disk at one time. */
export const LOOKS_AT_ONCE = 16;

const exists = async (path: string): Promise<boolean> => (await lstat(path).catch(() => undefined)) !== undefined;

/** The size of the file behind a path, or undefined if there is none. */
export const fileSize = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
};

/** The folder and the name that the file of such a folder gets. */
const webFileOfFolder = (folder: string) => webFileParts(folder.replaceAll('--', '/'));

/** What is kept of a file from a web address while it comes lies in a folder with such a name, and no repository's does. */
export const isWebFileFolder = (name: string): boolean => webFileOfFolder(name) !== undefined;

/** A repository's folder has a name like this, and no other: it becomes part of paths. */
export const isRepoFolder = (name: string): boolean =>
  (/^(models|datasets|spaces)--[A-Za-z0-9._-]+$/.test(name) && !name.includes('..')) || isWebFileFolder(name);

/** A part that is empty, `.` or `..`. */
const NO_NAME = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * The paths of one repository's folder in the cache, in huggingface_hub's layout. What comes from a web address has the same, but that
 * the file itself, or the folder of a torrent's files, lies beside the folder for what is under way, in that of its category
 * (docs/decisions/0036).
 */
export const repoPaths = (cacheDir: string, repoFolder: string) => {
  if (!isRepoFolder(repoFolder)) throw new AppError('validation', 'That is no folder of a repository.');
  const root = join(cacheDir, repoFolder);
  /**
   * A path below `folder`, checked again: whatever names come from outside, they stay inside. Asked several times for each of thousands
   * of files, so it is not taken apart and put together anew.
   */
  const inside = (folder: string, path: string): string => {
    if (!isSafePath(path) || NO_NAME.test(path)) {
      throw new AppError('integrity', 'The repository holds a path that leads out of its folder. Nothing was written.');
    }
    return `${folder}${sep}${sep === '/' ? path : path.replaceAll('/', sep)}`;
  };
  const blobs = join(root, 'blobs');
  const partials = join(root, '.hubgram');
  /** What is named by a hash leads nowhere else; asked several times for each of thousands of files. */
  const named = (folder: string, etag: string, ending = ''): string =>
    isEtag(etag) ? `${folder}${sep}${etag}${ending}` : inside(folder, `${etag}${ending}`);
  const webFile = webFileOfFolder(repoFolder);
  const snapshots = join(root, 'snapshots');
  const snapshotOf = (commit: string): string => {
    if (!isCommit(commit)) throw new AppError('integrity', 'That is no commit of a repository.');
    // There is no state of it but the one that lies there.
    return webFile ? join(dirname(resolve(cacheDir)), webFile.category) : `${snapshots}${sep}${commit}`;
  };
  let last: { readonly commit: string; readonly folder: string } | undefined;
  /** Asked for each of thousands of files of one commit: it was half of what their paths cost. */
  const snapshot = (commit: string): string => {
    if (last?.commit !== commit) last = { commit, folder: snapshotOf(commit) };
    return last.folder;
  };
  const entry = (commit: string, path: string): string => {
    if (webFile && path !== webFile.name && !path.startsWith(`${webFile.name}/`))
      throw new AppError('integrity', 'What comes from a web address has one name. Nothing was written.');
    return inside(snapshot(commit), path);
  };
  return {
    root,
    /** Nothing leads to the file but its place: no link, and no ref. */
    isWebFile: webFile !== undefined,
    blobs,
    blob: (etag: string): string => named(blobs, etag),
    partials,
    part: (etag: string): string => named(partials, etag, '.part'),
    marks: join(partials, 'verified'),
    refs: join(root, 'refs'),
    ref: (revision: string): string => inside(join(root, 'refs'), revision),
    snapshots,
    snapshot,
    entry,
  };
};

export type RepoPaths = ReturnType<typeof repoPaths>;

/** Whether something lies where the file from a web address that has this folder gets its place. */
export const isPathTaken = (cacheDir: string, repoFolder: string): Promise<boolean> => {
  const file = webFileOfFolder(repoFolder);
  if (!file) throw new AppError('validation', 'That is no folder of a file from a web address.');
  return exists(join(dirname(resolve(cacheDir)), file.category, file.name));
};

/** Makes the cache's own folder with its tag, if it is not there. */
export const ensureCache = async (cacheDir: string): Promise<void> => {
  try {
    await makeFolder(cacheDir);
    const tag = join(cacheDir, 'CACHEDIR.TAG');
    if (!(await exists(tag))) await writeFile(tag, CACHEDIR_TAG);
  } catch (error) {
    throw diskFailure(error);
  }
};

/** A folder on the way must be a folder: through a link, files would land, or be removed, elsewhere. */
export const refuseLinks = async (root: string, folder: string): Promise<void> => {
  for (let at = folder; at.length > root.length; at = dirname(at)) {
    const found = await lstat(at).catch(() => undefined);
    if (found?.isSymbolicLink())
      throw new AppError('integrity', 'A folder in the cache is a link to elsewhere. Nothing was written there.');
  }
};

/**
 * Puts something in its place in one step, replacing what is there.
 * @param make makes it under the name it is given: among the partial files, where other tools do not look for files
 */
export const putInPlace = async (
  { root, partials }: RepoPaths,
  path: string,
  make: (temporary: string) => Promise<unknown>,
): Promise<void> => {
  const put = async (): Promise<void> => {
    const temporary = join(partials, temporaryName());
    try {
      await make(temporary);
      await rename(temporary, path);
    } finally {
      // Also after success: where both names are of one file (hard links), rename does nothing and leaves the first (rename(2)).
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  };
  await refuseLinks(root, partials);
  await refuseLinks(root, dirname(path));
  try {
    await inFolder(partials, () => inFolder(dirname(path), put));
  } catch (error) {
    throw diskFailure(error);
  }
};

/** Writes `refs/<revision>` in one step: the last thing of a download. A revision that is a commit has none. */
export const writeRef = async (paths: RepoPaths, revision: string, commit: string): Promise<void> => {
  if (isCommit(revision) || paths.isWebFile) return;
  await putInPlace(paths, paths.ref(revision), (temporary) => writeFile(temporary, commit));
};

/**
 * Another name for a file, where the disk and the system allow that.
 * @returns false if they do not
 * @throws ENOENT: a folder is not there yet, or not any more. Who copied instead would have the bytes twice
 */
export const tryToLink = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error;
    return false;
  }
};

/**
 * Takes a blob over from another repository's folder: a hard link, or a copy where links are not possible. If a link lies there,
 * to a store that others clean up (huggingface_hub's shared blobs), the file behind it is taken.
 */
export const takeOver = (paths: RepoPaths, from: string, etag: string): Promise<void> =>
  putInPlace(paths, paths.blob(etag), async (temporary) => {
    const file = await realpath(from);
    if (!(await tryToLink(file, temporary))) await copyFile(file, temporary);
  });

/** Of a disk, in bytes. */
export interface DiskRoom {
  readonly totalBytes: number;
  /** For us: what is reserved for the system is not. */
  readonly freeBytes: number;
}

/** The disk of `path`, or of its nearest folder that exists. @throws AppError operational: it cannot be asked */
export const roomOn = async (path: string): Promise<DiskRoom> => {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found) return { totalBytes: found.blocks * found.bsize, freeBytes: found.bavail * found.bsize };
    if (at === dirname(at))
      throw new AppError('operational', 'The disk of the cache cannot be asked for its free space.');
  }
};

/** Which disk `path`, or its nearest folder that exists, lies on: the number by which the system knows it. */
export const diskOf = async (path: string): Promise<string> => {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found) return String(found.dev);
    if (at === dirname(at)) return '';
  }
};

/** Free bytes for us on the disk of `path`. @throws AppError operational */
export const freeBytes = async (path: string): Promise<number> => (await roomOn(path)).freeBytes;
