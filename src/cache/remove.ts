import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RepoFile } from '../domain/listing.ts';
import { LOOKS_AT_ONCE, refuseLinks, type RepoPaths, repoPaths } from './layout.ts';
import { foldersOf } from './links.ts';
import { forEachLimit } from '../lib/for-each-limit.ts';
import { removeEmpty } from '../lib/folder.ts';
import { removeParts } from './sweep.ts';

export interface SnapshotRemoval {
  readonly repoFolder: string;
  readonly commit: string;
  /** Its ref goes too if it points to this commit and nothing of the snapshot remains. */
  readonly revision: string;
  readonly files: readonly RepoFile[];
  /** Blobs that somebody else uses: they stay, and so do the paths of this snapshot that show them. */
  readonly keepEtags: readonly string[];
}

/** The blobs that links of any snapshot point to. */
export const linkedBlobs = async (paths: RepoPaths): Promise<Set<string>> => {
  const entries = await readdir(paths.snapshots, { recursive: true, withFileTypes: true }).catch(() => []);
  const linked = new Set<string>();
  // A few at a time: there may be a hundred thousand, and asking for all at once keeps everybody waiting.
  await forEachLimit(entries, LOOKS_AT_ONCE, async (entry) => {
    if (!entry.isSymbolicLink()) return;
    linked.add(basename(await readlink(join(entry.parentPath, entry.name)).catch(() => '')));
  });
  return linked;
};

/** What removing this name frees: nothing if the same bytes lie in another repository's folder too. */
const freedBy = async (path: string): Promise<number> => {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() && found.nlink === 1 ? found.size : 0;
};

/** Removes partial files and blobs, save those that a snapshot shows. @returns bytes freed */
const removeBlobs = async (paths: RepoPaths, etags: ReadonlySet<string>): Promise<number> => {
  await removeParts(paths, etags);
  const linked = await linkedBlobs(paths);
  let freed = 0;
  for (const etag of etags) {
    if (linked.has(etag)) continue;
    freed += await freedBy(paths.blob(etag));
    await rm(paths.blob(etag), { force: true });
  }
  return freed;
};

const removeEmptyFolders = async (paths: RepoPaths): Promise<void> => {
  for (const folder of [paths.partials, paths.blobs, paths.snapshots, paths.refs])
    await removeEmpty(paths.root, folder);
};

/** Blobs of one repository of which something may have arrived. */
export interface Arrived {
  readonly repoFolder: string;
  readonly etags: readonly string[];
}

/** Removes what has arrived of blobs, whole or in part, save those that a snapshot shows. @returns bytes freed */
export const removeArrived = async (cacheDir: string, { repoFolder, etags }: Arrived): Promise<number> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const freed = await removeBlobs(paths, new Set(etags));
  await removeEmptyFolders(paths);
  return freed;
};

/**
 * Removes a model's paths from its snapshot, and the blobs that nothing shows any more. Whatever else lies in the
 * repository's folder, other snapshots and files of other tools, stays.
 * @returns bytes freed
 */
export const removeSnapshot = async (cacheDir: string, removal: SnapshotRemoval): Promise<number> => {
  const paths = repoPaths(cacheDir, removal.repoFolder);
  const keep = new Set(removal.keepEtags);
  const going = removal.files.filter((file) => !keep.has(file.etag));
  // All are looked at before the first one goes.
  for (const folder of await foldersOf(paths, removal.commit, going)) await refuseLinks(paths.root, folder);
  let freed = 0;
  for (const file of going) {
    const entry = paths.entry(removal.commit, file.path);
    // Where there are no links, this is the file itself.
    freed += await freedBy(entry);
    await rm(entry, { force: true });
    await removeEmpty(paths.snapshot(removal.commit), dirname(entry));
  }
  await removeEmpty(paths.snapshots, paths.snapshot(removal.commit));
  freed += await removeBlobs(paths, new Set(going.map((file) => file.etag)));
  await removeRef(paths, removal);
  await removeEmptyFolders(paths);
  return freed;
};

const removeRef = async (paths: RepoPaths, { revision, commit }: SnapshotRemoval): Promise<void> => {
  const left = await readdir(paths.snapshot(commit)).catch(() => []);
  const ref = paths.ref(revision);
  const points = (await readFile(ref, 'utf8').catch(() => '')).trim() === commit;
  if (!points || left.length > 0) return;
  await rm(ref, { force: true });
  await removeEmpty(paths.refs, dirname(ref));
};
