import type { Dirent } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isEtag } from '../domain/hashes.ts';
import { isSafePath } from '../domain/repo/repo.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { LOOKS_AT_ONCE, type RepoPaths, repoPaths } from './layout.ts';
import { filesBelow } from './scan.ts';

/** A file of a snapshot, as it lies there. */
export interface ShownFile {
  /** `/`-separated. */
  readonly path: string;
  readonly size: number;
  /** The name of the blob that it leads to, where that is the hash of its content; nobody has read it for that. */
  readonly etag?: string | undefined;
}

/** A part of a snapshot. */
export interface ShownFiles {
  /** Absolute. */
  readonly snapshotPath: string;
  readonly files: readonly ShownFile[];
}

/** As Python and hubgram name blobs. Where the disk has no links, and for what others link elsewhere, there is no name. */
const blobName = async ({ blobs }: RepoPaths, entry: string): Promise<string | undefined> => {
  const target = await readlink(entry).catch(() => undefined);
  if (target === undefined) return undefined;
  const blob = resolve(dirname(entry), target);
  const name = basename(blob);
  return dirname(blob) === blobs && isEtag(name) ? name : undefined;
};

const look = async (paths: RepoPaths, snapshot: string, entry: Dirent): Promise<ShownFile | undefined> => {
  const shown = join(entry.parentPath, entry.name);
  const path = relative(snapshot, shown).split(sep).join('/');
  const found = await stat(shown).catch(() => undefined);
  if (!found?.isFile() || !isSafePath(path)) return undefined;
  const etag = await blobName(paths, shown);
  return { path, size: found.size, ...(etag === undefined ? {} : { etag }) };
};

/**
 * The files of a snapshot, whoever has put them there, in slices; links to nothing are left out. Nothing is read. Ends when the
 * signal is aborted.
 * @throws AppError validation: no repository has such a folder; integrity: that is no commit
 */
export async function* shownFiles(
  cacheDir: string,
  { repoFolder, commit }: { readonly repoFolder: string; readonly commit: string },
  signal: AbortSignal,
): AsyncIterable<ShownFiles> {
  const paths = repoPaths(cacheDir, repoFolder);
  const snapshotPath = paths.snapshot(commit);
  for await (const batch of filesBelow(snapshotPath)) {
    if (signal.aborted) return;
    const files: ShownFile[] = [];
    await forEachLimit(batch, LOOKS_AT_ONCE, async (entry) => {
      const file = await look(paths, snapshotPath, entry);
      if (file) files.push(file);
    });
    yield { snapshotPath, files };
  }
}
