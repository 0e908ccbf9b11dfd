import { realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { type RepoPaths, takeOver, tryToLink } from '../cache/layout.ts';
import { type BlobName, lookAt, type Marks } from '../cache/verified.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import type { RepoFile } from '../domain/listing.ts';
import { inFolder } from '../lib/folder.ts';
import { codeOf } from '../lib/error-code.ts';
import type { Transfer } from '../transfer/transfer.ts';

/** A snapshot that is being looked at, with what that takes. */
export interface Checking {
  readonly transfer: Pick<Transfer, 'hash'>;
  readonly marks: Marks;
  readonly repoFolder: string;
  readonly paths: RepoPaths;
  readonly commit: string;
  readonly signal: AbortSignal;
}

/** A blob of a snapshot, under one path or several. */
export interface Named {
  readonly file: RepoFile;
  /** The other files of the snapshot that are this blob: few are several. */
  readonly others?: readonly RepoFile[] | undefined;
}

/** Of all files of the snapshot that are this blob. */
export const ownPaths = ({ file, others }: Named): string[] => [file.path, ...(others ?? []).map(({ path }) => path)];

/** The blob that lies at this place, in this repository's folder or in another's. */
export const nameOf = ({ repoFolder, paths, commit }: Checking, path: string, etag: string): BlobName => {
  const holder = basename(dirname(dirname(path)));
  // A file from a web address has its place outside of what is kept of it.
  const isOwn = path.startsWith(paths.root + sep) || (paths.isWebFile && path.startsWith(paths.snapshot(commit) + sep));
  return { repoFolder: isOwn ? repoFolder : holder, etag };
};

/** Is the file under this path what its name says? It may have been put there by another tool. */
export const isRight = async (checking: Checking, path: string, file: RepoFile): Promise<boolean> => {
  const { etag, size } = file;
  const { transfer, marks, signal } = checking;
  const name = nameOf(checking, path, etag);
  const looked = await lookAt(path);
  if (looked?.size !== size) return false;
  if (await marks.isVerified(name, looked)) return true;
  // Nothing tells whether it is the one that was fetched.
  if (file.isUnhashed === true) return false;
  signal.throwIfAborted();
  const hash = transfer.hash(path, size, etag);
  signal.addEventListener('abort', hash.drop, { once: true });
  hash.advance(size);
  try {
    const isSame = (await hash.digest) === etag;
    if (isSame) await marks.setVerified(name, looked);
    return isSame;
  } catch (error) {
    signal.throwIfAborted();
    // What somebody has taken away, or nobody may read, is not there.
    if (['ENOENT', 'EACCES', 'EPERM'].includes(codeOf(error))) return false;
    throw diskFailure(error, path);
  } finally {
    signal.removeEventListener('abort', hash.drop);
  }
};

/**
 * True if the blob lies in the cache already, verified; if it lies in another repository's folder, it is linked.
 * @param candidates where files of its name lie
 */
export const isPresent = async (checking: Checking, named: Named, candidates: readonly string[]): Promise<boolean> => {
  if (candidates.length === 0) return false;
  const { commit, paths, marks } = checking;
  const { file } = named;
  const own = new Set([paths.blob(file.etag), ...ownPaths(named).map((path) => paths.entry(commit, path))]);
  for (const path of candidates) {
    if (!(await isRight(checking, path, file))) continue;
    if (own.has(path)) return true;
    await takeOver(paths, path, file.etag);
    const taken = paths.blob(file.etag);
    const [from, to] = [await lookAt(path), await lookAt(taken)];
    // A link changed the times of both; a copy is another file, that nobody has read.
    if (from && to && from.mark === to.mark) {
      await marks.setVerified(nameOf(checking, path, file.etag), from);
      await marks.setVerified(nameOf(checking, taken, file.etag), to);
    }
    return true;
  }
  return false;
};

/** What a file has turned out to be of which nobody had told the hash. */
interface Known {
  /** Where it lies. */
  readonly entry: string;
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** @returns whether it is another name of that one now */
const nameAnew = async ({ paths }: Checking, path: string, { entry, sha256 }: Known): Promise<boolean> => {
  const temporary = join(paths.partials, `${sha256}.same`);
  try {
    const file = await realpath(path);
    if (!(await inFolder(paths.partials, () => tryToLink(file, temporary)))) return false;
    await rename(temporary, entry);
    return true;
  } catch {
    // It lies where it is, whole: that it could lie there once is no reason to fail.
    return false;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
};

/**
 * A file that has come without a hash may lie in the cache already, as it should be: it becomes another name of that one, where the disk allows
 * it, so that its bytes are there once.
 * @param paths where blobs of its hash lie
 */
export const shareWithCache = async (checking: Checking, known: Known, paths: readonly string[]): Promise<void> => {
  const { marks, repoFolder } = checking;
  const { entry, sha256: etag, size } = known;
  for (const path of paths) {
    const name = nameOf(checking, path, etag);
    if (name.repoFolder === repoFolder || !(await isRight(checking, path, { path, size, etag }))) continue;
    if (!(await nameAnew(checking, path, known))) continue;
    // Another name changes the times of a file, not what was verified.
    const [there, here] = [await lookAt(path), await lookAt(entry)];
    if (there) await marks.setVerified(name, there);
    if (here) await marks.setVerified({ repoFolder, etag }, here);
    return;
  }
};
