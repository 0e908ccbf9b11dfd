import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { createBackupFiles } from '../../src/store/backups/backup-files.ts';
import { backupsAmong, surplusOf } from '../../src/store/backups/names.ts';
import { findBackup } from '../../src/store/database/backup.ts';
import { databaseVersion } from '../../src/store/database/migrate.ts';
import { type Bench, openBench, tempFolder } from './setup.ts';

const { signal } = new AbortController();

/** A small disk can be had. */
const isRoot = process.getuid?.() === 0;

/** What a backup holds, opened. */
const opened = (bench: Bench, file: string): Database.Database => {
  const path = join(tempFolder(), 'opened.db');
  writeFileSync(path, gunzipSync(readFileSync(join(bench.store.backups.folder, file))));
  const db = new Database(path);
  onTestFinished(() => void db.close());
  return db;
};

const refusalOf = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof AppError) return error;
  throw new Error(`It was expected to be refused: ${String(error)}`);
};

const inFolder = (bench: Bench): string[] =>
  existsSync(bench.store.backups.folder) ? readdirSync(bench.store.backups.folder) : [];

describe('a backup', () => {
  it('is one file of one moment, whatever is written meanwhile, and for its owner alone', async () => {
    const bench = openBench();
    for (let at = 0; at < 2000; at += 1) bench.add(`org/model-${at}`, { description: 'x'.repeat(500) });
    const taking = bench.store.backups.takeBackup(signal);
    let added = 0;
    let isTaken = false;
    void taking.finally(() => {
      isTaken = true;
    });
    while (!isTaken) {
      // Two rows in one transaction: a backup has both, or neither.
      bench.store.atomically(() => {
        bench.add(`left/${added}`);
        bench.add(`right/${added}`);
      });
      added += 1;
      await new Promise(setImmediate);
    }
    const { file, sizeBytes } = await taking;
    expect(added).toBeGreaterThan(0);
    expect(inFolder(bench)).toEqual([file]);
    const path = join(bench.store.backups.folder, file);
    expect([statSync(path).mode & 0o777, statSync(path).size]).toEqual([0o600, sizeBytes]);
    const db = opened(bench, file);
    const count = (name: string): unknown =>
      db.prepare('SELECT count(*) FROM models WHERE name GLOB ?').pluck().get(name);
    expect(count('org/*')).toBe(2000);
    expect(count('left/*')).toBe(count('right/*'));
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
  });

  it('does not want itself: whoever restores it is not sent another one', async () => {
    const bench = openBench();
    bench.store.backups.createBackup({ askedBy: 1, updateId: 7 });
    const { file } = await bench.store.backups.takeBackup(signal);
    expect(opened(bench, file).prepare('SELECT count(*) FROM backups').pluck().get()).toBe(0);
    expect(bench.store.backups.nextBackup()?.askedBy).toBe(1);
  });

  it('is named by version and time, and found by both', async () => {
    const bench = openBench();
    const { file } = await bench.store.backups.takeBackup(signal);
    const version = databaseVersion(bench.raw);
    expect(file).toBe(`hubgram-v${version}-2026-11-21T12-00-00-000Z.db.gz`);
    expect(findBackup(bench.path, version)).toBe(join(dirname(bench.path), 'backups', file));
    expect(bench.store.backups.pathOf(file)).toBe(join(dirname(bench.path), 'backups', file));
  });

  it('of a damaged database is none: it says so, and leaves nothing', async () => {
    const bench = openBench();
    bench.raw.pragma('foreign_keys = OFF');
    bench.raw.exec('INSERT INTO cards (model_id, chat_id) VALUES (999, 1)');
    const error = await refusalOf(bench.store.backups.takeBackup(signal));
    expect(error.code).toBe('integrity');
    expect(error.message).toContain('rows of cards point nowhere');
    expect(inFolder(bench)).toEqual([]);
  });

  it('that cannot be finished leaves nothing, also of one that was killed', async () => {
    const bench = openBench();
    await bench.store.backups.takeBackup(signal);
    const [taken = ''] = inFolder(bench);
    writeFileSync(join(bench.store.backups.folder, 'hubgram-v1-killed.db.unfinished'), 'half');
    writeFileSync(join(bench.store.backups.folder, 'thesis.unfinished'), 'somebody’s own');
    bench.clock.move(1000);
    bench.raw.exec('DROP TABLE backups');
    expect((await refusalOf(bench.store.backups.takeBackup(signal))).message).toContain('no such table: backups');
    expect(inFolder(bench).toSorted()).toEqual([taken, 'thesis.unfinished']);
  });

  it.skipIf(!isRoot).each([
    ['the copy', 0.5],
    ['what it is packed into', 1.1],
  ])('that fills the disk by %s says so, and leaves the room as it was', async (_, times) => {
    const bench = openBench();
    for (let at = 0; at < 500; at += 1)
      bench.add(`org/model-${at}`, { description: randomBytes(1500).toString('hex') });
    const { folder } = bench.store.backups;
    mkdirSync(folder);
    const kilobytes = Math.ceil((times * Number(bench.raw.pragma('page_count', { simple: true })) * 4096) / 1024);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]);
    try {
      const files = createBackupFiles(bench.raw, bench.clock.iso, () => Promise.resolve(1e12));
      const error = await refusalOf(files.takeBackup(signal));
      expect([error.code, error.message]).toEqual(['no_space', expect.stringContaining('is full')]);
      expect(inFolder(bench)).toEqual([]);
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it('is not begun where there is no room for it', async () => {
    const bench = openBench();
    const files = createBackupFiles(bench.raw, bench.clock.iso, () => Promise.resolve(1000));
    const error = await refusalOf(files.takeBackup(signal));
    expect(error.code).toBe('no_space');
    expect(error.message).toMatch(/^A backup needs [\d.]+ [kM]B in .*backups for a moment, and 1 kB are free/);
    expect(inFolder(bench)).toEqual([]);
  });

  it('ends with the program', async () => {
    const bench = openBench();
    const ending = new AbortController();
    const taking = bench.store.backups.takeBackup(ending.signal);
    ending.abort(new Error('closing'));
    await expect(taking).rejects.toThrow('closing');
  });
});

describe('the backups that stay', () => {
  const name = (version: number, day: number, ending = '.db.gz'): string =>
    `hubgram-v${version}-2026-11-${String(day).padStart(2, '0')}T04-17-00-000Z${ending}`;
  const gone = (kept: number, files: readonly string[]): string[] =>
    surplusOf(backupsAmong('/data/hubgram.db', files), kept, '2026-11-30T00:00:00.000Z').map((backup) => backup.name);

  it('are the newest ones, however the folder lists them', () => {
    expect(gone(2, [name(42, 3), name(42, 1), name(42, 4), name(42, 2)])).toEqual([name(42, 2), name(42, 1)]);
    expect(gone(4, [name(42, 3), name(42, 1), name(42, 4), name(42, 2)])).toEqual([]);
  });

  it('and the newest of each version that was: the way back to that program', () => {
    const files = [name(40, 1, '.db'), name(41, 2), name(41, 3, '.db'), name(42, 4), name(42, 5)];
    expect(gone(1, files)).toEqual([name(42, 4), name(41, 2)]);
  });

  it('are hubgram’s: what else lies there is no backup', () => {
    const others = ['notes.txt', 'other-v1-2026-11-01T04-17-00-000Z.db', `${name(42, 1)}.unfinished`, 'hubgram.db'];
    expect(backupsAmong('/data/hubgram.db', others)).toEqual([]);
  });

  it('are removed from the disk', async () => {
    const { store, clock } = openBench();
    const taken: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      taken.unshift((await store.backups.takeBackup(signal)).file);
      clock.move(86_400_000);
    }
    expect(store.backups.listBackupFiles().map(({ file }) => file)).toEqual(taken);
    expect(store.backups.removeSurplus(2)).toEqual(taken.slice(2));
    expect(store.backups.listBackupFiles().map(({ file }) => file)).toEqual(taken.slice(0, 2));
  });

  it('hold the one that was just made, also after the clock was set back', async () => {
    const { store, clock } = openBench();
    const older = [(await store.backups.takeBackup(signal)).file];
    clock.move(86_400_000);
    older.push((await store.backups.takeBackup(signal)).file);
    clock.move(-10 * 86_400_000);
    const { file } = await store.backups.takeBackup(signal);
    expect(store.backups.removeSurplus(2)).toEqual(older.slice(0, 1));
    expect(store.backups.pathOf(file)).toBeDefined();
  });
});
