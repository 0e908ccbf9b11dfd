import { closeSync, createReadStream, createWriteStream, existsSync, openSync, readSync, rmSync } from 'node:fs';
import { copyFile, link, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { codeOf } from '../../lib/error-code.ts';
import { flushFolder } from '../../lib/folder.ts';
import { newestVersion } from '../database/migrate.ts';
import { checkDatabase } from './check.ts';
import { endRestore, LOGS, restoredOf } from './end-restore.ts';

/** What has been put in the place of what. */
export interface Restored {
  /** Of the schema of the backup; the next start brings it to its own. */
  readonly version: number;
  /** Where the database lies now that was there before; undefined if there was none. */
  readonly aside: string | undefined;
}

export interface RestoreRequest {
  /** The database that is replaced. Nobody may have it open, or open it meanwhile. */
  readonly database: string;
  /** A file that a backup made, packed or not. */
  readonly backup: string;
  /** ISO 8601. */
  readonly now: string;
}

const REAL = { link, copyFile, rename };

type Functions = typeof REAL;

/** Of what gzip makes (RFC 1952, 2.3.1). */
const GZIP = Buffer.from([0x1f, 0x8b]);

const isPacked = (path: string): boolean => {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(GZIP.length);
    readSync(file, head, 0, head.length, 0);
    return head.equals(GZIP);
  } finally {
    closeSync(file);
  }
};

const unpack = async (backup: string, to: string): Promise<void> => {
  const isGzip = isPacked(backup);
  const out = createWriteStream(to, { mode: 0o600, flags: 'wx' });
  if (isGzip) await pipeline(createReadStream(backup), createGunzip(), out);
  else await pipeline(createReadStream(backup), out);
};

const flushFile = async (path: string): Promise<void> => {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

/** What is wrong with the file that was named, said of that file. */
const refusal = (error: unknown, backup: string, unpacked: string): unknown => {
  const code = codeOf(error);
  if (code === 'ENOENT') return new AppError('not_found', `There is no file ${backup}.`);
  if (code === 'EISDIR') return new AppError('validation', `${backup} is a folder, and no backup.`);
  if (code.startsWith('Z_')) return new AppError('integrity', `${backup} is damaged: it cannot be unpacked.`);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('no_space', `The disk with ${dirname(unpacked)} is full: make room for the database there.`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError(
      'operational',
      `${backup} cannot be read, or ${dirname(unpacked)} not be written to (${code}).`,
    );
  }
  if (!(error instanceof AppError)) return error;
  return new AppError(error.code, error.message.replaceAll(unpacked, backup), { cause: error });
};

/** More than was given out between a backup and the end of what it replaces. */
const NUMBERS_SKIPPED = 10_000;

/**
 * What was made since the backup had numbers that would be given out again, and its messages still stand in the chats: a tap on their
 * buttons would be about something else.
 */
const skipNumbers = (path: string): void => {
  const db = new Database(path, { fileMustExist: true });
  try {
    db.exec(`INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_schema
        WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence);
      UPDATE sqlite_sequence SET seq = seq + ${NUMBERS_SKIPPED};`);
  } finally {
    db.close();
  }
};

/** The backup beside the database, as a file that is whole and right. @returns its version @throws AppError */
const layReady = async (backup: string, ready: string): Promise<number> => {
  try {
    await unpack(backup, ready);
    const version = checkDatabase(ready);
    const newest = newestVersion();
    if (version > newest) {
      throw new AppError(
        'operational',
        `${backup} was made by a newer hubgram: it has version ${version}, this one knows ${newest}. Update hubgram first.`,
      );
    }
    skipNumbers(ready);
    await flushFile(ready);
    return version;
  } catch (error) {
    throw refusal(error, backup, ready);
  }
};

/** What its log holds goes into the database, which is one file then. */
const fold = (database: string): void => {
  let db: Database.Database | undefined;
  try {
    db = new Database(database, { fileMustExist: true });
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    // It is damaged: that is why people restore. Its log stays with it.
  } finally {
    db?.close();
  }
};

/** A file gets a second name. */
const copyOf = async (from: string, to: string, fs: Functions): Promise<void> => {
  try {
    await fs.link(from, to);
  } catch {
    // A disk without hard links.
    await fs.copyFile(from, to);
  }
};

/** The database that is there gets a second name, with what is left of its log; it keeps its own until another one takes it. */
const keep = async (database: string, aside: string, fs: Functions): Promise<void> => {
  fold(database);
  for (const suffix of ['', ...LOGS]) {
    if (existsSync(`${database}${suffix}`)) await copyOf(`${database}${suffix}`, `${aside}${suffix}`, fs);
  }
  await flushFolder(dirname(database));
};

const leftOf = (ready: string): void => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${ready}${suffix}`, { force: true });
};

/**
 * Puts a backup in the place of the database, which stays beside it under another name. Until the renaming that makes it so everything
 * is as it was; so it is when the program is killed or refuses. What that renaming leaves to do is done by `endRestore`, also of the next
 * start.
 * @param fs what names are given with
 * @throws AppError not_found, validation, integrity: there is no such file, or it is no backup that is whole; operational: it
 * is newer than this program, or another program's; no_space
 */
export const restoreDatabase = async (
  { database, backup, now }: RestoreRequest,
  fs: Functions = REAL,
): Promise<Restored> => {
  const ready = `${database}.restoring`;
  leftOf(ready);
  await endRestore(database, fs);
  try {
    const version = await layReady(backup, ready);
    const wasThere = existsSync(database);
    const aside = join(dirname(database), `before-restore-${now.replaceAll(/[:.]/g, '-')}.db`);
    if (wasThere) await keep(database, aside, fs);
    await fs.rename(ready, restoredOf(database));
    await endRestore(database, fs);
    return { version, aside: wasThere ? aside : undefined };
  } finally {
    leftOf(ready);
  }
};
