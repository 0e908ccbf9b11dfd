import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { isRepoFolder, repoPaths } from '../cache/layout.ts';
import type { BlobName, Marks } from '../cache/verified.ts';
import type { ByteRange } from '../domain/listing.ts';
import { BOOT_ID, readStamped } from '../lib/boot-id.ts';
import { createControlFile } from '../transfer/files/control-file.ts';
import { hasPartFile } from '../transfer/files/partial-file.ts';

/** What earlier versions knew of files in the cache and kept elsewhere. */
export interface EarlierRecords {
  /** What the disk has of partial files. */
  readonly partials: readonly (BlobName & { readonly size: number; readonly ranges: readonly ByteRange[] })[];
  /** How verified blobs looked, and in which start of the machine. */
  readonly verified: readonly (BlobName & { readonly mark: string })[];
}

const OF_THIS_BOOT = BOOT_ID ?? '';

const rangesSchema = z.object({ ranges: z.array(z.object({ start: z.number(), end: z.number() })) });

/** What was written of a partial file and not flushed, as earlier versions kept it beside the file. */
const writtenRanges = async (path: string): Promise<readonly ByteRange[]> => {
  try {
    const { content, isOfThisBoot } = readStamped(await readFile(path, 'utf8'), rangesSchema);
    return isOfThisBoot ? content.ranges : [];
  } catch {
    return [];
  }
};

/**
 * Writes down in the cache what is known of its files, for the disk to keep. May be done twice: what a control file says
 * already is not less for it. What speaks of a file that is not there is left out.
 */
export const takeOverRecords = async (
  cacheDir: string,
  marks: Marks,
  { partials, verified }: EarlierRecords,
): Promise<void> => {
  for (const { repoFolder, etag, size, ranges } of partials) {
    if (!isRepoFolder(repoFolder)) continue;
    const partPath = repoPaths(cacheDir, repoFolder).part(etag);
    if (!(await hasPartFile(partPath, size))) continue;
    const control = createControlFile({ partPath, etag, size });
    await control.noteWritten(await writtenRanges(`${partPath}.claim`));
    await control.noteFlushed(ranges);
    await rm(`${partPath}.claim`, { force: true });
  }
  for (const { repoFolder, etag, mark } of verified) {
    // Of an earlier start of the machine they say nothing any more.
    if (mark.startsWith(`${OF_THIS_BOOT} `) && isRepoFolder(repoFolder))
      await marks.setVerified({ repoFolder, etag }, { mark: mark.slice(OF_THIS_BOOT.length + 1) });
  }
  await marks.written();
};
