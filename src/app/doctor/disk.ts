import { existsSync } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDisks, type Disk, type Disks } from '../../cache/disk.ts';
import { repoPaths, roomOn } from '../../cache/layout.ts';
import { messageOf } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { hasNoMoreInodes } from '../../lib/inodes.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { type Finding, fine, warning, wrong } from './finding.ts';

const SPARSE_BYTES = 1_048_576;

/** A file of zeros that were never written takes no room: so a partial file has its whole length from the beginning. */
const canBeSparse = async (folder: string): Promise<boolean> => {
  const path = join(folder, 'sparse');
  const file = await open(path, 'w');
  try {
    await file.truncate(SPARSE_BYTES);
    return (await stat(path)).blocks * 512 < SPARSE_BYTES;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
};

const spaceFinding = async (folder: string, minFreeBytes: number): Promise<Finding> => {
  const about = 'Free space';
  const { freeBytes, totalBytes } = await roomOn(folder);
  const says = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free where the models go.`;
  const remedy = 'Remove models (/storage tells which), or choose another disk by HF_HUB_CACHE.';
  if (hasNoMoreInodes(folder)) return wrong(about, 'The disk takes no more files: its inodes are used up.', remedy);
  if (freeBytes > minFreeBytes) return fine(about, says);
  return wrong(about, `${says} ${formatBytes(minFreeBytes)} are to stay free: nothing is downloaded.`, remedy);
};

interface Lack {
  readonly is: (disk: Disk, isSparse: boolean) => boolean;
  readonly says: string;
}

const LACKS: readonly Lack[] = [
  { is: ({ symlinks }) => !symlinks, says: 'no symbolic links: the files themselves lie in the snapshots' },
  { is: ({ hardLinks }) => !hardLinks, says: 'no hard links: other programs are shown models by symbolic ones only' },
  {
    is: ({ tellsCase }) => !tellsCase,
    says: 'names that differ in capital letters only are one: such repositories are refused',
  },
  { is: ({ anyName }) => !anyName, says: 'no long or unusual names: files with such are refused' },
  { is: ({ tellsReads }) => !tellsReads, says: 'it does not note when a file was read: auto_cleanup goes by changes' },
  { is: ({ largestFile }) => largestFile !== undefined, says: 'no file of 4 GB or more: such models are refused' },
  { is: (_, isSparse) => !isSparse, says: 'no sparse files: what is begun takes its whole room at once' },
];

const abilitiesFinding = async (folder: string, disks: Disks): Promise<Finding> => {
  const about = 'Disk';
  // A folder of its own, and gone afterwards: what lies there may be in use.
  const probe = join(folder, '.hubgram-doctor');
  try {
    await mkdir(probe, { recursive: true });
    const isSparse = await canBeSparse(probe);
    const disk = await disks.of(repoPaths(probe, 'models--hubgram--doctor'));
    const lacks = LACKS.filter(({ is }) => is(disk, isSparse)).map(({ says }) => says);
    if (lacks.length === 0)
      return fine(about, 'It can do all that hubgram makes use of: links of both kinds, any name, sparse files.');
    return warning(
      about,
      `It has ${lacks.join('; ')}.`,
      'All of it works with that. A disk with ext4, XFS, Btrfs or APFS has none of these limits.',
    );
  } catch (error) {
    return wrong(
      about,
      `Nothing can be written to ${folder}: ${messageOf(diskFailure(error, probe))}`,
      'Check its owner, its permissions, and how it is mounted.',
    );
  } finally {
    await rm(probe, { recursive: true, force: true }).catch(() => undefined);
  }
};

const nearest = (path: string): string => (existsSync(path) || path === dirname(path) ? path : nearest(dirname(path)));

/** Where the models go, and what that disk can do. @param minFreeBytes what is to stay free */
export const diskFindings = async (
  cacheDir: string,
  minFreeBytes: number,
  disks: Disks = createDisks(),
): Promise<readonly Finding[]> => {
  const folder = nearest(cacheDir);
  const about = 'Cache';
  const where =
    folder === cacheDir ? fine(about, cacheDir) : fine(about, `${cacheDir} is made with the first download.`);
  return [where, await abilitiesFinding(folder, disks), await spaceFinding(folder, minFreeBytes)];
};
