import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { startThread } from '../../domain/failures/threads.ts';
import { codeOf } from '../../lib/error-code.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { databaseVersion } from '../database/migrate.ts';
import type { BackupReply, BackupRequest } from './backup-worker.ts';
import { backupFolder, backupsAmong, backupStem, surplusOf, timeOf } from './names.ts';

/** A backup that lies on the disk. */
export interface BackupFile {
  /** In the folder of the backups. */
  readonly file: string;
  readonly sizeBytes: number;
}

/** One that was found there. */
export interface KeptBackup extends BackupFile {
  /** ISO 8601, as its name says. */
  readonly madeAt: string;
}

/** The backups of this database, as files. */
export interface BackupFiles {
  /** Where they lie. */
  readonly folder: string;
  /**
   * Makes one beside everything else, of one moment, opened and checked before it has its name.
   * @throws AppError no_space; integrity: the database is damaged; operational; and the signal's reason
   */
  readonly takeBackup: (signal: AbortSignal) => Promise<BackupFile>;
  /** Those that lie there, the newest first. */
  readonly listBackupFiles: () => readonly KeptBackup[];
  /** The path of one; undefined if it is not there any more. */
  readonly pathOf: (file: string) => string | undefined;
  /** Removes what is more than so many. @returns their names */
  readonly removeSurplus: (kept: number) => readonly string[];
}

/** The copy and what it is packed into lie there together for a moment. */
const TIMES_THE_DATABASE = 2;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const freeIn = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const inThread = (request: BackupRequest, signal: AbortSignal): Promise<BackupReply> =>
  new Promise((resolve, reject) => {
    const worker = startThread(new URL('backup-worker.ts', import.meta.url), 'makes backups', { workerData: request });
    const end = (): void => {
      void worker.terminate();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', end, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      signal.removeEventListener('abort', end);
      // After an answer, or after what was told above, this says nothing more.
      reject(new AppError('operational', 'The backup broke off.'));
    });
  });

/**
 * @param now the current time, ISO 8601
 * @param freeBytes how much room there is where a folder lies
 */
export const createBackupFiles = (
  db: Database.Database,
  now: () => string,
  freeBytes: (folder: string) => Promise<number> = freeIn,
): BackupFiles => {
  const database = db.name;
  const folder = backupFolder(database);
  const listed = () => {
    try {
      return backupsAmong(database, readdirSync(folder));
    } catch {
      // Not there yet, or not to be read: nothing can be said of any backup, and whoever makes one is told why.
      return [];
    }
  };

  const requireFolder = (): void => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.W_OK);
    } catch (error) {
      const reason = `${folder} is no folder that hubgram may write to (${codeOf(error)})`;
      throw new AppError('operational', `${reason}. Check what it is, its owner and its permissions.`, {
        cause: error,
      });
    }
  };

  const requireRoom = async (): Promise<void> => {
    const needed = TIMES_THE_DATABASE * (sizeOf(database) + sizeOf(`${database}-wal`));
    const free = await freeBytes(folder);
    if (free >= needed) return;
    throw new AppError(
      'no_space',
      `A backup needs ${formatBytes(needed)} in ${folder} for a moment, and ${formatBytes(free)} are free. Make room there.`,
    );
  };

  return {
    folder,
    takeBackup: async (signal) => {
      requireFolder();
      await requireRoom();
      signal.throwIfAborted();
      const stem = backupStem(database, databaseVersion(db), now());
      const reply = await inThread({ database, folder, stem }, signal);
      if ('file' in reply) return reply;
      if (reply.code === undefined) throw new Error(reply.message);
      throw new AppError(reply.code, reply.message);
    },
    listBackupFiles: () =>
      listed().map(({ name, at }) => ({ file: name, sizeBytes: sizeOf(join(folder, name)), madeAt: timeOf(at) })),
    pathOf: (file) => {
      const path = join(folder, file);
      return existsSync(path) ? path : undefined;
    },
    removeSurplus: (kept) =>
      surplusOf(listed(), kept, now()).map(({ name }) => {
        rmSync(join(folder, name), { force: true });
        return name;
      }),
  };
};
