import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { createDatabaseCheck } from '../../src/ops/health/database-check.ts';
import { createWriteCheck } from '../../src/ops/health/write-check.ts';
import { createDiskCheck } from '../../src/ops/health/disk-check.ts';
import { createHealth, type Finding } from '../../src/ops/health/health.ts';
import { createQueueCheck } from '../../src/ops/health/queue-check.ts';
import { createTestClock } from '../helpers/clock.ts';
import { openTestStore } from '../helpers/database.ts';
import { openTroubledStore } from '../store/full-disk.ts';

const folderOf = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-health-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const well = { ok: true, message: 'well' };

describe('the report', () => {
  it('is well if all that was looked at is, and names each', async () => {
    const look = createHealth({ log: silentLog, checks: { one: () => well, two: async () => well } });
    expect(await look()).toEqual({ ok: true, checks: { one: well, two: well } });
  });

  it('is not if one is not', async () => {
    const ill = { ok: false, message: 'ill' };
    const look = createHealth({ log: silentLog, checks: { one: () => well, two: async () => ill } });
    expect(await look()).toEqual({ ok: false, checks: { one: well, two: ill } });
  });

  it('waits for nobody longer than its time, and says so', async () => {
    const hangs = (): Promise<never> => new Promise(() => undefined);
    const look = createHealth({ log: silentLog, checks: { one: () => well, disk: hangs }, timeoutMs: 1 });
    expect(await look()).toMatchObject({
      ok: false,
      checks: { one: well, disk: { ok: false, message: expect.stringContaining('no answer in time') } },
    });
  });

  it('is not well where looking fails: the reason is for the log', async () => {
    const logged: object[] = [];
    const log: Log = { ...silentLog, error: (fields) => logged.push(fields) };
    const fails = (): never => {
      throw new Error('SELECT secret');
    };
    const report = await createHealth({ log, checks: { one: fails, two: () => well } })();
    expect(report).toMatchObject({ ok: false, checks: { one: { ok: false }, two: well } });
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(logged).toMatchObject([{ check: 'one', err: { message: 'SELECT secret' } }]);
  });
});

describe('the database', () => {
  const STEP_MS = 5000;

  it.each([
    ['SQLITE_FULL', /^The disk is full: nothing can be written down in .* until there is room\.$/],
    ['SQLITE_IOERR_WRITE', /^The disk with .* does not take or give data/],
  ] as const)('is red on %s, and well again when it takes a row', async (code, message) => {
    const clock = createTestClock();
    const disk = openTroubledStore(join(folderOf(), 'hubgram.db'), clock);
    onTestFinished(disk.store.close);
    const check = createDatabaseCheck({ store: disk.store, clock });
    expect(await check()).toEqual({ ok: true, message: 'It can be written to.' });
    disk.trouble(code);
    clock.pass(STEP_MS);
    expect(await check()).toEqual({ ok: false, message: expect.stringMatching(message) });
    disk.trouble(undefined);
    clock.pass(STEP_MS);
    expect(await check()).toMatchObject({ ok: true });
  });

  it('is red when another program has locked it for a minute, not before', async () => {
    const clock = createTestClock();
    const path = join(folderOf(), 'hubgram.db');
    const store = openTestStore(path, clock);
    onTestFinished(store.close);
    store.waitBriefly();
    const other = new Database(path);
    onTestFinished(() => void other.close());
    other.exec('BEGIN IMMEDIATE');
    const check = createDatabaseCheck({ store, clock });
    expect(await check()).toEqual({ ok: true, message: 'The database is busy: another program is writing to it.' });
    for (let passed = STEP_MS; passed < 60_000; passed += STEP_MS) {
      clock.pass(STEP_MS);
      expect(await check()).toMatchObject({ ok: true });
    }
    clock.pass(STEP_MS);
    expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('more than a minute') });
    other.exec('ROLLBACK');
    clock.pass(STEP_MS);
    expect(await check()).toMatchObject({ ok: true });
  });

  it('is written to once in five seconds, however often it is asked', async () => {
    const clock = createTestClock();
    const path = join(folderOf(), 'hubgram.db');
    const store = openTestStore(path, clock);
    onTestFinished(store.close);
    const reader = new Database(path, { readonly: true });
    onTestFinished(() => void reader.close());
    const writtenAt = (): unknown => reader.prepare('SELECT written_at FROM write_checks').pluck().get();
    const check = createDatabaseCheck({ store, clock });
    await check();
    const first = writtenAt();
    expect(first).toBe('2026-11-21T12:00:00.000Z');
    clock.pass(STEP_MS - 1);
    await check();
    expect(writtenAt()).toBe(first);
    clock.pass(1);
    await check();
    expect(writtenAt()).toBe('2026-11-21T12:00:05.000Z');
  });
});

describe('the disk', () => {
  const LEAST = 64 * 1024 * 1024;

  it.each([
    [LEAST, true, /^67\.1 MB are free for models, less than the 2 GB that stay free: downloads wait for room\.$/],
    [LEAST - 1, false, /^The disk of the database has 67\.1 MB left and needs 67\.1 MB: make room on it\.$/],
    [2e9, true, /^2 GB are free for models\.$/],
  ])('with %d bytes left: %s', async (free, ok, message) => {
    const folder = folderOf();
    const deps = { cacheDir: folder, dataDir: folder, minFreeBytes: () => 2e9, freeBytes: async () => free };
    expect(await createDiskCheck(deps)()).toEqual({ ok, message: expect.stringMatching(message) });
  });

  it('asks the system what is free', async () => {
    const folder = folderOf();
    expect(await createDiskCheck({ cacheDir: folder, dataDir: folder, minFreeBytes: () => 0 })()).toEqual({
      ok: true,
      message: expect.stringMatching(/^[\d.]+ [MGT]B are free for models\.$/),
    });
  });

  it('is red where a folder has gone', async () => {
    const folder = folderOf();
    const check = createDiskCheck({ cacheDir: join(folder, 'hub'), dataDir: folder, minFreeBytes: () => 0 });
    expect(await check()).toEqual({
      ok: false,
      message: 'The folder of the models is not there: what it lies on may not be mounted.',
    });
  });

  it('is red where its disk is not mounted, though a folder is there', async () => {
    const folder = folderOf();
    const mount = { point: '/mnt/models', isThere: async () => false };
    expect(await createDiskCheck({ cacheDir: folder, dataDir: folder, minFreeBytes: () => 0, mount })()).toEqual({
      ok: false,
      message: 'The disk with the models is not mounted at /mnt/models: mount it.',
    });
  });

  it('is red where something lies in its place that cannot be used', async () => {
    const folder = folderOf();
    const cacheDir = join(folder, 'hub');
    writeFileSync(cacheDir, '', { mode: 0o600 });
    expect(await createDiskCheck({ cacheDir, dataDir: folder, minFreeBytes: () => 0 })()).toMatchObject({
      ok: false,
      message: expect.stringContaining('look at its owner and its permissions'),
    });
  });

  it('that hangs is asked once, however often somebody asks', async () => {
    const folder = folderOf();
    const { promise, resolve } = Promise.withResolvers<number>();
    let asked = 0;
    const freeBytes = (): Promise<number> => {
      asked += 1;
      return promise;
    };
    const check = createDiskCheck({ cacheDir: folder, dataDir: folder, minFreeBytes: () => 0, freeBytes });
    const ask = async (): Promise<Finding> => check();
    const answers = [ask(), ask(), ask()];
    resolve(5e9);
    expect(await Promise.all(answers)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(asked).toBe(2);
    await check();
    expect(asked).toBe(4);
  });
});

it.each([
  [undefined, true],
  [15 * 60_000 - 1, true],
  [15 * 60_000, false],
] as const)('a queue that stands still for %s ms though it could move: %s', async (stillMs, ok) => {
  expect(await createQueueCheck({ queue: { stillMs: () => stillMs } })()).toMatchObject({ ok });
});

describe('a write to the data folder', () => {
  const clock = createTestClock();

  it('is tried, and not more often than every five seconds', async () => {
    const path = join(folderOf(), 'write-check');
    const check = createWriteCheck({ path, clock });
    expect(await check()).toEqual({ ok: true, message: 'It can be written to.' });
    rmSync(path);
    clock.pass(4999);
    await check();
    expect(existsSync(path)).toBe(false);
    clock.pass(1);
    await check();
    expect(existsSync(path)).toBe(true);
  });

  it('that the disk does not take is said', async () => {
    expect(await createWriteCheck({ path: '/dev/full', clock })()).toEqual({
      ok: false,
      message: 'The data folder cannot be written to; the disk is full: make room on it.',
    });
    expect(await createWriteCheck({ path: join(folderOf(), 'none', 'write-check'), clock })()).toEqual({
      ok: false,
      message: 'The data folder cannot be written to; the answer is ENOENT.',
    });
  });
});
