import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ByteRange } from '../../src/domain/listing.ts';
import { createControlFile } from '../../src/transfer/files/control-file.ts';
import { lengthOf } from '../../src/transfer/files/ranges.ts';

/** A partial file, with what its control file claims of it. */
export interface PartialFile {
  readonly repoFolder: string;
  readonly etag: string;
  readonly partPath: string;
  readonly claimed: readonly ByteRange[];
  readonly bytes: number;
}

/** What lies in the cache of downloads that are not complete: nothing but marks may stay in `.hubgram` otherwise. */
export const leftIn = async (cacheDir: string): Promise<string[]> => {
  const paths = await readdir(cacheDir, { recursive: true }).catch(() => [] as string[]);
  return paths.filter((path) => path.includes(`.hubgram${sep}`) && !path.endsWith(join('.hubgram', 'verified')));
};

export const partialsIn = async (cacheDir: string): Promise<PartialFile[]> => {
  const parts = (await leftIn(cacheDir)).filter((path) => path.endsWith('.part'));
  return Promise.all(
    parts.toSorted().map(async (path) => {
      const [repoFolder = '', , name = ''] = path.split(sep);
      const [etag, partPath] = [name.replace('.part', ''), join(cacheDir, path)];
      const { size } = await stat(partPath);
      const claimed = await createControlFile({ partPath, etag, size }).load();
      return { repoFolder, etag, partPath, claimed, bytes: lengthOf(claimed) };
    }),
  );
};

/** Bytes that are claimed of one blob. */
export const claimedOf = async (cacheDir: string, etag: string): Promise<number> =>
  (await partialsIn(cacheDir)).find((partial) => partial.etag === etag)?.bytes ?? 0;
