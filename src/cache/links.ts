import { mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { RepoFile } from '../domain/listing.ts';
import { putInPlace, refuseLinks, type RepoPaths } from './layout.ts';
import { diskFailure } from '../domain/disk-failure.ts';
import { codeOf } from '../lib/error-code.ts';
import { forEachLimit } from '../lib/for-each-limit.ts';

const AT_ONCE = 16;

/** Links a snapshot's path to its blob, relatively; a right link is left, a wrong one replaced at once. */
const linkEntry = async (paths: RepoPaths, commit: string, path: string, etag: string): Promise<void> => {
  const entry = paths.entry(commit, path);
  const target = relative(dirname(entry), paths.blob(etag));
  await refuseLinks(paths.root, dirname(entry));
  if ((await readlink(entry).catch(() => undefined)) === target) return;
  await putInPlace(paths, entry, (temporary) => symlink(target, temporary));
};

/** Links all paths of a snapshot to their blobs. The folders are looked at once each: there may be thousands of files. */
export const linkEntries = async (paths: RepoPaths, commit: string, files: readonly RepoFile[]): Promise<void> => {
  const folders = new Set(files.map(({ path }) => dirname(paths.entry(commit, path))));
  for (const folder of folders) {
    await refuseLinks(paths.root, folder);
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw diskFailure(error);
    });
  }
  await forEachLimit(files, AT_ONCE, async ({ path, etag }) => {
    const entry = paths.entry(commit, path);
    try {
      await symlink(relative(dirname(entry), paths.blob(etag)), entry);
    } catch (error) {
      const isInTheWay = codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT';
      if (!isInTheWay) throw diskFailure(error);
      await linkEntry(paths, commit, path, etag);
    }
  });
};
