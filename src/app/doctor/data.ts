import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { WallClock } from '../../lib/clock.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { backupFolder, backupsAmong } from '../../store/backups/names.ts';
import { examineDatabase } from '../../store/backups/check.ts';
import { holderOf } from '../../store/database/lock.ts';
import { newestVersion } from '../../store/database/migrate.ts';
import { type Finding, fine, leftOut, looked, warning, wrong } from './finding.ts';

/** What only its owner may read. A bot that runs may have removed a log or a half backup since the folder was read. */
const isOpenToOthers = (path: string): boolean =>
  process.platform !== 'win32' && ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;

const canWrite = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const folderFinding = (dataDir: string): Finding => {
  const about = 'Data folder';
  if (!statSync(dataDir).isDirectory()) {
    return wrong(about, `${dataDir} is no folder.`, 'Choose one by HUBGRAM_DATA_DIR, or move away what lies there.');
  }
  if (!canWrite(dataDir)) {
    return wrong(
      about,
      `${dataDir} cannot be written to by this user.`,
      `Run this as the user that hubgram runs as, or change its owner (chown).`,
    );
  }
  if (isOpenToOthers(dataDir)) {
    return warning(about, `Others may look into ${dataDir}.`, `chmod 700 ${dataDir}`);
  }
  return fine(about, `${dataDir} is for its owner alone.`);
};

/** The database with its log, what a restore has put aside, its backups, keys, and what the program has logged of people. */
const secretsIn = (dataDir: string): readonly string[] => {
  const names = readdirSync(dataDir).filter((name) => /^hubgram\.db|^before-restore-|\.key$|^redis\.json/.test(name));
  const within = ['backups', 'logs'].flatMap((folder) =>
    existsSync(join(dataDir, folder)) ? readdirSync(join(dataDir, folder)).map((name) => join(folder, name)) : [],
  );
  return [...names, ...within];
};

const secretsFinding = (dataDir: string, what = 'The database, its backups, the logs and keys'): Finding => {
  const about = 'Secrets';
  const open = secretsIn(dataDir).filter((name) => isOpenToOthers(join(dataDir, name)));
  if (open.length === 0) return fine(about, `${what} are for their owner alone.`);
  const [first = ''] = open;
  const more = open.length === 1 ? '' : ` and ${open.length - 1} more`;
  return wrong(
    about,
    `Others may read ${first}${more}.`,
    `chmod 600 ${open.map((name) => join(dataDir, name)).join(' ')}`,
  );
};

const holderFinding = (dataDir: string): Finding => {
  const holder = holderOf(join(dataDir, 'hubgram.lock'));
  return holder === undefined
    ? fine('Running', 'No hubgram uses the data folder now.')
    : fine('Running', `A hubgram uses the data folder: ${holder}. What is looked at here is left as it is.`);
};

/** A reader of a log in use makes files beside it: as another user, such that the bot could not open them any more. */
const isOurs = (path: string): boolean => process.getuid === undefined || statSync(path).uid === process.getuid();

const databaseFinding = (database: string): Finding => {
  const about = 'Database';
  if (!existsSync(database)) return fine(about, `${database} is made at the first start.`);
  if (!isOurs(database)) {
    return leftOut(about, `${basename(database)} is another user’s: run this as the user that hubgram runs as.`);
  }
  try {
    const version = examineDatabase(database);
    const newest = newestVersion();
    // While it is in use, most of it may stand in its log.
    const files = [database, `${database}-wal`];
    const size = formatBytes(
      files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0),
    );
    if (version > newest) {
      const says = `It was written by a newer hubgram: it has version ${version}, this one knows ${newest}.`;
      return wrong(about, says, 'Update hubgram, or restore a backup: npm start -- restore FILE.');
    }
    const update = version < newest ? `, which the next start brings to ${newest}` : '';
    return fine(about, `It was read to its end: ${size}, version ${version}${update}.`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return wrong(about, error.message, 'Stop hubgram, and restore a backup: npm start -- restore FILE.');
  }
};

const DAY_MS = 86_400_000;
const BACKUP_AGE_MOST_MS = 3 * DAY_MS;

const backupFinding = (database: string, kept: number, clock: WallClock): Finding => {
  const about = 'Backups';
  const folder = backupFolder(database);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const [newest, ...others] = backupsAmong(database, files);
  const remedy = 'Write /backup to the bot, and look at what it answers.';
  if (!existsSync(database)) return leftOut(about, 'There is nothing yet to make one of.');
  if (!newest) {
    return kept === 0
      ? warning(about, 'There is none, and none is made by night (backups_kept is 0).', remedy)
      : fine(about, 'There is none yet; the first is made in the night.');
  }
  const ageMs = clock.now() - statSync(join(folder, newest.name)).mtimeMs;
  const says = `The newest of ${others.length + 1} is ${newest.name}, ${formatDuration(Math.max(0, ageMs))} old.`;
  return kept > 0 && ageMs > BACKUP_AGE_MOST_MS ? warning(about, says, remedy) : fine(about, says);
};

/** The data folder, and what lies in it. @param kept how many backups are to stay */
export const dataFindings = (dataDir: string, kept: number, clock: WallClock): readonly Finding[] => {
  if (!existsSync(dataDir)) return [fine('Data folder', `${dataDir} is made at the first start.`)];
  const database = join(dataDir, 'hubgram.db');
  const folder = looked('Data folder', () => folderFinding(dataDir));
  if (folder.state === 'wrong') return [folder];
  return [
    folder,
    looked('Secrets', () => secretsFinding(dataDir)),
    holderFinding(dataDir),
    looked('Database', () => databaseFinding(database)),
    looked('Backups', () => backupFinding(database, kept, clock)),
  ];
};

/** The data folder of a host, which has no database. */
export const hostDataFindings = (dataDir: string): readonly Finding[] => {
  if (!existsSync(dataDir)) return [fine('Data folder', `${dataDir} is made at the first start.`)];
  const folder = looked('Data folder', () => folderFinding(dataDir));
  if (folder.state === 'wrong') return [folder];
  const secrets = (): Finding => secretsFinding(dataDir, 'What Redis knows this machine by, and the logs');
  return [folder, looked('Secrets', secrets), holderFinding(dataDir)];
};
