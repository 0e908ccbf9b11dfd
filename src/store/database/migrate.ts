import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { assert } from '../../lib/assert.ts';
import { type WallClock, systemClock, toIso } from '../../lib/clock.ts';
import { backUp, findBackup } from './backup.ts';
import { openDatabase } from './open.ts';
import { storeError } from './sql.ts';

/** Where the numbered SQL files lie. */
const MIGRATIONS = join(import.meta.dirname, '../../../migrations');

interface Migration {
  readonly version: number;
  readonly name: string;
  /** The SQL; most databases have had it already, and nobody reads it then. */
  readonly read: () => string;
}

/** The numbered files in their order: 0001, 0002, … without a gap or a number twice. */
const listMigrations = (folder: string): Migration[] => {
  const migrations = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => ({ version: Number(name.slice(0, 4)), name, read: () => readFileSync(join(folder, name), 'utf8') }));
  for (const [index, { version, name }] of migrations.entries()) {
    assert(/^\d{4}_\w+\.sql$/.test(name) && version === index + 1, `${name} is not migration number ${index + 1}`);
  }
  return migrations;
};

/** The version of the schema that this program knows. */
export const newestVersion = (): number => listMigrations(MIGRATIONS).length;

/** The version a database has: that of its newest migration, 0 for an empty file. @throws AppError operational: it is another program's */
export const databaseVersion = (db: Database.Database): number => {
  // One statement: another process may be making the tables just now.
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all();
  if (tables.length === 0) return 0;
  if (!tables.includes('schema_migrations')) {
    throw new AppError('operational', `${db.name} is the database of another program. Choose another file.`);
  }
  return db.prepare<[], number | null>('SELECT max(version) FROM schema_migrations').pluck().get() ?? 0;
};

const refuseNewer = (db: Database.Database, current: number, newest: number): never => {
  throw new AppError(
    'operational',
    `${db.name} was written by a newer hubgram: it has version ${current}, this one knows ${newest}. Update hubgram, or restore a backup.`,
  );
};

const refuseLower = (db: Database.Database, current: number, target: number): never => {
  const backup = findBackup(db.name, target);
  const advice = backup
    ? `Stop hubgram and restore ${backup} instead.`
    : 'There is no backup of that version to restore.';
  throw new AppError(
    'operational',
    `${db.name} has version ${current}; it cannot go back to version ${target}. ${advice}`,
  );
};

const apply = (db: Database.Database, migration: Migration, now: string): void => {
  db.transaction(() => {
    // Another process may have been faster: it held the lock until its migration was there.
    if (databaseVersion(db) >= migration.version) return;
    db.exec(
      'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT',
    );
    db.exec(migration.read());
    const broken = db.pragma('foreign_key_check') as unknown[];
    assert(broken.length === 0, `${migration.name} leaves rows that point nowhere`);
    db.prepare('INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)').run(
      migration.version,
      migration.name,
      now,
    );
  }).immediate();
};

const applyAll = (db: Database.Database, pending: readonly Migration[], now: string): void => {
  // A table is changed by making it anew; with foreign keys on, dropping the old one would empty those that point to
  // it (sqlite.org/lang_altertable.html, section 7). The pragma does nothing inside a transaction.
  db.pragma('foreign_keys = OFF');
  try {
    for (const migration of pending) apply(db, migration, now);
  } finally {
    db.pragma('foreign_keys = ON');
  }
};

interface MigrateOptions {
  /** ISO 8601. */
  readonly now: string;
  /** Where the SQL files lie, if not at their usual place. */
  readonly folder?: string;
  /** undefined: the newest there is */
  readonly target?: number;
}

/**
 * Brings a database to a version, one transaction for each file. A database that holds something is backed up first.
 * @returns the backup's path, if one was made
 * @throws AppError operational: the database is newer than the code, or a lower version was asked for
 */
export const migrate = (db: Database.Database, options: MigrateOptions): string | undefined => {
  const migrations = listMigrations(options.folder ?? MIGRATIONS);
  const newest = migrations.length;
  try {
    const current = databaseVersion(db);
    const target = options.target ?? newest;
    if (current > newest) refuseNewer(db, current, newest);
    if (target < current) refuseLower(db, current, target);
    if (!Number.isInteger(target) || target < 1 || target > newest) {
      throw new AppError('operational', `There is no version ${target} of the database; the newest is ${newest}.`);
    }
    const pending = migrations.filter((migration) => migration.version > current && migration.version <= target);
    if (pending.length === 0) return undefined;
    const backup = current > 0 ? backUp(db, current, options.now) : undefined;
    applyAll(db, pending, options.now);
    return backup;
  } catch (error) {
    throw storeError(error, db.name);
  }
};

interface DatabaseOptions {
  readonly clock?: WallClock;
  /** Where the SQL files lie, if not at their usual place. */
  readonly migrationsDir?: string;
}

const migrateFile = (path: string, { clock = systemClock, migrationsDir }: DatabaseOptions, target?: number): true => {
  const db = openDatabase(path);
  try {
    migrate(db, {
      now: toIso(clock.now()),
      ...(migrationsDir === undefined ? {} : { folder: migrationsDir }),
      ...(target === undefined ? {} : { target }),
    });
    return true;
  } finally {
    db.close();
  }
};

/** Makes the database at `path` with its schema and first data. @returns true once it is there @throws AppError */
export const initializeDatabase = (path: string, options: DatabaseOptions = {}): boolean => migrateFile(path, options);

/**
 * Brings the database at `path` to `targetVersion`, with a backup beside it.
 * @returns true once it has it
 * @throws AppError operational: a lower version (names the backup to restore), or one that there is not
 */
export const migrateDatabase = (path: string, targetVersion: number, options: DatabaseOptions = {}): boolean =>
  migrateFile(path, options, targetVersion);
