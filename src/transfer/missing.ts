import { readdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RepoFile } from '../domain/listing.ts';
import type { BlobIndex } from './blob-index.ts';
import { fileSize, LOOKS_AT_ONCE, repoPaths } from './cache.ts';
import { together } from './together.ts';

/** Bytes that a partial file takes on the disk. It is as long as the whole one from the beginning; its blocks tell. */
const written = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found && found.blocks * 512;
};

const hasOne = async (places: readonly string[], size: number): Promise<boolean> => {
  for (const place of places) if ((await fileSize(place)) === size) return true;
  return false;
};

/** What is wanted of one repository. */
export interface Wanted {
  readonly repoFolder: string;
  readonly files: readonly RepoFile[];
  /** Where there are no links, the files lie in the snapshots of these commits. */
  readonly commits: readonly string[];
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
  await together(wanted.files, LOOKS_AT_ONCE, async ({ path, size }) => {
    if ((await fileSize(paths.entry(wanted.commit, path))) !== size) missing += 1;
  });
  if (missing > 0 && !(await stat(cacheDir).catch(() => undefined))) return undefined;
  return missing;
};

/** Bytes that these files still have to write to the disk; what lies in any repository's folder is there. */
export const missingBytes = async (
  cacheDir: string,
  index: BlobIndex,
  { repoFolder, files, commits }: Wanted,
): Promise<number> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const unique = new Map(files.map((file) => [file.etag, file]));
  // These first: one that gets its final name meanwhile is seen twice rather than not at all.
  const partials = new Set(await readdir(paths.partials).catch(() => []));
  const places = await index.find(repoFolder, new Set(unique.keys()));
  const same = Map.groupBy(files, ({ etag }) => etag);
  const entriesOf = (etag: string): string[] =>
    (same.get(etag) ?? []).flatMap(({ path }) => commits.map((commit) => paths.entry(commit, path)));
  let missing = 0;
  await together([...unique.values()], LOOKS_AT_ONCE, async ({ etag, size }) => {
    if (await hasOne(places.get(etag) ?? [], size)) return;
    if (await hasOne(entriesOf(etag), size)) return;
    const part = paths.part(etag);
    const there = partials.has(basename(part)) ? await written(part) : 0;
    if (there === undefined && (await hasOne([paths.blob(etag)], size))) return;
    missing += Math.max(0, size - (there ?? 0));
  });
  return missing;
};
