import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, isForNow } from '../../domain/errors.ts';
import { storeError } from './sql.ts';

/**
 * How long a statement waits for another connection's lock, in milliseconds. Nobody waits for this process yet: another
 * one may be at the schema.
 */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Another process that opens the same new file may be at this very step, for which SQLite does not wait. It does wait
 * for the write lock: whoever gets that finds the step done, or can do it now.
 */
const writeAhead = (db: Database.Database, tries: number): void => {
  try {
    db.pragma('journal_mode = WAL');
  } catch (error) {
    if (tries === 0 || !(error instanceof Database.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    writeAhead(db, tries - 1);
  }
};

/** What Node says while the folder is made. */
const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

/**
 * Pages that a connection keeps, in KiB. better-sqlite3 has it keep 16 MB, which the list of one large repository filled, and glibc gives nothing
 * back of it; what is not kept is read again from the system's own cache, a page in half a microsecond.
 */
const CACHE_KIB = 4000;

const prepare = (db: Database.Database): void => {
  // Readers do not block the writer, and a crash leaves a file that recovers by itself.
  writeAhead(db, 10);
  // FULL: what was committed survives a power cut. A program that runs has that done beside it (flush.ts).
  db.pragma('synchronous = FULL');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  // Off by default in SQLite, for compatibility with its past.
  db.pragma('foreign_keys = ON');
  // CHECKs that call functions of ours do not exist; a schema from elsewhere must not get to call any.
  db.pragma('trusted_schema = OFF');
};

/**
 * Opens the database file (made if missing, with its folder) with the settings every connection needs.
 * @throws AppError connection: it cannot be opened, or is no database; no_space, unavailable: time may mend it
 */
export const openDatabase = (path: string): Database.Database => {
  let db: Database.Database | undefined;
  try {
    // What stands in it is nobody else's business on this machine.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // The folder may have been there, for everybody to read. SQLite's log gets the permissions of the database.
    closeSync(openSync(path, 'a', 0o600));
    db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    const known = storeError(error, path);
    // The disk, which may have room again, or another program, which ends some day: worth waiting for.
    if (isForNow(known)) throw known;
    if (isFull(error)) throw new AppError('no_space', `The disk with ${dirname(path)} is full.`, { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('connection', `The database ${path} cannot be opened: ${reason}.`, { cause: error });
  }
};
