/* cache/use: when files of a cache were last used, as far as the disk says it. */

import { stat } from 'node:fs/promises';
import type { Disks } from '../disk.ts';
import { LOOKS_AT_ONCE, repoPaths } from '../layout.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import type { Published } from '../missing.ts';

/** When the files of a snapshot were last used, as far as their disk tells. */
export interface LastUse {
  /** Milliseconds since the epoch: of the file for which it is the latest. */
  readonly at: number;
  /** `read`: somebody read it then. `change`: the disk does not note that, and then it was written. */
  readonly by: 'read' | 'change';
}

/**
 * What is small beside the largest file, such as a configuration, is read by whoever looks at a repository, and one with those of
 * others: it tells nothing of whether the model is used.
 */
const SMALL = 10;

/**
 * Looks when the files of a snapshot were last read. Most disks note the first reading of a day (relatime); some none at all,
 * which is found out by reading.
 * @returns undefined if nothing of the snapshot is there
 */
export const lastUse = async (
  cacheDir: string,
  disks: Pick<Disks, 'of'>,
  { repoFolder, commit, files }: Published,
): Promise<LastUse | undefined> => {
  const paths = repoPaths(cacheDir, repoFolder);
  let [read, changed] = [0, 0];
  const largest = files.reduce((most, { size }) => Math.max(most, size), 0);
  await forEachLimit(files, LOOKS_AT_ONCE, async ({ path, size }) => {
    if (size * SMALL < largest) return;
    const found = await stat(paths.entry(commit, path)).catch(() => undefined);
    if (!found?.isFile()) return;
    read = Math.max(read, found.atimeMs);
    changed = Math.max(changed, found.mtimeMs);
  });
  if (changed === 0) return undefined;
  // A full disk cannot be tried out.
  const { tellsReads } = await disks.of(paths).catch(() => ({ tellsReads: false }));
  return tellsReads
    ? { at: Math.trunc(Math.max(read, changed)), by: 'read' }
    : { at: Math.trunc(changed), by: 'change' };
};
