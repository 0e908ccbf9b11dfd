import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { link, lstat, readlink, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { type RepoPaths, repoPaths } from '../../cache/layout.ts';
import type { LinkWay } from '../../domain/apps/link.ts';
import { AppError, messageOf } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { codeOf } from '../../lib/error-code.ts';
import { removeEmpty } from '../../lib/folder.ts';
import { type AppPlace, enterFolders, isFolderThere, placeOf } from './app-folder.ts';

/** Names that are to be made in the folders of other programs for files of a snapshot. */
export interface LinksWanted {
  readonly repoFolder: string;
  readonly commit: string;
  readonly links: readonly (AppPlace & {
    readonly file: RepoFile;
    /** The proof of what was made at that place before: that may be replaced, and nothing else. */
    readonly replaces: string | null;
    /** It may have been made already, before somebody could note it. */
    readonly isRetried: boolean;
  })[];
}

/** What became of one of them. */
export type LinkMade =
  | {
      readonly state: 'made';
      readonly way: LinkWay /** Tells it from whatever else may come to lie there. */;
      readonly proof: string;
    }
  | { readonly state: 'refused' /** A sentence. */; readonly message: string };

/** Names that were made, or may have been. */
export interface LinksMade {
  readonly repoFolder: string;
  readonly links: readonly (AppPlace & {
    /** Of the folders on the way these stay, even when they are empty. */
    readonly kept: string;
    readonly etag: string;
    readonly proof: string | null;
  })[];
}

/** What lies at the place of a link: `unknown` if nobody can say, since the program's folder is not there. */
export type LinkFound = 'there' | 'missing' | 'foreign' | 'unknown';

const REAL = { link, symlink };

/** What links are made with. */
type LinkFunctions = typeof REAL;

const hardProof = ({ ino, size, mtimeNs }: BigIntStats): string => `hard ${ino} ${size} ${mtimeNs}`;
const symbolicProof = (target: string): string => `symbolic ${target}`;

interface Lying {
  readonly stats: BigIntStats;
  readonly proof: string;
}

const lyingAt = async (place: string): Promise<Lying | undefined> => {
  const stats = await lstat(place, { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!stats) return undefined;
  return { stats, proof: stats.isSymbolicLink() ? symbolicProof(await readlink(place)) : hardProof(stats) };
};

/** A file that is to be shown: by the name that stays as long as its content does, and by what it is on the disk. */
interface Shown {
  readonly path: string;
  readonly real: string;
  readonly stats: BigIntStats;
}

/** A blob outlives the snapshots that show it: after an update that leaves the file as it is, a link to it still leads there. */
const shownFile = async (paths: RepoPaths, commit: string, { path, etag }: RepoFile): Promise<Shown> => {
  for (const name of [paths.blob(etag), paths.entry(commit, path)]) {
    const stats = await stat(name, { bigint: true }).catch(() => undefined);
    if (stats?.isFile()) return { path: name, real: await realpath(name), stats };
  }
  throw new AppError('not_found', `“${path}” is no longer on the disk: fetch the model again first.`);
};

const isOf = ({ path, stats }: Shown, lying: Lying): boolean =>
  lying.proof === symbolicProof(path) || (lying.stats.ino === stats.ino && lying.stats.dev === stats.dev);

/** Why a hard link cannot be, where a symbolic one may: another disk, one without hard links, or a file of somebody else. */
const TRY_OTHERWISE = new Set(['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/** Fails with EEXIST rather than taking the place of anything. */
const makeAt = async ({ link, symlink }: LinkFunctions, { path, real }: Shown, place: string): Promise<LinkWay> => {
  try {
    await link(real, place);
    return 'hard';
  } catch (error) {
    if (!TRY_OTHERWISE.has(codeOf(error))) throw error;
  }
  try {
    await symlink(path, place);
    return 'symbolic';
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOSPC' || codeOf(error) === 'EROFS') throw error;
    if (codeOf(error) === 'EACCES') throw error;
    throw new AppError(
      'operational',
      `The disk with ${dirname(place)} takes no link to a file of another disk, and copies are not made unasked.`,
      { cause: error },
    );
  }
};

const inTheWay = (place: string): AppError =>
  new AppError('operational', `Something that is not hubgram’s lies at ${place}. Move it away, and link again.`);

/** In one step: whoever reads at that moment finds the old one or the new one. */
const replaceAt = async (fs: LinkFunctions, shown: Shown, place: string): Promise<LinkWay> => {
  const temporary = join(dirname(place), `.hubgram-${randomBytes(8).toString('hex')}.tmp`);
  try {
    const way = await makeAt(fs, shown, temporary);
    await rename(temporary, place);
    return way;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
};

const madeAt = async (way: LinkWay, place: string): Promise<LinkMade> => {
  const lying = await lyingAt(place);
  if (!lying) throw new AppError('changed', `Something has removed ${place} at once.`);
  return { state: 'made', way, proof: lying.proof };
};

const makeOne = async (
  fs: LinkFunctions,
  paths: RepoPaths,
  commit: string,
  { file, replaces, isRetried, ...at }: LinksWanted['links'][number],
): Promise<LinkMade> => {
  const place = placeOf(at);
  const shown = await shownFile(paths, commit, file);
  if (!(await isFolderThere(at.folder))) {
    throw new AppError('not_found', `The folder ${at.folder} is not there, or its disk is not.`);
  }
  await enterFolders(at, true);
  const lying = await lyingAt(place);
  // What somebody else has linked by hand is theirs, however like ours it looks.
  if (lying && isRetried && isOf(shown, lying))
    return madeAt(lying.stats.isSymbolicLink() ? 'symbolic' : 'hard', place);
  if (lying && lying.proof !== replaces) throw inTheWay(place);
  const way = await (lying ? replaceAt(fs, shown, place) : makeAt(fs, shown, place)).catch((error: unknown) => {
    throw codeOf(error) === 'EEXIST' ? inTheWay(place) : error;
  });
  return madeAt(way, place);
};

/**
 * Shows files of a snapshot to another program: by a hard link on the same file system, otherwise by a symbolic one, never
 * by a copy, and never in place of what is not hubgram's.
 * @param fs what links are made with, if not Node's own
 * @returns what became of each, in their order
 */
export const makeLinks = async (
  cacheDir: string,
  wanted: LinksWanted,
  fs: LinkFunctions = REAL,
): Promise<readonly LinkMade[]> => {
  const paths = repoPaths(cacheDir, wanted.repoFolder);
  const made: LinkMade[] = [];
  for (const one of wanted.links) {
    try {
      made.push(await makeOne(fs, paths, wanted.commit, one));
    } catch (error) {
      const failure = diskFailure(error, join(one.folder, one.path));
      if (!(failure instanceof AppError)) throw failure;
      made.push({ state: 'refused', message: messageOf(failure) });
    }
  }
  return made;
};

type Made = LinksMade['links'][number];

const isOurs = async (paths: RepoPaths, { etag, proof }: Made, lying: Lying): Promise<boolean> => {
  if (lying.proof === proof) return true;
  // Killed between the deed and its note, or noted of the one before.
  if (lying.proof === symbolicProof(paths.blob(etag))) return true;
  const blob = await stat(paths.blob(etag), { bigint: true }).catch(() => undefined);
  return blob !== undefined && blob.ino === lying.stats.ino && blob.dev === lying.stats.dev;
};

const removeOne = async (paths: RepoPaths, made: Made): Promise<LinkFound> => {
  const place = placeOf(made);
  if (!(await isFolderThere(made.folder))) return 'unknown';
  if (!(await enterFolders(made, false))) return 'missing';
  const lying = await lyingAt(place);
  if (lying && !(await isOurs(paths, made, lying))) return 'foreign';
  if (lying) await rm(place, { force: true });
  await removeEmpty(join(made.folder, made.kept) + sep, dirname(place));
  return lying ? 'there' : 'missing';
};

/** @returns what lay at each place, in their order: what was hubgram's (`there`) is gone now, the rest is left */
export const removeLinks = async (cacheDir: string, links: LinksMade): Promise<readonly LinkFound[]> => {
  const paths = repoPaths(cacheDir, links.repoFolder);
  const found: LinkFound[] = [];
  for (const one of links.links) {
    found.push(
      await removeOne(paths, one).catch((error: unknown) => {
        // A folder that is a link now, or a disk that is read-only: whatever lies there stays.
        if (diskFailure(error) instanceof AppError) return 'unknown';
        throw error;
      }),
    );
  }
  return found;
};

const lookAtOne = async (paths: RepoPaths, made: Made): Promise<LinkFound> => {
  if (!(await isFolderThere(made.folder))) return 'unknown';
  const lying = await lyingAt(placeOf(made));
  if (!lying) return 'missing';
  return (await isOurs(paths, made, lying)) ? 'there' : 'foreign';
};

/** @returns what lies at each place, in their order */
export const lookAtLinks = async (cacheDir: string, links: LinksMade): Promise<readonly LinkFound[]> => {
  const paths = repoPaths(cacheDir, links.repoFolder);
  const found: LinkFound[] = [];
  for (const one of links.links) {
    found.push(await lookAtOne(paths, one).catch(() => 'unknown' as const));
  }
  return found;
};
