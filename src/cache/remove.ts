import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { LOOKS_AT_ONCE, refuseLinks, type RepoPaths, repoPaths } from './layout.ts';
import { foldersOf } from './links.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { codeOf } from '../lib/error-code.ts';
import { entriesBelow, removeEmpty } from '../lib/folder.ts';
import type { RepoFolders } from './repo-folders.ts';
import { removeParts } from './sweep.ts';
import { pruneMarks } from './verified.ts';

export interface SnapshotRemoval {
  readonly repoFolder: string;
  readonly commit: string;
  /** Those of its paths that go. If nothing of it remains, the refs that point to this commit go too. */
  readonly paths: readonly string[];
  /** Blobs that go with them, unless a link of any snapshot points to them. */
  readonly etags: readonly string[];
}

/** What lies in a folder that is not there. @throws AppError: it is there, and cannot be read: nobody knows what lies in it */
const nothingIfGone = (folder: string) => (error: unknown) => {
  if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return [];
  throw diskFailure(error, join(folder, 'names'));
};

/**
 * Takes from these blobs those that a link of any snapshot points to. A snapshot may hold a hundred thousand: none of them is kept.
 * @throws AppError: a snapshot cannot be read, and may show any of them
 */
const takeLinked = async (paths: RepoPaths, etags: Set<string>): Promise<void> => {
  try {
    for await (const part of entriesBelow(paths.snapshots)) {
      // A few at a time: asking for all at once keeps everybody waiting.
      await forEachLimit(part, LOOKS_AT_ONCE, async (entry) => {
        if (!entry.isSymbolicLink()) return;
        etags.delete(basename(await readlink(join(entry.parentPath, entry.name)).catch(() => '')));
      });
    }
  } catch (error) {
    throw diskFailure(error, join(paths.snapshots, 'names'));
  }
};

/** Those of these blobs that links of any snapshot point to. @throws as `takeLinked` */
export const linkedBlobs = async (paths: RepoPaths, etags: ReadonlySet<string>): Promise<ReadonlySet<string>> => {
  const unlinked = new Set(etags);
  await takeLinked(paths, unlinked);
  return etags.difference(unlinked);
};

interface Freeing {
  readonly bytes: number;
  /** Names that it has elsewhere: in another repository's folder, too, or in another program's. */
  readonly namesElsewhere: number;
}

/**
 * Removes names, some at a time: one after the other, a hundred thousand would take minutes, in which nothing can be fetched
 * into that repository's folder.
 * @param nameOf where it lies: asked of each when its turn has come, since all at once would keep everybody waiting
 * @returns bytes freed: those of files that have no other name
 */
const removeNames = async (items: Iterable<string>, nameOf: (item: string) => string): Promise<number> => {
  let freed = 0;
  /** Of files that have several names, which are few. */
  const byInode = new Map<bigint, Freeing>();
  await forEachLimit(items, LOOKS_AT_ONCE, async (item) => {
    const found = await lstat(nameOf(item), { bigint: true }).catch(() => undefined);
    if (!found?.isFile()) return;
    if (found.nlink === 1n) {
      freed += Number(found.size);
      return;
    }
    const before = byInode.get(found.ino)?.namesElsewhere ?? Number(found.nlink);
    byInode.set(found.ino, { bytes: Number(found.size), namesElsewhere: before - 1 });
  });
  await forEachLimit(items, LOOKS_AT_ONCE, (item) => rm(nameOf(item), { force: true }));
  for (const { bytes, namesElsewhere } of byInode.values()) if (namesElsewhere <= 0) freed += bytes;
  return freed;
};

/** Removes partial files and blobs, save those that a snapshot shows. @returns bytes freed */
const removeBlobs = async (paths: RepoPaths, etags: readonly string[]): Promise<number> => {
  const going = new Set(etags);
  await removeParts(paths, going);
  await takeLinked(paths, going);
  return removeNames(going, paths.blob);
};

/** Marks of what is gone, and folders without anything. */
const tidyUp = async (folders: RepoFolders, paths: RepoPaths): Promise<void> => {
  await pruneMarks(paths);
  await folders.tidy(paths);
};

/** Blobs of one repository of which something may have arrived. */
export interface Arrived {
  readonly repoFolder: string;
  readonly etags: readonly string[];
}

/** Removes what has arrived of blobs, whole or in part, save those that a snapshot shows. @returns bytes freed */
export const removeArrived = async (
  cacheDir: string,
  folders: RepoFolders,
  { repoFolder, etags }: Arrived,
): Promise<number> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const freed = await removeBlobs(paths, etags);
  await tidyUp(folders, paths);
  return freed;
};

/** Those that would lead nowhere. */
const removeRefs = async (paths: RepoPaths, commit: string): Promise<void> => {
  const snapshot = paths.snapshot(commit);
  if ((await readdir(snapshot).catch(nothingIfGone(snapshot))).length > 0) return;
  const refs = await readdir(paths.refs, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of refs) {
    const ref = join(entry.parentPath, entry.name);
    const isOfIt = entry.isFile() && (await readFile(ref, 'utf8').catch(() => '')).trim() === commit;
    if (!isOfIt) continue;
    await rm(ref, { force: true });
    await removeEmpty(paths.refs, entry.parentPath);
  }
};

/**
 * Removes paths from a snapshot, and blobs that nothing shows any more. Whatever else lies in the
 * repository's folder, other snapshots and files of other tools, stays.
 * @returns bytes freed
 */
export const removeSnapshot = async (
  cacheDir: string,
  folders: RepoFolders,
  removal: SnapshotRemoval,
): Promise<number> => {
  const paths = repoPaths(cacheDir, removal.repoFolder);
  // All are looked at before the first one goes.
  for (const folder of await foldersOf(paths, removal.commit, removal.paths)) await refuseLinks(paths.root, folder);
  const snapshot = paths.snapshot(removal.commit);
  const parents = new Set<string>();
  // Where there are no links, these are the files themselves.
  let freed = await removeNames(removal.paths, (path) => {
    const entry = paths.entry(removal.commit, path);
    parents.add(dirname(entry));
    return entry;
  });
  for (const folder of parents) await removeEmpty(snapshot + sep, folder);
  // In this order: to huggingface_hub a cache is corrupt in which a ref or a link leads nowhere.
  await removeRefs(paths, removal.commit);
  await removeEmpty(snapshot, snapshot);
  freed += await removeBlobs(paths, removal.etags);
  await tidyUp(folders, paths);
  return freed;
};
