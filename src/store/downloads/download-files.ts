import { z } from 'zod';
import type { ByteRange } from '../../domain/listing.ts';
import { rowMapper } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';

/** Which file of the cache a row is of. */
interface FileRow {
  readonly repoFolder: string;
  readonly etag: string;
}

interface PartialRow extends FileRow {
  readonly size: number;
  readonly ranges: readonly ByteRange[];
}

interface VerifiedRow extends FileRow {
  readonly mark: string;
}

/** What earlier versions kept here of files in the cache: each row goes when the cache has it. */
export interface EarlierRows {
  readonly partials: readonly PartialRow[];
  readonly verified: readonly VerifiedRow[];
}

export interface DownloadFiles {
  /** Some of what is left of them; undefined if nothing is. */
  readonly earlierRows: () => EarlierRows | undefined;
  readonly dropEarlierRows: (rows: EarlierRows) => void;
}

/** Each of these costs a flush of the disk. */
const PARTIALS_AT_ONCE = 50;
const VERIFIED_AT_ONCE = 1000;

const range = z
  .tuple([z.int().nonnegative(), z.int().nonnegative()])
  .transform(([start, end]): ByteRange => ({ start, end }));

const toPartial = rowMapper<PartialRow>({
  table: 'download_files',
  key: 'etag',
  // What cannot be read is fetched again.
  json: { ranges: { schema: z.array(range), broken: [] } },
});

const toVerified = rowMapper<VerifiedRow>({});

/** The rows of download files. */
export const createDownloadFiles = (sql: Sql): DownloadFiles => ({
  earlierRows: () => {
    const partials = sql.all(
      'SELECT repo_folder, etag, size_bytes AS size, ranges FROM download_files LIMIT ?',
      toPartial,
      [PARTIALS_AT_ONCE],
    );
    const verified = sql.all('SELECT repo_folder, etag, mark FROM verified_blobs LIMIT ?', toVerified, [
      VERIFIED_AT_ONCE,
    ]);
    return partials.length + verified.length === 0 ? undefined : { partials, verified };
  },
  dropEarlierRows: ({ partials, verified }) => {
    for (const { repoFolder, etag } of partials)
      sql.run('DELETE FROM download_files WHERE repo_folder = ? AND etag = ?', [repoFolder, etag]);
    for (const { repoFolder, etag } of verified)
      sql.run('DELETE FROM verified_blobs WHERE repo_folder = ? AND etag = ?', [repoFolder, etag]);
  },
});
