import { setImmediate as breathe } from 'node:timers/promises';
import type { RepoFile, RepoType } from '../../domain/listing.ts';
import type { FilesInBrief } from '../../domain/files/loads.ts';
import { CANCELLED } from './sessions.ts';
import { type Row } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** The files a model consists of, at its commit. */
export interface ModelFiles {
  readonly modelFiles: (id: number) => RepoFile[];
  /** These and no others. */
  readonly setModelFiles: (id: number, files: readonly RepoFile[]) => void;
  /** These as well. @returns false if there is no such model */
  readonly addModelFiles: (id: number, files: readonly RepoFile[]) => boolean;
  /** As `modelFiles`, however long the list is: everything else has its turn meanwhile. */
  readonly readModelFiles: (id: number) => Promise<RepoFile[]>;
  /** Takes so many of its files away. @returns how many there were */
  readonly dropModelFiles: (id: number, most: number) => number;
  /** What its files are, taken together; no change that anybody would have to see. */
  readonly keepFilesInBrief: (id: number, brief: FilesInBrief) => void;
  /** Bytes of the blobs of all completed and downloading models and of this one; shared ones count once. */
  readonly storedBytesWith: (id: number) => number;
  /** How many other models, of any chat, use this blob in this repository's folder; one that was cancelled does not. */
  readonly blobUsers: (repoType: RepoType, name: string, etag: string, exceptModelId: number) => number;
  /** The repositories of models that are not complete and want this blob: what has arrived of it there is kept for them. */
  readonly blobAwaiters: (etag: string) => { readonly type: RepoType; readonly id: string }[];
}

/** One statement for many rows costs a third of one for each. */
const INSERT = `INSERT INTO model_files (model_id, path, size_bytes, etag)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`;
const ROWS_AT_ONCE = 1000;
const NEXT = 'SELECT path, size_bytes, etag FROM model_files WHERE model_id = ? AND path > ? ORDER BY path LIMIT ?';

const toFile = (row: Row): RepoFile => ({
  path: String(row['path']),
  size: Number(row['size_bytes']),
  etag: String(row['etag']),
});

const add = (sql: Sql, id: number, files: readonly RepoFile[]): void => {
  sql.run(INSERT, [id, JSON.stringify(files.map(({ path, size, etag }) => [path, size, etag]))]);
};

export const createModelFiles = (sql: Sql): ModelFiles => ({
  modelFiles: (id) =>
    sql.all('SELECT path, size_bytes, etag FROM model_files WHERE model_id = ? ORDER BY path', toFile, [id]),
  setModelFiles: (id, files) => {
    sql.atomically(() => {
      sql.run('DELETE FROM model_files WHERE model_id = ?', [id]);
      for (let at = 0; at < files.length; at += ROWS_AT_ONCE) add(sql, id, files.slice(at, at + ROWS_AT_ONCE));
    });
  },
  addModelFiles: (id, files) => {
    const isThere = sql.get('SELECT 1 FROM models WHERE id = ?', () => true, [id]) ?? false;
    if (isThere) add(sql, id, files);
    return isThere;
  },
  readModelFiles: async (id) => {
    const files: RepoFile[] = [];
    for (;;) {
      const next = sql.all(NEXT, toFile, [id, files.at(-1)?.path ?? '', ROWS_AT_ONCE]);
      files.push(...next);
      if (next.length < ROWS_AT_ONCE) return files;
      await breathe();
    }
  },
  dropModelFiles: (id, most) =>
    sql.run(
      `DELETE FROM model_files WHERE model_id = :id
         AND path IN (SELECT path FROM model_files WHERE model_id = :id ORDER BY path LIMIT :most)`,
      { id, most },
    ).changes,
  keepFilesInBrief: (id, brief) => {
    sql.run("UPDATE models SET metadata = json_set(coalesce(metadata, '{}'), '$.filesInBrief', json(?)) WHERE id = ?", [
      JSON.stringify(brief),
      id,
    ]);
  },
  storedBytesWith: (id) =>
    sql.get(
      `SELECT coalesce(sum(size_bytes), 0) FROM (
         SELECT DISTINCT models.repo_type, models.name, model_files.etag, model_files.size_bytes
         FROM model_files JOIN models ON models.id = model_files.model_id
         WHERE models.status IN ('completed', 'downloading') OR models.id = ?)`,
      numberOf,
      [id],
    ) ?? 0,
  blobUsers: (repoType, name, etag, exceptModelId) =>
    sql.get(
      `SELECT count(DISTINCT models.id) FROM model_files JOIN models ON models.id = model_files.model_id
       WHERE model_files.etag = ? AND models.repo_type = ? AND models.name = ? AND models.id <> ?
         AND NOT (${CANCELLED})`,
      numberOf,
      [etag, repoType, name, exceptModelId],
    ) ?? 0,
  blobAwaiters: (etag) =>
    sql.all(
      `SELECT DISTINCT models.repo_type, models.name FROM model_files JOIN models ON models.id = model_files.model_id
       WHERE model_files.etag = ? AND models.status <> 'completed' AND NOT (${CANCELLED})`,
      (row) => ({ type: row['repo_type'] as RepoType, id: String(row['name']) }),
      [etag],
    ),
});
