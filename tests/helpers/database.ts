import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../src/app/database.ts';
import type Database from 'better-sqlite3';
import { systemClock, toIso, type WallClock } from '../../src/lib/clock.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { createSql } from '../../src/store/database/sql.ts';
import { createStore, openStore, type Store } from '../../src/store/store.ts';
import { isLent, lendDatabase } from './lent-database.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What an empty database depends on: by the texts of all migrations, and of what runs them. */
const nameOfEmpty = (): string => {
  const hash = createHash('sha256');
  for (const folder of ['migrations', 'src/store/database'])
    for (const name of readdirSync(join(ROOT, folder)).toSorted()) {
      hash.update(`${folder}/${name}\0`);
      hash.update(readFileSync(join(ROOT, folder, name)));
    }
  return `empty-${hash.digest('hex').slice(0, 16)}.db`;
};

const makeEmpty = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-empty-'));
  try {
    const path = join(folder, 'hubgram.db');
    openStore(path, { clock: systemClock }).close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Kept beside what Node keeps of the sources, so that not every worker has to run all migrations. */
const readOrMakeEmpty = (): Buffer => {
  const folder = process.env['NODE_COMPILE_CACHE'];
  if (folder === undefined) return makeEmpty();
  const path = join(folder, nameOfEmpty());
  if (existsSync(path)) return readFileSync(path);
  const made = makeEmpty();
  mkdirSync(folder, { recursive: true });
  // Under its name when it is whole: other workers make it as well.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, made, { mode: 0o600 });
  renameSync(unfinished, path);
  return made;
};

/** A database as all migrations leave it: to run them takes ten times as long as to copy what they came to. */
const EMPTY = readOrMakeEmpty();

export interface FirstStartOptions {
  /** The bot finds no data folder, and makes it and its database itself. Otherwise an empty one is there, as after a first start. */
  readonly isFirstStart?: boolean;
}

/** Puts an empty database where a bot will look for its own, unless this is to be its first start. */
export const putDatabase = (dataDir: string, { isFirstStart = false }: FirstStartOptions): void => {
  if (isFirstStart) return;
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, DATABASE_FILE), EMPTY, { mode: 0o600 });
};

/** The database of `lendTestStore`. */
export const lendTestDatabase = (path: string): Database.Database => lendDatabase(path, EMPTY);

/**
 * As `openTestStore`, for what only asks and writes, by this store and by others at the same path: whoever looks at the file itself, moves, breaks
 * or locks it needs one that is nobody else's.
 */
export const lendTestStore = (path: string, clock: WallClock = systemClock): Store => {
  if (existsSync(path) && !isLent(path)) return openStore(path, { clock });
  const db = lendTestDatabase(path);
  return createStore(db, createSql(db), () => toIso(clock.now()));
};

/** As `openStore`; a file that is not there yet begins as a copy of an empty database. */
export const openTestStore = (path: string, clock: WallClock = systemClock, log: Log = silentLog): Store => {
  if (!existsSync(path)) writeFileSync(path, EMPTY, { mode: 0o600 });
  return openStore(path, { clock, log });
};
