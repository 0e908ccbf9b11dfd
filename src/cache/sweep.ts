import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRepoFolder, type RepoPaths, repoPaths } from './layout.ts';
import { isUnused, type RepoFolders } from './repo-folders.ts';
import { RUN } from './temporary.ts';
import { isEtag } from '../domain/hashes.ts';
import { pruneMarks } from './verified.ts';

/** Partial files of one repository's folder, by their blobs. */
export interface Parts {
  readonly repoFolder: string;
  readonly etags: readonly string[];
}

/** Removes partial files, with what is kept beside each of them: that goes first, since what it says must be there. */
export const removeParts = async (paths: RepoPaths, etags: ReadonlySet<string>): Promise<void> => {
  const names = await readdir(paths.partials).catch(() => []);
  const going = names.filter((name) => etags.has(partName(name) ?? ''));
  // A source that fills a folder has one under this name.
  for (const name of going.toSorted((left, right) => right.length - left.length))
    await rm(join(paths.partials, name), { recursive: true, force: true });
};

/** The blob of which this is the partial file, or something that is kept beside it. */
const partName = (name: string): string | undefined => {
  const [etag = '', rest] = name.split('.part', 2);
  return isEtag(etag) && rest !== undefined && /^(?:\.|$)/.test(rest) ? etag : undefined;
};

const partsAmong = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => partName(name) ?? []));

/** The blobs of which partial files, or their control files, lie in this repository's folder. */
export const partsIn = async ({ partials }: RepoPaths): Promise<ReadonlySet<string>> =>
  partsAmong(await readdir(partials).catch(() => []));

/** What a program that was killed was about to put in place, or tried out. This one's own bear its mark. */
const isLeftOver = (name: string): boolean =>
  /\.(?:tmp|probe)$/.test(name) && !/\.part\./.test(name) && !name.startsWith(RUN);

/** Control files whose partial files are gone: they speak of nothing. */
const orphansAmong = (names: readonly string[]): string[] => {
  const there = new Set(names);
  return names.filter((name) => {
    const etag = partName(name);
    return etag !== undefined && !there.has(`${etag}.part`);
  });
};

/** What is looked at one by one is told of in slices: there may be a hundred thousand. */
const SLICE = 1000;

/**
 * Tells which partial files lie in the cache, folder by folder; a folder with none in which something else may lie that is to
 * be swept comes as well.
 */
export async function* listPartials(cacheDir: string, signal: AbortSignal): AsyncIterable<Parts> {
  for (const repoFolder of await readdir(cacheDir).catch(() => [])) {
    if (signal.aborted) return;
    if (!isRepoFolder(repoFolder)) continue;
    const paths = repoPaths(cacheDir, repoFolder);
    const names = await readdir(paths.partials).catch(() => undefined);
    if (!names && !(await isUnused(paths))) continue;
    const etags = [...partsAmong(names ?? [])];
    for (let from = 0; from === 0 || from < etags.length; from += SLICE)
      yield { repoFolder, etags: etags.slice(from, from + SLICE) };
  }
}

/**
 * Removes these partial files, and what else was under way in their folder when a program was killed. Marks go with what they
 * are of.
 */
export const sweepFolder = async (
  cacheDir: string,
  folders: RepoFolders,
  { repoFolder, etags }: Parts,
): Promise<void> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const names = await readdir(paths.partials).catch(() => undefined);
  if (!names) return folders.dropUnused(paths);
  await removeParts(paths, new Set(etags));
  for (const name of [...names.filter(isLeftOver), ...orphansAmong(names)])
    await rm(join(paths.partials, name), { recursive: true, force: true });
  await pruneMarks(paths);
  await folders.tidy(paths);
};
