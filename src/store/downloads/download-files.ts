import { z } from 'zod';
import type { ByteRange } from '../../domain/listing.ts';
import { rowMapper } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';

/** The journal: which ranges of a partial file are safely on disk, and which blobs were verified. */
export interface DownloadFiles {
  readonly load: (repoFolder: string, etag: string) => ByteRange[];
  readonly save: (repoFolder: string, etag: string, size: number, ranges: readonly ByteRange[]) => void;
  readonly clear: (repoFolder: string, etag: string) => void;
  /** What was noted of a blob when it was verified. */
  readonly verified: (repoFolder: string, etag: string) => string | undefined;
  readonly setVerified: (repoFolder: string, etag: string, mark: string) => void;
  /** Forgets verified blobs that no copy lists any more. @returns how many */
  readonly prune: () => number;
  readonly listPartials: () => { readonly repoFolder: string; readonly etag: string; readonly size: number }[];
}

const range = z
  .tuple([z.int().nonnegative(), z.int().nonnegative()])
  .transform(([start, end]): ByteRange => ({ start, end }));

const toRanges = rowMapper<{ readonly ranges: ByteRange[] }>({
  table: 'download_files',
  key: 'etag',
  // What cannot be read is fetched again.
  json: { ranges: { schema: z.array(range), broken: [] } },
});

export const createDownloadFiles = (sql: Sql, now: () => string): DownloadFiles => ({
  load: (repoFolder, etag) =>
    sql.get('SELECT etag, ranges FROM download_files WHERE repo_folder = ? AND etag = ?', toRanges, [repoFolder, etag])
      ?.ranges ?? [],
  save: (repoFolder, etag, size, ranges) => {
    sql.run(
      `INSERT INTO download_files (repo_folder, etag, size_bytes, ranges, updated_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (repo_folder, etag) DO UPDATE SET size_bytes = excluded.size_bytes, ranges = excluded.ranges,
         updated_at = excluded.updated_at`,
      [repoFolder, etag, size, JSON.stringify(ranges.map(({ start, end }) => [start, end])), now()],
    );
  },
  clear: (repoFolder, etag) => {
    sql.run('DELETE FROM download_files WHERE repo_folder = ? AND etag = ?', [repoFolder, etag]);
  },
  verified: (repoFolder, etag) =>
    sql.get('SELECT mark FROM verified_blobs WHERE repo_folder = ? AND etag = ?', (row) => String(row['mark']), [
      repoFolder,
      etag,
    ]),
  setVerified: (repoFolder, etag, mark) => {
    sql.run(
      `INSERT INTO verified_blobs (repo_folder, etag, mark) VALUES (?, ?, ?)
       ON CONFLICT (repo_folder, etag) DO UPDATE SET mark = excluded.mark`,
      [repoFolder, etag, mark],
    );
  },
  prune: () =>
    sql.run(
      `DELETE FROM verified_blobs
       WHERE NOT EXISTS (SELECT 1 FROM copy_files WHERE copy_files.etag = verified_blobs.etag)`,
    ).changes,
  listPartials: () =>
    sql.all('SELECT repo_folder, etag, size_bytes FROM download_files ORDER BY repo_folder, etag', (row) => ({
      repoFolder: String(row['repo_folder']),
      etag: String(row['etag']),
      size: Number(row['size_bytes']),
    })),
});
