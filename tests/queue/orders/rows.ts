import Database from 'better-sqlite3';
import type { CopyState } from '../../../src/domain/states/copy.ts';
import type { ModelStatus } from '../../../src/domain/states/model.ts';
import { repoFolderName } from '../../../src/domain/repo/repo.ts';
import type { RepoFile, RepoType } from '../../../src/domain/listing.ts';
import { CANCELLED } from '../../../src/store/downloads/sessions.ts';

export interface CopyRow {
  readonly id: number;
  readonly repoFolder: string;
  readonly commit: string;
  readonly state: CopyState;
  readonly removal: string | null;
  readonly path: string | null;
  readonly madeBy: string | null;
  readonly files: readonly RepoFile[];
  /** A model that is not cancelled has it or wants it, or one that can be brought back. */
  readonly isNeeded: boolean;
}

/** A model that was removed and can be brought back. */
export interface KeptRow {
  readonly copyId: number | null;
  readonly wantsCopyId: number | null;
  readonly isCancelled: boolean;
}

export interface ModelRow {
  readonly id: number;
  readonly status: ModelStatus;
  readonly copyId: number | null;
  readonly wantsCopyId: number | null;
  readonly isCancelled: boolean;
}

/** What a database says at one moment. */
export interface Rows {
  readonly copies: readonly CopyRow[];
  readonly models: readonly ModelRow[];
  readonly kept: readonly KeptRow[];
}

interface RawCopy extends Omit<CopyRow, 'repoFolder' | 'files' | 'isNeeded'> {
  readonly repoType: RepoType;
  readonly name: string;
}

const COPIES = `SELECT id, repo_type AS repoType, name, commit_sha AS "commit", state, removal, path, made_by AS madeBy
  FROM copies ORDER BY id`;
const FILES = 'SELECT path, size_bytes AS size, etag FROM copy_files WHERE copy_id = ?';
const MODELS = `SELECT id, status, copy_id AS copyId, wants_copy_id AS wantsCopyId, iif(${CANCELLED}, 1, 0) AS isCancelled
  FROM models ORDER BY id`;

const KEPT = `SELECT copy_id AS copyId, wants_copy_id AS wantsCopyId, cancelled AS isCancelled
  FROM removed_models WHERE state = 'kept'`;

type Raw<Row extends { readonly isCancelled: boolean }> = Omit<Row, 'isCancelled'> & { readonly isCancelled: 0 | 1 };

/** What is wrong with what rows point to. */
const straysIn = (db: Database.Database): readonly string[] =>
  (db.pragma('foreign_key_check') as unknown[]).map((stray) => `foreign_key_check: ${JSON.stringify(stray)}`);

/** Rows as a connection of its own finds them, whatever the one thinks that writes them. */
export interface Reader {
  readonly read: () => Rows;
  /** The same, and what is wrong with what they point to. */
  readonly check: () => { readonly rows: Rows; readonly faults: readonly string[] };
  /**
   * Has no hand on the file any more, until it reads again: to be called before a life ends, which would be another end with somebody else
   * there. @throws what is wrong with the file itself, which does not go by itself
   */
  readonly letGo: () => void;
}

const openReader = (database: string) => {
  const db = new Database(database, { readonly: true });
  const models = db.prepare<[], Raw<ModelRow>>(MODELS);
  const kept = db.prepare<[], Raw<KeptRow>>(KEPT);
  const copies = db.prepare<[], RawCopy>(COPIES);
  const files = db.prepare<[number], RepoFile>(FILES);
  return { db, models, kept, copies, files };
};

const toBoolean = <Row extends { isCancelled: 0 | 1 }>(row: Row) => ({ ...row, isCancelled: row.isCancelled === 1 });

const rowsOf = (reader: ReturnType<typeof openReader>): Rows => {
  const models = reader.models.all().map(toBoolean);
  const kept = reader.kept.all().map(toBoolean);
  const copies = reader.copies.all().map(({ repoType: type, name, ...copy }) => ({
    ...copy,
    repoFolder: repoFolderName({ type, id: name }),
    files: reader.files.all(copy.id),
    isNeeded: [...models, ...kept].some(
      ({ copyId, wantsCopyId, isCancelled }) => copyId === copy.id || (wantsCopyId === copy.id && !isCancelled),
    ),
  }));
  return { copies, models, kept };
};

/** Opened when it is asked: to read what tables there are takes longer than what is in them. */
export const createReader = (database: string): Reader => {
  let open: ReturnType<typeof openReader> | undefined;
  const reader = () => (open ??= openReader(database));
  return {
    read: () => rowsOf(reader()),
    check: () => ({ rows: rowsOf(reader()), faults: straysIn(reader().db) }),
    letGo: () => {
      if (!open) return;
      const integrity = open.db.pragma('integrity_check', { simple: true });
      open.db.close();
      open = undefined;
      if (integrity !== 'ok') throw new Error(`integrity_check: ${String(integrity)}`);
    },
  };
};

/** What rows say that cannot all be true. */
export const contradictions = ({ copies, models, kept }: Rows): string[] => {
  const byId = new Map(copies.map((copy) => [copy.id, copy]));
  const ofModels = models.flatMap(({ id, status, copyId, wantsCopyId }) => {
    const [had, wanted] = [byId.get(copyId ?? 0), byId.get(wantsCopyId ?? 0)];
    const isHad = had?.state === 'complete' && had.path !== null;
    return [
      ...(wanted ? [] : [`model ${id} wants no copy`]),
      ...(status === 'completed' && copyId !== wantsCopyId ? [`model ${id} is completed without what it wants`] : []),
      ...(status !== 'completed' && copyId === wantsCopyId ? [`model ${id} is ${status} and has what it wants`] : []),
      ...(copyId !== null && !isHad ? [`model ${id} has a copy that is ${had?.state}`] : []),
      ...(wanted && wanted.state !== 'wanted' && wanted.state !== 'complete'
        ? [`model ${id} wants a copy that is ${wanted.state}`]
        : []),
    ];
  });
  const ofCopies = copies.flatMap(({ id, state, removal, files, isNeeded }) => [
    ...(state === 'complete' && files.length === 0 ? [`copy ${id} is complete and lists nothing`] : []),
    ...(removal === 'files' && isNeeded ? [`copy ${id} is needed and its files are to go`] : []),
    ...((state === 'going' || state === 'left') && isNeeded ? [`copy ${id} is needed and ${state}`] : []),
  ]);
  const ofKept = kept.flatMap(({ copyId, wantsCopyId }) =>
    [copyId, wantsCopyId]
      .filter((id) => id !== null && !['wanted', 'complete'].includes(byId.get(id)?.state ?? ''))
      .map((id) => `copy ${id} is kept and is ${byId.get(id ?? 0)?.state}`),
  );
  return [...ofModels, ...ofCopies, ...ofKept];
};
