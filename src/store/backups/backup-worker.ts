import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createGzip } from 'node:zlib';
import Database from 'better-sqlite3';
import { AppError, type ErrorCode } from '../../domain/errors.ts';
import { codeOf } from '../../lib/error-code.ts';
import { flushFolder } from '../../lib/folder.ts';
import { storeError } from '../database/sql.ts';
import { checkDatabase } from './check.ts';
import { isLeftOver, UNFINISHED } from './names.ts';

/** Main → worker: which database, and where its backup is to lie. */
export interface BackupRequest {
  readonly database: string;
  readonly folder: string;
  /** Without an ending. */
  readonly stem: string;
}

/** Worker → main: it lies there, or why not. */
export type BackupReply =
  | { readonly file: string; readonly sizeBytes: number }
  | { readonly code: ErrorCode | undefined; readonly message: string };

/** Between two of them the thread can be ended. */
const PAGES_AT_ONCE = 500;

/** Also what a kill has left of an earlier one. */
const removeUnfinished = ({ database, folder }: BackupRequest): void => {
  for (const name of readdirSync(folder)) if (isLeftOver(database, name)) rmSync(join(folder, name), { force: true });
};

/** Nobody else may read what is in it, also not while it grows. */
const makePrivate = (path: string): void => closeSync(openSync(path, 'wx', 0o600));

const copy = async (database: string, to: string): Promise<void> => {
  makePrivate(to);
  const db = new Database(database, { fileMustExist: true });
  try {
    // One state of it, whatever is written meanwhile: without this it would begin anew at each change.
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    await db.backup(to, { progress: () => PAGES_AT_ONCE });
  } finally {
    db.close();
  }
};

/**
 * The copy was made while it was wanted, and mostly before the message that asked for it was done with, which Telegram may give
 * again: who restores it does not want another one, nor an answer.
 */
const forgetWish = (path: string): void => {
  const db = new Database(path, { fileMustExist: true });
  try {
    db.exec(`BEGIN;
      INSERT INTO handled_updates (update_id, handled_at)
        SELECT update_id, created_at FROM backups WHERE state = 'wanted' AND update_id IS NOT NULL ON CONFLICT DO NOTHING;
      DELETE FROM updates WHERE update_id IN (SELECT update_id FROM backups WHERE state = 'wanted');
      DELETE FROM backups WHERE state = 'wanted';
      COMMIT;`);
  } finally {
    db.close();
  }
};

const compress = async (from: string, to: string): Promise<void> => {
  makePrivate(to);
  await pipeline(createReadStream(from), createGzip(), createWriteStream(to, { flush: true }));
};

/** @throws AppError, and what Node throws */
const makeBackup = async (request: BackupRequest): Promise<BackupReply> => {
  const { database, folder, stem } = request;
  const file = `${stem}.db.gz`;
  const whole = join(folder, `${stem}.db${UNFINISHED}`);
  const packed = join(folder, `${file}${UNFINISHED}`);
  removeUnfinished(request);
  try {
    await copy(database, whole);
    forgetWish(whole);
    checkDatabase(whole);
    await compress(whole, packed);
    renameSync(packed, join(folder, file));
    await flushFolder(folder);
    return { file, sizeBytes: statSync(join(folder, file)).size };
  } finally {
    removeUnfinished(request);
  }
};

const answer = async (request: BackupRequest): Promise<BackupReply> => {
  try {
    return await makeBackup(request);
  } catch (error) {
    const known = storeError(error, join(request.folder, request.stem));
    if (known instanceof AppError) return { code: known.code, message: known.message };
    const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
    if (isFull) return { code: 'no_space', message: `The disk with ${request.folder} is full.` };
    return { code: undefined, message: String(error) };
  }
};

parentPort?.postMessage(await answer(workerData as BackupRequest));
