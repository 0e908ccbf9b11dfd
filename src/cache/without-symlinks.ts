import { copyFile, link, readdir, rename } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import { putInPlace, type RepoPaths } from './layout.ts';
import { makeFolders } from './links.ts';
import type { Disk } from './disk.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { codeOf } from '../lib/error-code.ts';
import { linkedBlobs } from './remove.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { isCommit } from '../domain/hashes.ts';

/** The snapshots of a repository that lie on the disk; this commit's comes first. */
export const commitsOf = async (paths: RepoPaths, commit: string): Promise<string[]> => {
  const names = await readdir(paths.snapshots).catch(() => []);
  return [commit, ...names.filter((name) => isCommit(name) && name !== commit)];
};

export interface Placing {
  readonly paths: RepoPaths;
  readonly commit: string;
  readonly disk: Pick<Disk, 'hardLinks'>;
  /** The right file lies there, verified. */
  readonly isThere: (path: string, file: RepoFile) => Promise<boolean>;
}

const AT_ONCE = 4;

/** How a blob gets to a path: `move` takes it out of `blobs`. */
type Way = 'link' | 'copy' | 'move';

const put = async (paths: RepoPaths, way: Way, blob: string, entry: string): Promise<void> => {
  if (way === 'link') return putInPlace(paths, entry, (temporary) => link(blob, temporary));
  if (way === 'copy') return putInPlace(paths, entry, (temporary) => copyFile(blob, temporary));
  try {
    await rename(blob, entry);
  } catch (error) {
    throw diskFailure(error);
  }
};

/** All files of a snapshot that are one blob. */
const placeOne = async (placing: Placing, linked: ReadonlySet<string>, files: readonly RepoFile[]): Promise<void> => {
  const { paths, commit, disk, isThere } = placing;
  const missing: RepoFile[] = [];
  for (const file of files) if (!(await isThere(paths.entry(commit, file.path), file))) missing.push(file);
  for (const [index, { path, etag }] of missing.entries()) {
    const entry = paths.entry(commit, path);
    const isLast = index === missing.length - 1 && missing.length === files.length && !linked.has(etag);
    const there = missing.length < files.length ? files.find((file) => !missing.includes(file)) : undefined;
    // One of its paths may have it already, and `blobs` no more.
    const from = there === undefined ? paths.blob(etag) : paths.entry(commit, there.path);
    await put(paths, disk.hardLinks ? 'link' : isLast ? 'move' : 'copy', from, entry);
  }
};

/**
 * Puts the files themselves into a snapshot, where the disk has no symbolic links; as huggingface_hub does it (`_create_symlink`
 * in file_download.py): the blob is moved there, or copied if another snapshot shows it. Where the disk has hard links, it
 * stays in `blobs` as well.
 */
export const placeFiles = async (placing: Placing, files: readonly RepoFile[]): Promise<void> => {
  const { paths, commit } = placing;
  await makeFolders(paths, commit, files);
  const linked = await linkedBlobs(paths, new Set(files.map(({ etag }) => etag)));
  await forEachLimit([...Map.groupBy(files, ({ etag }) => etag).values()], AT_ONCE, async (same) => {
    try {
      await placeOne(placing, linked, same);
    } catch (error) {
      const isGone = codeOf(error instanceof AppError ? error.cause : error) === 'ENOENT';
      if (!isGone) throw error;
      // Another job for the same snapshot was faster, and has put it there.
      await placeOne(placing, linked, same);
    }
  });
};
