import { readlink, symlink } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { RepoFile } from '../domain/listing.ts';
import { putInPlace, refuseLinks, type RepoPaths } from './layout.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { inSlices } from '../lib/async/slices.ts';
import { codeOf } from '../lib/error-code.ts';
import { makeFolder } from '../lib/folder.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';

const AT_ONCE = 16;

/** The folders of a snapshot in which these files lie. A list may be very long. */
export const foldersOf = async (
  paths: RepoPaths,
  commit: string,
  files: readonly (string | Pick<RepoFile, 'path'>)[],
): Promise<ReadonlySet<string>> => {
  const folders = new Set<string>();
  const pathOf = (file: (typeof files)[number]): string => (typeof file === 'string' ? file : file.path);
  await inSlices(files, (slice) => slice.forEach((file) => folders.add(dirname(paths.entry(commit, pathOf(file))))));
  return folders;
};

/**
 * Makes the folders for these files of a snapshot: each is looked at once, there may be thousands of files.
 * @returns them
 */
export const makeFolders = async (
  paths: RepoPaths,
  commit: string,
  files: readonly RepoFile[],
): Promise<ReadonlySet<string>> => {
  const folders = await foldersOf(paths, commit, files);
  for (const folder of folders) {
    await refuseLinks(paths.root, folder);
    await makeFolder(folder).catch((error: unknown) => {
      throw diskFailure(error, folder);
    });
  }
  return folders;
};

/** Links a snapshot's path to its blob, relatively; a right link is left, a wrong one replaced at once. */
const linkEntry = async (paths: RepoPaths, commit: string, path: string, etag: string): Promise<void> => {
  const entry = paths.entry(commit, path);
  const target = relative(dirname(entry), paths.blob(etag));
  await refuseLinks(paths.root, dirname(entry));
  if ((await readlink(entry).catch(() => undefined)) === target) return;
  await putInPlace(paths, entry, (temporary) => symlink(target, temporary));
};

/** Links all paths of a snapshot to their blobs. */
export const linkEntries = async (paths: RepoPaths, commit: string, files: readonly RepoFile[]): Promise<void> => {
  const folders = await makeFolders(paths, commit, files);
  // How the blobs are reached from each of them.
  const ways = new Map(Array.from(folders, (folder) => [folder, relative(folder, paths.blobs)]));
  await forEachLimit(files, AT_ONCE, async ({ path, etag }) => {
    const entry = paths.entry(commit, path);
    try {
      await symlink(`${ways.get(dirname(entry)) ?? ''}${paths.blob(etag).slice(paths.blobs.length)}`, entry);
    } catch (error) {
      const isInTheWay = codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT';
      if (!isInTheWay) throw diskFailure(error);
      await linkEntry(paths, commit, path, etag);
    }
  });
};
