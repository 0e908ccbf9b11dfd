import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { copyDatabase } from '../../src/store/database/backup.ts';
import { initializeDatabase, migrateDatabase } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open.ts';
import { createSql } from '../../src/store/database/sql.ts';
import { createStore, openStore } from '../../src/store/store.ts';
import { openTestStore } from '../helpers/database.ts';
import { CHAT, codeOf, createClock, failure, openBench, tempFolder } from './setup.ts';
import { inThreads } from './threads.ts';

const REAL = join(import.meta.dirname, '../../migrations');

/** The real migrations, and more. */
const migrationsWith = (more: Record<string, string>): string => {
  const folder = join(tempFolder(), 'migrations');
  mkdirSync(folder);
  for (const name of readdirSync(REAL)) copyFileSync(join(REAL, name), join(folder, name));
  for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text);
  return folder;
};

const NEWEST = readdirSync(REAL).filter((name) => name.endsWith('.sql')).length;
const numbered = (version: number, what: string): string => `${String(version).padStart(4, '0')}_${what}.sql`;
const NEXT = numbered(NEWEST + 1, 'stars');
const ONE_MORE = { [NEXT]: 'CREATE TABLE stars (id INTEGER PRIMARY KEY) STRICT;' };

const peek = <T>(path: string, work: (db: Database.Database) => T): T => {
  const db = new Database(path, { fileMustExist: true });
  try {
    return work(db);
  } finally {
    db.close();
  }
};

const versions = (path: string): unknown[] =>
  peek(path, (db) => db.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck().all());

const backupsBeside = (path: string): string[] => {
  const folder = join(path, '../backups');
  return existsSync(folder) ? readdirSync(folder) : [];
};

it('a connection keeps 4 MB of pages, not the 16 of better-sqlite3', () => {
  const db = openDatabase(join(tempFolder(), 'hubgram.db'));
  try {
    expect(db.pragma('cache_size', { simple: true })).toBe(-4000);
  } finally {
    db.close();
  }
});

describe('openStore', () => {
  it('makes the file, its folder and the schema', () => {
    const path = join(tempFolder(), 'new', 'folder', 'hubgram.db');
    const store = openStore(path, { clock: createClock() });
    store.close();
    expect(versions(path)).toEqual(Array.from({ length: NEWEST }, (_, index) => index + 1));
    expect(statSync(join(path, '..')).mode & 0o077).toBe(0);
  });

  it('keeps it and its log from other people on the machine, also in a folder that is open to all', () => {
    const path = join(tempFolder(), 'hubgram.db');
    chmodSync(dirname(path), 0o755);
    openBench(path).store.users.upsertUser({ userId: 1, firstName: 'Ann', username: null });
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(`${path}${suffix}`).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  it('gives every connection the same settings', () => {
    const db = openDatabase(join(tempFolder(), 'hubgram.db'));
    const setting = (name: string): unknown => db.pragma(name, { simple: true });
    expect(setting('journal_mode')).toBe('wal');
    expect(setting('synchronous')).toBe(2);
    expect(setting('foreign_keys')).toBe(1);
    expect(setting('trusted_schema')).toBe(0);
    expect(setting('busy_timeout')).toBe(5000);
    db.close();
  });

  it('makes one schema, also if several processes open the same new file at once', async () => {
    const path = join(tempFolder(), 'hubgram.db');
    const results = await inThreads(
      4,
      `const store = openStore(workerData.path, { clock: { now: () => Date.now() } });
       const model = store.models.createModel({ chatId: workerData.index + 1, name: 'gpt2' });
       store.close();
       return model.name;`,
      { path },
    );
    expect(results).toEqual(['gpt2', 'gpt2', 'gpt2', 'gpt2']);
    expect(versions(path)).toEqual(Array.from({ length: NEWEST }, (_, index) => index + 1));
  });

  it('keeps what it was told for the next opening, without a backup', () => {
    const path = join(tempFolder(), 'hubgram.db');
    const clock = createClock();
    const first = openTestStore(path, clock);
    first.models.createModel({ chatId: CHAT, name: 'gpt2' });
    first.close();
    const second = openStore(path, { clock });
    expect(second.models.getModelByName(CHAT, 'gpt2')?.name).toBe('gpt2');
    second.close();
    expect(backupsBeside(path)).toEqual([]);
  });

  it('says which file cannot be opened, and that it is no database', () => {
    const path = join(tempFolder(), 'notes.db');
    writeFileSync(path, 'these are notes, not a database\n'.repeat(200));
    const error = failure(() => openStore(path, { clock: createClock() }));
    expect(error.code).toBe('connection');
    expect(error.message).toContain(path);
    expect(readFileSync(path, 'utf8')).toContain('these are notes');
  });

  it('says so if the folder cannot be made', () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    expect(codeOf(() => openStore(join(file, 'below', 'hubgram.db'), { clock: createClock() }))).toBe('connection');
  });

  it('leaves the database of another program alone', () => {
    const path = join(tempFolder(), 'other.db');
    const other = new Database(path);
    other.exec('CREATE TABLE recipes (id INTEGER)');
    other.close();
    const error = failure(() => openStore(path, { clock: createClock() }));
    expect(error.message).toBe(`${path} is the database of another program. Choose another file.`);
    expect(peek(path, (db) => db.prepare('SELECT name FROM sqlite_schema').pluck().all())).toEqual(['recipes']);
  });

  it('raises connection errors once it is closed', () => {
    const store = openTestStore(join(tempFolder(), 'hubgram.db'));
    store.close();
    expect(codeOf(() => store.models.getModel(1))).toBe('connection');
    expect(codeOf(() => store.atomically(() => 1))).toBe('connection');
  });

  it('raises operational errors that name what is missing', () => {
    const { store, raw } = openBench();
    raw.exec('DROP TABLE conversations');
    const error = failure(() => store.conversations.read('1:1'));
    expect(error.code).toBe('operational');
    expect(error.message).toContain('conversations');
  });

  it('tells a full disk, a busy database, a file that may not be written and a damaged one apart', () => {
    const path = join(tempFolder(), 'hubgram.db');
    openTestStore(path).close();
    // A connection that does not wait, so that the test does not either.
    const db = new Database(path, { timeout: 0 });
    const store = createStore(db, createSql(db), () => createClock().iso());
    const other = new Database(path);
    const fill = (): unknown => store.conversations.write('1:1', 'x'.repeat(100_000));
    const told = (work: () => unknown): readonly string[] => {
      const { code, message } = failure(work);
      return [code, message];
    };
    db.pragma('max_page_count = 1');
    expect(told(fill)).toEqual([
      'no_space',
      `The disk is full: nothing can be written down in ${dirname(path)} until there is room.`,
    ]);
    expect(store.conversations.read('1:1')).toBeUndefined();
    db.pragma('max_page_count = 100000');
    other.exec('BEGIN IMMEDIATE');
    expect(told(fill)).toEqual(['busy', 'The database is busy: another program is writing to it.']);
    other.exec('ROLLBACK');
    db.pragma('query_only = ON');
    expect(told(fill)).toEqual([
      'operational',
      `hubgram may not change its database in ${dirname(path)}. Check the owner and the permissions of its files.`,
    ]);
    db.pragma('query_only = OFF');
    fill();
    other.pragma('wal_checkpoint(TRUNCATE)');
    other.close();
    db.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(1, 4096, 200_000));
    const damaged = new Database(path);
    const broken = createStore(damaged, createSql(damaged), () => createClock().iso());
    expect(told(() => broken.models.countModels(CHAT))).toEqual([
      'connection',
      `The database in ${dirname(path)} is damaged. Stop hubgram and restore a backup of it.`,
    ]);
    broken.close();
  });
});

describe('migrations', () => {
  it('take a backup of what was there before they change it', () => {
    const path = join(tempFolder(), 'hubgram.db');
    const clock = createClock();
    const store = openTestStore(path, clock);
    store.models.createModel({ chatId: CHAT, name: 'gpt2' });
    store.close();
    openStore(path, { clock, migrationsDir: migrationsWith(ONE_MORE) }).close();
    const [backup, ...others] = backupsBeside(path);
    expect(others).toEqual([]);
    expect(backup).toBe(`hubgram-v${NEWEST}-2026-11-21T12-00-00-000Z.db`);
    const copy = join(path, '../backups', backup ?? '');
    expect(versions(copy)).not.toContain(NEWEST + 1);
    expect(peek(copy, (db) => db.prepare('SELECT name FROM models').pluck().all())).toEqual(['gpt2']);
    expect(statSync(copy).mode & 0o077).toBe(0);
    expect(versions(path)).toContain(NEWEST + 1);
  });

  it('leave alone the backup that another process has begun in the same millisecond', () => {
    const path = join(tempFolder(), 'hubgram.db');
    const clock = createClock();
    openTestStore(path, clock).close();
    const folder = join(path, '../backups');
    const begun = `hubgram-v${NEWEST}-2026-11-21T12-00-00-000Z.db.unfinished`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, begun), 'half');
    openStore(path, { clock, migrationsDir: migrationsWith(ONE_MORE) }).close();
    expect(readFileSync(join(folder, begun), 'utf8')).toBe('half');
    expect(backupsBeside(path)).toContain(begun.replace('.unfinished', ''));
  });

  it('are refused if the database is newer, with the file and both versions', () => {
    const path = join(tempFolder(), 'hubgram.db');
    openTestStore(path).close();
    openStore(path, { clock: createClock(), migrationsDir: migrationsWith(ONE_MORE) }).close();
    const error = failure(() => openStore(path, { clock: createClock() }));
    expect(error.code).toBe('operational');
    expect(error.message).toBe(
      `${path} was written by a newer hubgram: it has version ${NEWEST + 1}, this one knows ${NEWEST}. Update hubgram, or restore a backup.`,
    );
  });

  it('are all or nothing', () => {
    const path = join(tempFolder(), 'hubgram.db');
    openTestStore(path).close();
    const broken = migrationsWith({
      [NEXT]: 'CREATE TABLE stars (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);',
    });
    expect(codeOf(() => openStore(path, { clock: createClock(), migrationsDir: broken }))).toBe('operational');
    expect(versions(path)).not.toContain(NEWEST + 1);
    expect(
      peek(path, (db) => db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'stars'").pluck().get()),
    ).toBe(0);
  });

  it('may make a table anew without emptying those that point to it', () => {
    const path = join(tempFolder(), 'hubgram.db');
    const clock = createClock();
    const store = openTestStore(path, clock);
    const model = store.models.createModel({ chatId: CHAT, name: 'gpt2', category: 'text' });
    store.cards.putCard({ modelId: model.id, chatId: CHAT, threadId: null, messageId: 5, replyTo: null });
    store.close();
    const anew = `
      CREATE TABLE categories_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      INSERT INTO categories_new SELECT id, name FROM categories;
      DROP TABLE categories;
      ALTER TABLE categories_new RENAME TO categories;`;
    const migrated = openStore(path, { clock, migrationsDir: migrationsWith({ [NEXT]: anew }) });
    expect(migrated.models.getModel(model.id)?.category).toBe('text');
    // And afterwards they are kept again.
    expect(codeOf(() => migrated.models.updateModelDetails(model.id, { category: 'nonsense' }))).toBe('integrity');
    migrated.close();
  });

  it('may not leave rows that point nowhere', () => {
    const path = join(tempFolder(), 'hubgram.db');
    const clock = createClock();
    const store = openTestStore(path, clock);
    store.models.createModel({ chatId: CHAT, name: 'gpt2', category: 'text' });
    store.close();
    const folder = migrationsWith({ [NEXT]: 'DELETE FROM categories;' });
    expect(() => openStore(path, { clock, migrationsDir: folder })).toThrow('point nowhere');
    expect(versions(path)).not.toContain(NEWEST + 1);
  });

  it('must be numbered without a gap', () => {
    const folder = migrationsWith({ [numbered(NEWEST + 2, 'late')]: 'SELECT 1;' });
    const path = join(tempFolder(), 'hubgram.db');
    expect(() => openStore(path, { clock: createClock(), migrationsDir: folder })).toThrow('is not migration number');
  });
});

describe('initializeDatabase and migrateDatabase', () => {
  it('make a database with its schema and first data', () => {
    const path = join(tempFolder(), 'hubgram.db');
    expect(initializeDatabase(path)).toBe(true);
    expect(peek(path, (db) => db.prepare('SELECT count(*) FROM categories').pluck().get())).toBe(8);
    expect(initializeDatabase(path)).toBe(true);
  });

  it('bring a database to the version asked for, and no further', () => {
    const path = join(tempFolder(), 'hubgram.db');
    openTestStore(path).close();
    const migrationsDir = migrationsWith({
      ...ONE_MORE,
      [numbered(NEWEST + 2, 'planets')]: 'CREATE TABLE planets (id INTEGER) STRICT;',
    });
    expect(migrateDatabase(path, NEWEST + 1, { migrationsDir })).toBe(true);
    expect(versions(path)).toEqual(Array.from({ length: NEWEST + 1 }, (_, index) => index + 1));
    expect(migrateDatabase(path, NEWEST + 2, { migrationsDir })).toBe(true);
    expect(versions(path)).toContain(NEWEST + 2);
  });

  it('refuse a lower version with the backup to restore', () => {
    const path = join(tempFolder(), 'hubgram.db');
    const migrationsDir = migrationsWith(ONE_MORE);
    const clock = createClock();
    openTestStore(path, clock).close();
    migrateDatabase(path, NEWEST + 1, { clock, migrationsDir });
    const error = failure(() => migrateDatabase(path, NEWEST, { migrationsDir }));
    expect(error.code).toBe('operational');
    const backup = join(path, '../backups', `hubgram-v${NEWEST}-2026-11-21T12-00-00-000Z.db`);
    expect(error.message).toBe(
      `${path} has version ${NEWEST + 1}; it cannot go back to version ${NEWEST}. Stop hubgram and restore ${backup} instead.`,
    );
    expect(existsSync(backup)).toBe(true);
  });

  it('say so if there is no backup of the lower version', () => {
    const path = join(tempFolder(), 'hubgram.db');
    openTestStore(path).close();
    expect(failure(() => migrateDatabase(path, 0)).message).toContain('There is no backup of that version');
  });

  it('refuse a version that there is not', () => {
    const path = join(tempFolder(), 'hubgram.db');
    expect(failure(() => migrateDatabase(path, 999)).message).toContain('There is no version 999');
  });
});

describe('a copy of the database', () => {
  it('has everything, also while the store is open', () => {
    const { raw, add, path } = openBench();
    add('gpt2');
    const file = join(path, '../copy.db');
    copyDatabase(raw, file);
    add('org/later');
    expect(peek(file, (db) => db.prepare('SELECT name FROM models').pluck().all())).toEqual(['gpt2']);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('overwrites nothing', () => {
    const { raw, path } = openBench();
    const file = join(path, '../copy.db');
    writeFileSync(file, 'precious');
    expect(codeOf(() => copyDatabase(raw, file))).toBe('validation');
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});

describe('atomically', () => {
  it('undoes everything if the work throws, also what an inner one had done', () => {
    const { store, add } = openBench();
    const attempt = (): void =>
      store.atomically(() => {
        add('gpt2');
        store.atomically(() => add('org/inner'));
        throw new Error('no');
      });
    expect(attempt).toThrow('no');
    expect(store.models.listModels(CHAT)).toEqual([]);
  });

  it('undoes only the inner one if that alone fails', () => {
    const { store, add } = openBench();
    store.atomically(() => {
      add('gpt2');
      expect(
        codeOf(() =>
          store.atomically(() => {
            add('org/inner');
            add('gpt2');
          }),
        ),
      ).toBe('integrity');
    });
    expect(store.models.listModels(CHAT).map((model) => model.name)).toEqual(['gpt2']);
  });

  it('takes the write lock at once, so that reading first and writing later cannot fail', () => {
    const { store, raw } = openBench();
    raw.pragma('busy_timeout = 0');
    store.atomically(() => {
      expect(() => raw.exec('BEGIN IMMEDIATE')).toThrow('locked');
    });
    raw.exec('BEGIN IMMEDIATE; ROLLBACK');
  });
});
