import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { databaseVersion } from '../database/migrate.ts';
import { storeError } from '../database/sql.ts';

const damaged = (path: string, what: string, cause?: unknown): AppError =>
  new AppError('integrity', `${path} is damaged: ${what}.`, { cause });

const readWhole = (db: Database.Database, path: string): number => {
  const found = db.pragma('integrity_check(1)', { simple: true });
  if (found !== 'ok') throw damaged(path, String(found));
  const broken = db.pragma('foreign_key_check') as readonly { readonly table: string }[];
  if (broken[0]) throw damaged(path, `rows of ${broken[0].table} point nowhere`);
  const version = databaseVersion(db);
  if (version === 0) throw new AppError('operational', `${path} holds nothing.`);
  return version;
};

const opened = (path: string, options: Database.Options, work: (db: Database.Database) => number): number => {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { fileMustExist: true, ...options });
    return work(db);
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code)) {
      throw damaged(path, error.message, error);
    }
    throw storeError(error, path);
  } finally {
    db?.close();
  }
};

/**
 * Reads a database of hubgram that nobody else has open to its end, and makes it one file. It takes as long as the disk
 * needs for all of it.
 * @returns the version of its schema
 * @throws AppError integrity: it is damaged, or no database; operational: it is another program's, or empty
 */
export const checkDatabase = (path: string): number =>
  opened(path, {}, (db) => {
    // A copy of a database that keeps a log would want one beside it.
    db.pragma('journal_mode = DELETE');
    return readWhole(db, path);
  });

/** The same of one that may be in use: nothing is written. @throws AppError as above; connection: it cannot be opened */
export const examineDatabase = (path: string): number => opened(path, { readonly: true }, (db) => readWhole(db, path));
