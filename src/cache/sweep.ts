import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRepoFolder, removeEmpty, type RepoPaths, repoPaths } from './layout.ts';
import { claimPath } from '../transfer/files/written-ranges.ts';
import { RUN } from './temporary.ts';

/** Whose partial file it is: of this blob, in this repository's folder. */
export interface PartName {
  readonly repoFolder: string;
  readonly etag: string;
}

/** Removes a partial file with what is claimed of it. */
export const removePart = async (paths: RepoPaths, etag: string): Promise<void> => {
  const part = paths.part(etag);
  // The claim first: what is claimed must be there.
  for (const path of [`${claimPath(part)}.tmp`, claimPath(part), part]) await rm(path, { force: true });
};

const partsAmong = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => /^([0-9a-f]{40}|[0-9a-f]{64})\.part(?:\.|$)/.exec(name)?.[1] ?? []));

/** The blobs of which partial files, or claims on them, lie in this repository's folder. */
export const partsIn = async ({ partials }: RepoPaths): Promise<ReadonlySet<string>> =>
  partsAmong(await readdir(partials).catch(() => []));

/** What a program that was killed was about to put in place, or tried out. This one's own bear its mark. */
const isLeftOver = (name: string): boolean =>
  /\.(?:tmp|probe)$/.test(name) && !/\.part\./.test(name) && !name.startsWith(RUN);

const sweepFolder = async (
  paths: RepoPaths,
  repoFolder: string,
  isWanted: (part: PartName) => boolean,
): Promise<void> => {
  const names = await readdir(paths.partials).catch(() => undefined);
  if (!names) return;
  for (const etag of partsAmong(names)) if (!isWanted({ repoFolder, etag })) await removePart(paths, etag);
  for (const name of names) {
    if (isLeftOver(name)) await rm(join(paths.partials, name), { recursive: true, force: true });
  }
  await removeEmpty(paths.root, paths.partials);
};

/**
 * Removes partial files, and what else was under way when a program was killed, by what is wanted and never by age: a
 * download may be paused for a year.
 */
export const sweepPartials = async (
  cacheDir: string,
  isWanted: (part: PartName) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  for (const folder of await readdir(cacheDir).catch(() => [])) {
    if (signal.aborted) return;
    if (isRepoFolder(folder)) await sweepFolder(repoPaths(cacheDir, folder), folder, isWanted);
  }
};
