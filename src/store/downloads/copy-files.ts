import { setImmediate as breathe } from 'node:timers/promises';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Copy } from '../../domain/copy.ts';
import type { RepoFile, RepoType } from '../../domain/listing.ts';
import { inSlices } from '../../lib/async/slices.ts';
import { CANCELLED } from './sessions.ts';
import type { Row } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** A file of a copy that may have to go, and what else on its host is interested in it. */
export interface FileAmongOthers extends RepoFile {
  /** Another copy in the same folder of the cache lists this blob. */
  readonly isBlobNeeded: boolean;
  /** Another copy of the same commit lists this path, and is complete or has begun. */
  readonly isPathNeeded: boolean;
  /** It lay there before hubgram came, and the rest of the copy did not. */
  readonly isMadeByOther: boolean;
}

/** The files a copy consists of. Lists may be very long: whoever reads one in slices lets everything else have its turn. */
export interface CopyFiles {
  readonly copyFiles: (id: number) => RepoFile[];
  /** A page of a copy's list, in the order of paths. */
  readonly listCopyFiles: (id: number, page: { readonly limit: number; readonly offset: number }) => RepoFile[];
  readonly copyFileAt: (id: number, path: string) => RepoFile | undefined;
  /** How many files of a copy stand before this path, in the order of paths. */
  readonly indexOfCopyFile: (id: number, path: string) => number;
  /** Files of a copy that have this in their paths, capital or small; those that are called so come first. */
  readonly copyFilesLike: (id: number, part: string, limit: number) => RepoFile[];
  readonly countCopyFiles: (id: number) => number;
  readonly readCopyFiles: (id: number) => Promise<RepoFile[]>;
  /** In parts, in the order of paths: the next one is read when it is asked for, and whoever keeps none needs the memory of one. */
  readonly readAmongOthers: (copy: Copy) => AsyncIterable<readonly FileAmongOthers[]>;
  /** Those of these paths in the snapshot of a copy that no copy of hubgram's doing lists: somebody else has put them there. */
  readonly madeByOthers: (copy: Copy, paths: readonly string[]) => Promise<string[]>;
  /** What files of a copy have turned out to be of which nobody had told it, by their paths; and how large all of it is. */
  readonly setLearned: (
    id: number,
    learned: Readonly<Record<string, Pick<RepoFile, 'size'> & { sha256: string }>>,
  ) => void;
  /** Somebody else has put these files of a copy there, and not the rest. */
  readonly setMadeByOther: (id: number, paths: readonly string[]) => Promise<void>;
  /** Bytes of the blobs of all copies that models have on a host, this machine unless told, and of these; shared ones count once. */
  readonly storedBytesWith: (ids: readonly number[], hostId?: number) => Promise<number>;
  /** The repositories of copies that are wanted on a host and list this blob: what has arrived of it there is kept for them. */
  readonly blobAwaiters: (etag: string, hostId: number) => { readonly type: RepoType; readonly id: string }[];
}

/** Of a row of copies: a model that was removed, and can be brought back, has it; or it wants it. */
const IS_HAD_BY_KEPT = 'EXISTS (SELECT 1 FROM removed_models AS kept WHERE kept.copy_id = copies.id)';
const IS_WANTED_BY_KEPT =
  'EXISTS (SELECT 1 FROM removed_models AS kept WHERE kept.wants_copy_id = copies.id AND kept.cancelled = 0)';

/** Of a row of copies: a model that is not cancelled has it or wants it, or one that can be brought back. */
const IS_NEEDED = `EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)
  OR EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = copies.id AND NOT (${CANCELLED}))
  OR ${IS_HAD_BY_KEPT} OR ${IS_WANTED_BY_KEPT}`;

/** Of a row of copies: its files must stay on the disk. */
const NEEDED = `copies.state NOT IN ('going', 'left') AND (copies.state = 'listing' OR ${IS_NEEDED})`;

/** One statement for many rows costs a third of one for each. */
const INSERT = `INSERT INTO copy_files (copy_id, path, size_bytes, etag, xet_hash, unhashed)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`;
const ROWS_AT_ONCE = 1000;

/** Writes files of a copy down; rows that are there already stay. */
export const addFiles = (sql: Sql, id: number, files: readonly RepoFile[]): void => {
  for (let at = 0; at < files.length; at += ROWS_AT_ONCE) {
    const slice = files.slice(at, at + ROWS_AT_ONCE);
    sql.run(INSERT, [
      id,
      JSON.stringify(
        slice.map(({ path, size, etag, xetHash, isUnhashed }) => [
          path,
          size,
          etag,
          xetHash ?? null,
          isUnhashed ? 1 : 0,
        ]),
      ),
    ]);
  }
};

const toFile = (row: Row): RepoFile => {
  const { path, etag, xet_hash: xetHash, unhashed } = row;
  const file = { path: String(path), size: Number(row['size_bytes']), etag: String(etag) };
  // Of most files nothing more is known, and a list may have a hundred thousand: V8 would leave room for it in each.
  if (typeof xetHash !== 'string' && unhashed !== 1) return file;
  return {
    ...file,
    ...(typeof xetHash === 'string' ? { xetHash } : {}),
    ...(unhashed === 1 ? { isUnhashed: true } : {}),
  };
};

const toFileAmongOthers = (row: Row): FileAmongOthers => ({
  ...toFile(row),
  isBlobNeeded: row['is_blob_needed'] === 1,
  isPathNeeded: row['is_path_needed'] === 1,
  isMadeByOther: row['made_by_other'] === 1,
});

/** Calls with the path after which the next part of a list begins, until a part is short. */
async function* partsOf<T extends RepoFile>(part: (after: string) => readonly T[]): AsyncGenerator<readonly T[]> {
  for (let after = ''; ; ) {
    const next = part(after);
    yield next;
    if (next.length < ROWS_AT_ONCE) return;
    after = next.at(-1)?.path ?? '';
    await breathe();
  }
}

const readAll = async <T extends RepoFile>(part: (after: string) => readonly T[]): Promise<T[]> => {
  const files: T[] = [];
  for await (const next of partsOf(part)) files.push(...next);
  return files;
};

const NEXT = `SELECT path, size_bytes, etag, xet_hash, unhashed FROM copy_files WHERE copy_id = ? AND path > ? ORDER BY path LIMIT ${ROWS_AT_ONCE}`;

/** The other copies of the repository are few: each is asked whether it has this. */
const NEXT_AMONG_OTHERS = `SELECT path, size_bytes, etag, made_by_other,
    EXISTS (SELECT 1 FROM others CROSS JOIN copy_files AS theirs
      WHERE theirs.etag = mine.etag AND theirs.copy_id = others.id) AS is_blob_needed,
    EXISTS (SELECT 1 FROM others CROSS JOIN copy_files AS theirs
      WHERE (others.commit_sha = :commit OR others.source = 'url') AND others.made_by IS NOT NULL
        AND theirs.copy_id = others.id AND theirs.path = mine.path) AS is_path_needed
  FROM copy_files AS mine WHERE copy_id = :id AND path > :after ORDER BY path LIMIT ${ROWS_AT_ONCE}`;
const OTHERS = `WITH others AS MATERIALIZED (
    SELECT id, commit_sha, made_by, source FROM copies WHERE name = :name AND repo_type = :repoType AND id <> :id AND host_id = :hostId AND ${NEEDED}
  )`;

/** A part of the copies that take space on the disk of a host. */
const NEXT_STORED = `SELECT id, name, repo_type, size_bytes,
    id IN (SELECT value FROM json_each(:with)) OR EXISTS (SELECT 1 FROM models WHERE models.copy_id = copies.id)
    OR ${IS_HAD_BY_KEPT} AS is_stored
  FROM copies WHERE id > :after AND host_id = :hostId ORDER BY id LIMIT ${ROWS_AT_ONCE}`;

/** The bytes of a part of a copy's list, without blobs that these other copies have. */
const OWN_BYTES = `SELECT total(size_bytes) AS bytes, count(*) AS files, max(path) AS last FROM (
    SELECT path, CASE WHEN
      EXISTS (SELECT 1 FROM json_each(:others) AS others CROSS JOIN copy_files AS theirs
        WHERE theirs.etag = mine.etag AND theirs.copy_id = others.value)
      OR EXISTS (SELECT 1 FROM copy_files AS same
        WHERE same.etag = mine.etag AND same.copy_id = mine.copy_id AND same.path < mine.path)
      THEN 0 ELSE size_bytes END AS size_bytes
    FROM copy_files AS mine WHERE copy_id = :id AND path > :after ORDER BY path LIMIT ${ROWS_AT_ONCE})`;

const MADE_BY_OTHERS = `SELECT value AS path FROM json_each(:paths) WHERE NOT EXISTS (
    SELECT 1 FROM copies CROSS JOIN copy_files AS mine
    WHERE copies.name = :name AND copies.repo_type = :repoType AND copies.host_id = :hostId
      AND (copies.commit_sha = :commit OR copies.source = 'url') AND copies.id <> :id
      AND copies.made_by = 'hubgram' AND mine.copy_id = copies.id AND mine.path = value AND mine.made_by_other = 0)`;
const SET_MADE_BY_OTHER = `UPDATE copy_files SET made_by_other = 1
  WHERE copy_id = ? AND path IN (SELECT value FROM json_each(?))`;

interface Stored {
  readonly id: number;
  readonly repo: string;
  readonly sizeBytes: number;
}

const storedCopies = async (sql: Sql, withIds: readonly number[], hostId: number): Promise<Stored[]> => {
  const stored: Stored[] = [];
  for (let after = 0; ; ) {
    const rows = sql.all(NEXT_STORED, (row) => row, { with: JSON.stringify(withIds), after, hostId });
    for (const row of rows) {
      after = Number(row['id']);
      if (row['is_stored'] !== 1) continue;
      const repo = `${String(row['repo_type'])} ${String(row['name'])}`;
      stored.push({ id: after, repo, sizeBytes: Number(row['size_bytes']) });
    }
    if (rows.length < ROWS_AT_ONCE) return stored;
    await breathe();
  }
};

/** How many bytes a copy adds to others of its repository. */
const ownBytes = async (sql: Sql, id: number, others: readonly number[]): Promise<number> => {
  let bytes = 0;
  for (let after = ''; ; ) {
    const row = sql.get(OWN_BYTES, (found) => found, { id, after, others: JSON.stringify(others) });
    bytes += Number(row?.['bytes']);
    if (Number(row?.['files']) < ROWS_AT_ONCE) return bytes;
    after = String(row?.['last']);
    await breathe();
  }
};

/** Bytes of the blobs of copies of one repository: what several have counts once. */
export const bytesOfCopies = async (sql: Sql, copies: readonly Pick<Stored, 'id' | 'sizeBytes'>[]): Promise<number> => {
  const ids: number[] = [];
  let bytes = 0;
  for (const { id, sizeBytes } of copies.toSorted((left, right) => right.sizeBytes - left.sizeBytes)) {
    // Lists are read only where there may be something in common.
    bytes += ids.length === 0 ? sizeBytes : await ownBytes(sql, id, ids);
    ids.push(id);
  }
  return bytes;
};

const storedBytesWith = async (sql: Sql, withIds: readonly number[], hostId: number): Promise<number> => {
  const repos = Map.groupBy(await storedCopies(sql, withIds, hostId), ({ repo }) => repo);
  let bytes = 0;
  for (const copies of repos.values()) bytes += await bytesOfCopies(sql, copies);
  return bytes;
};

const LIKE = `SELECT path, size_bytes, etag, xet_hash, unhashed FROM copy_files
  WHERE copy_id = :id AND instr(lower(path), lower(:part)) > 0
  ORDER BY lower(path) <> lower(:part), substr(lower('/' || path), -length(:part) - 1) <> '/' || lower(:part), path LIMIT :limit`;

/** The rows of copy files. */
export const createCopyFiles = (sql: Sql): CopyFiles => ({
  copyFiles: (id) =>
    sql.all(
      'SELECT path, size_bytes, etag, xet_hash, unhashed FROM copy_files WHERE copy_id = ? ORDER BY path',
      toFile,
      [id],
    ),
  listCopyFiles: (id, { limit, offset }) =>
    sql.all(
      'SELECT path, size_bytes, etag, xet_hash, unhashed FROM copy_files WHERE copy_id = ? ORDER BY path LIMIT ? OFFSET ?',
      toFile,
      [id, limit, offset],
    ),
  copyFileAt: (id, path) =>
    sql.get(
      'SELECT path, size_bytes, etag, xet_hash, unhashed FROM copy_files WHERE copy_id = ? AND path = ?',
      toFile,
      [id, path],
    ),
  indexOfCopyFile: (id, path) =>
    sql.get('SELECT count(*) FROM copy_files WHERE copy_id = ? AND path < ?', numberOf, [id, path]) ?? 0,
  copyFilesLike: (id, part, limit) => sql.all(LIKE, toFile, { id, part, limit }),
  countCopyFiles: (id) => sql.get('SELECT count(*) FROM copy_files WHERE copy_id = ?', numberOf, [id]) ?? 0,
  readCopyFiles: (id) => readAll((after) => sql.all(NEXT, toFile, [id, after])),
  readAmongOthers: ({ id, name, repoType, commitSha: commit, hostId }) => {
    const copy = { id, name, repoType, commit, hostId };
    return partsOf((after) => sql.all(`${OTHERS} ${NEXT_AMONG_OTHERS}`, toFileAmongOthers, { ...copy, after }));
  },
  madeByOthers: async ({ id, name, repoType, commitSha: commit, hostId }, paths) => {
    const others: string[] = [];
    await inSlices(paths, (slice) => {
      const given = { id, name, repoType, commit, hostId, paths: JSON.stringify(slice) };
      others.push(...sql.all(MADE_BY_OTHERS, (row) => String(row['path']), given));
    });
    return others;
  },
  setLearned: (id, learned) => {
    for (const [path, { sha256, size }] of Object.entries(learned))
      sql.run('UPDATE copy_files SET etag = ?, size_bytes = ?, unhashed = 0 WHERE copy_id = ? AND path = ?', [
        sha256,
        size,
        id,
        path,
      ]);
    sql.run(
      'UPDATE copies SET size_bytes = (SELECT sum(size_bytes) FROM copy_files WHERE copy_id = copies.id) WHERE id = ?',
      [id],
    );
  },
  setMadeByOther: (id, paths) =>
    inSlices(paths, (slice) => void sql.run(SET_MADE_BY_OTHER, [id, JSON.stringify(slice)])),
  storedBytesWith: (ids, hostId = THIS_HOST) => storedBytesWith(sql, ids, hostId),
  blobAwaiters: (etag, hostId) =>
    sql.all(
      `SELECT DISTINCT copies.repo_type, copies.name FROM copy_files JOIN copies ON copies.id = copy_files.copy_id
       WHERE copy_files.etag = ? AND copies.state = 'wanted' AND copies.host_id = ?
         AND (EXISTS (SELECT 1 FROM models WHERE models.wants_copy_id = copies.id AND NOT (${CANCELLED}))
           OR ${IS_WANTED_BY_KEPT})`,
      (row) => ({ type: row['repo_type'] as RepoType, id: String(row['name']) }),
      [etag, hostId],
    ),
});
