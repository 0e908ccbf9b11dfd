import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RepoFile } from '../domain/listing.ts';
import type { BlobIndex } from './blob-index.ts';
import type { ReadCaches } from './read-caches.ts';
import { inSlices } from '../lib/async/slices.ts';
import { fileSize, LOOKS_AT_ONCE, repoPaths } from './layout.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';

/** Bytes that a partial file takes on the disk. It is as long as the whole one from the beginning; its blocks tell. */
const written = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.blocks * 512 : undefined;
};

/** What a folder holds that a source is filling: files of several blobs. */
const writtenIn = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  let bytes = 0;
  await forEachLimit(names, LOOKS_AT_ONCE, async (name) => {
    bytes += (await written(join(folder, name))) ?? 0;
  });
  return bytes;
};

const hasOne = async (paths: readonly string[], size: number): Promise<boolean> => {
  for (const path of paths) if ((await fileSize(path)) === size) return true;
  return false;
};

/** What is wanted of one repository. */
export interface Wanted {
  readonly repoFolder: string;
  readonly files: readonly RepoFile[];
  /** Where there are no links, the files lie in the snapshots of these commits. */
  readonly commits: readonly string[];
  /** How old what is known of other repositories' blobs may be, in milliseconds; unless told, they are looked at now. */
  readonly maxAgeMs?: number;
}

/** What should be there: a snapshot, whole. */
export type Published = Pick<Wanted, 'repoFolder' | 'files'> & { readonly commit: string };

/**
 * How many files of a snapshot are not there any more, or not in their size. Nothing is read: content is another question.
 * @returns undefined if the cache itself is not there: its disk may not be mounted
 */
export const missingFiles = async (cacheDir: string, wanted: Published): Promise<number | undefined> => {
  const paths = repoPaths(cacheDir, wanted.repoFolder);
  let missing = 0;
  await forEachLimit(wanted.files, LOOKS_AT_ONCE, async ({ path, size }) => {
    if ((await fileSize(paths.entry(wanted.commit, path))) !== size) missing += 1;
  });
  if (missing > 0 && !(await stat(cacheDir).catch(() => undefined))) return undefined;
  return missing;
};

/**
 * The paths of a snapshot at which a file of the right size lies. Nothing is read.
 * @returns nothing at once if no snapshot is there
 */
export const filesThere = async (cacheDir: string, { repoFolder, commit, files }: Published): Promise<string[]> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const there: string[] = [];
  if (!(await stat(paths.snapshot(commit)).catch(() => undefined))) return there;
  await forEachLimit(files, LOOKS_AT_ONCE, async ({ path, size }) => {
    if ((await fileSize(paths.entry(commit, path))) === size) there.push(path);
  });
  return there;
};

/** Files by their content: nearly all have one path, and a list may be very long. */
const byContent = async (files: readonly RepoFile[]): Promise<ReadonlyMap<string, RepoFile | readonly RepoFile[]>> => {
  const same = new Map<string, RepoFile | RepoFile[]>();
  await inSlices(files, (slice) => {
    for (const file of slice) {
      const known = same.get(file.etag);
      if (!known) same.set(file.etag, file);
      else if (Array.isArray(known)) known.push(file);
      else same.set(file.etag, [known, file]);
    }
  });
  return same;
};

/** What is known of blobs that lie elsewhere. */
export interface Elsewhere {
  readonly index: BlobIndex;
  readonly readCaches: Pick<ReadCaches, 'find' | 'canLink'>;
}

/**
 * Bytes that these files still have to write to the disk; what lies in any repository's folder is there, and what can be
 * linked from a cache of others.
 */
export const missingBytes = async (
  cacheDir: string,
  { index, readCaches }: Elsewhere,
  { repoFolder, files, commits, maxAgeMs }: Wanted,
): Promise<number> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const contents = await byContent(files);
  // These first: one that gets its final name meanwhile is seen twice rather than not at all.
  const partials = new Set(await readdir(paths.partials).catch(() => []));
  const pathsOf = await index.find(repoFolder, maxAgeMs);
  const pathsOfOthers = await readCaches.find(maxAgeMs);
  let missing = 0;
  let filled = 0;
  await forEachLimit(contents, LOOKS_AT_ONCE, async ([etag, same]) => {
    const all = [same].flat();
    const size = all[0]?.size ?? 0;
    if (await hasOne(pathsOf(etag), size)) return;
    const entries = all.flatMap(({ path }) => commits.map((commit) => paths.entry(commit, path)));
    if (await hasOne(entries, size)) return;
    const part = paths.part(etag);
    if (paths.isWebFile && partials.has(basename(part))) filled += await writtenIn(part);
    const there = partials.has(basename(part)) ? await written(part) : 0;
    if (there === undefined && (await hasOne([paths.blob(etag)], size))) return;
    if (await readCaches.canLink(pathsOfOthers(etag), size)) return;
    missing += Math.max(0, size - (there ?? 0));
  });
  return Math.max(0, missing - filled);
};
