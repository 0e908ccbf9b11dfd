import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type link, lstat, readlink, realpath, rm, stat, type symlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { RepoPaths } from '../../cache/layout.ts';
import type { LinkWay } from '../../domain/apps/link.ts';
import { AppError } from '../../domain/errors.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { codeOf } from '../../lib/error-code.ts';
import { removeEmpty } from '../../lib/folder.ts';
import { enterFolders, isFolderThere, pathInFolder } from './app-folder.ts';
import type { LinkFound, LinkMade, LinkNoted, LinkWanted } from './wanted.ts';

/** What links are made with. */
export interface LinkFunctions {
  readonly link: typeof link;
  readonly symlink: typeof symlink;
  readonly rename: (from: string, to: string) => Promise<void>;
}

const hardProof = ({ ino, size, mtimeNs }: BigIntStats): string => `hard ${ino} ${size} ${mtimeNs}`;
const symbolicProof = (target: string): string => `symbolic ${target}`;

interface Lying {
  readonly stats: BigIntStats;
  readonly proof: string;
}

const lyingAt = async (linkPath: string): Promise<Lying | undefined> => {
  const stats = await lstat(linkPath, { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!stats) return undefined;
  return { stats, proof: stats.isSymbolicLink() ? symbolicProof(await readlink(linkPath)) : hardProof(stats) };
};

/** Whose files are shown, and what links are made with. */
export interface Snapshot {
  readonly paths: RepoPaths;
  readonly commit: string;
  readonly fs: LinkFunctions;
}

/** A file that is to be shown: by the name that stays as long as its content does, and by what it is on the disk. */
interface Shown {
  readonly path: string;
  readonly real: string;
  readonly stats: BigIntStats;
}

/** A blob outlives the snapshots that show it: after an update that leaves the file as it is, a link to it still leads there. */
export const shownFile = async (paths: RepoPaths, commit: string, { path, etag }: RepoFile): Promise<Shown> => {
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
const makeAt = async ({ link, symlink }: LinkFunctions, { path, real }: Shown, linkPath: string): Promise<LinkWay> => {
  try {
    await link(real, linkPath);
    return 'hard';
  } catch (error) {
    if (!TRY_OTHERWISE.has(codeOf(error))) throw error;
  }
  try {
    await symlink(path, linkPath);
    return 'symbolic';
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOSPC' || codeOf(error) === 'EROFS') throw error;
    if (codeOf(error) === 'EACCES') throw error;
    throw new AppError(
      'operational',
      `The disk with ${dirname(linkPath)} takes no link to a file of another disk, and copies are not made unasked.`,
      { cause: error },
    );
  }
};

const inTheWay = (linkPath: string): AppError =>
  new AppError('operational', `Something that is not hubgram’s lies at ${linkPath}. Move it away, and link again.`);

/** In one step: whoever reads at that moment finds the old one or the new one. */
const replaceAt = async (fs: LinkFunctions, shown: Shown, linkPath: string): Promise<LinkWay> => {
  const temporary = join(dirname(linkPath), `.hubgram-${randomBytes(8).toString('hex')}.tmp`);
  try {
    const way = await makeAt(fs, shown, temporary);
    await fs.rename(temporary, linkPath);
    return way;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
};

const madeAt = async (way: LinkWay, linkPath: string): Promise<LinkMade> => {
  const lying = await lyingAt(linkPath);
  if (!lying) throw new AppError('changed', `Something has removed ${linkPath} at once.`);
  return { state: 'made', way, proof: lying.proof };
};

/**
 * Shows a file of a snapshot to another program: by a hard link on the same file system, otherwise by a symbolic one, never
 * by a copy, and never in place of what is not hubgram's.
 * @throws AppError with the place; whatever the disk refuses
 */
export const makeOne = async (
  { paths, commit, fs }: Snapshot,
  { file, replaces, isRetried, ...at }: Omit<LinkWanted, 'ollama'>,
): Promise<LinkMade> => {
  const linkPath = pathInFolder(at);
  const shown = await shownFile(paths, commit, file);
  if (!(await isFolderThere(at.folder))) {
    throw new AppError('not_found', `The folder ${at.folder} is not there, or its disk is not.`);
  }
  await enterFolders(at, true);
  const lying = await lyingAt(linkPath);
  // What somebody else has linked by hand is theirs, however like ours it looks.
  if (lying && isRetried && isOf(shown, lying))
    return madeAt(lying.stats.isSymbolicLink() ? 'symbolic' : 'hard', linkPath);
  if (lying && lying.proof !== replaces) throw inTheWay(linkPath);
  const way = await (lying ? replaceAt(fs, shown, linkPath) : makeAt(fs, shown, linkPath)).catch((error: unknown) => {
    throw codeOf(error) === 'EEXIST' ? inTheWay(linkPath) : error;
  });
  return madeAt(way, linkPath);
};

const isOurs = async (paths: RepoPaths, { etag, proof }: LinkNoted, lying: Lying): Promise<boolean> => {
  if (lying.proof === proof) return true;
  // Killed between the deed and its note, or noted of the one before.
  if (lying.proof === symbolicProof(paths.blob(etag))) return true;
  const blob = await stat(paths.blob(etag), { bigint: true }).catch(() => undefined);
  return blob !== undefined && blob.ino === lying.stats.ino && blob.dev === lying.stats.dev;
};

/** @returns what lay at its place: what was hubgram's (`there`) is gone now, the rest is left */
export const removeOne = async (paths: RepoPaths, made: LinkNoted): Promise<LinkFound> => {
  const linkPath = pathInFolder(made);
  if (!(await isFolderThere(made.folder))) return 'unknown';
  if (!(await enterFolders(made, false))) return 'missing';
  const lying = await lyingAt(linkPath);
  if (lying && !(await isOurs(paths, made, lying))) return 'foreign';
  if (lying) await rm(linkPath, { force: true });
  await removeEmpty(join(made.folder, made.kept) + sep, dirname(linkPath));
  return lying ? 'there' : 'missing';
};

/** @returns what lies at its place */
export const lookAtOne = async (paths: RepoPaths, made: LinkNoted): Promise<LinkFound> => {
  if (!(await isFolderThere(made.folder))) return 'unknown';
  const lying = await lyingAt(pathInFolder(made));
  if (!lying) return 'missing';
  return (await isOurs(paths, made, lying)) ? 'there' : 'foreign';
};
