import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { backupFolder, backupsAmong, backupStem, UNFINISHED } from '../backups/names.ts';
import { storeError } from './sql.ts';

/**
 * Writes a consistent copy of the whole database, also of what is still in its log, as one file that only its owner
 * may read. It has its name when it is whole, not before.
 * @throws AppError validation: the file exists; operational: it cannot be written
 */
export const copyDatabase = (db: Database.Database, file: string): void => {
  if (existsSync(file)) throw new AppError('validation', `${file} exists already. Choose another name.`);
  // Of this process alone: another one may be making the same copy just now.
  const unfinished = `${file}.${randomBytes(4).toString('hex')}${UNFINISHED}`;
  try {
    // Before anything is in it: nobody else may read it while it grows.
    closeSync(openSync(unfinished, 'wx', 0o600));
    db.prepare('VACUUM INTO ?').run(unfinished);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw storeError(error, db.name);
  }
};

/** The copy that is made before a migration. @returns its path */
export const backUp = (db: Database.Database, version: number, now: string): string => {
  const folder = backupFolder(db.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${backupStem(db.name, version, now)}.db`);
  // Two processes that start in the same millisecond make the same copy.
  if (!existsSync(file)) copyDatabase(db, file);
  return file;
};

/** The newest backup of the database at `path` that has this version. */
export const findBackup = (path: string, version: number): string | undefined => {
  const folder = backupFolder(path);
  if (!existsSync(folder)) return undefined;
  const newest = backupsAmong(path, readdirSync(folder)).find((backup) => backup.version === version);
  return newest && join(folder, newest.name);
};
