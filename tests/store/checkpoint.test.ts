import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { createCheckpoints } from '../../src/store/database/checkpoint.ts';
import { openDatabase } from '../../src/store/database/open.ts';
import { openTestStore } from '../helpers/database.ts';
import { tempFolder } from './setup.ts';

const LONG = 'x'.repeat(2000);

const setUp = () => {
  const path = join(tempFolder(), 'hubgram.db');
  const store = openTestStore(path);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) store.close();
    isOpen = false;
  };
  onTestFinished(close);
  const sizeOf = (suffix = ''): number => statSync(`${path}${suffix}`).size;
  let serial = 0;
  /** One commit for each, and far more pages than SQLite leaves in its log by itself. */
  const write = (amount: number): void => {
    for (let count = 0; count < amount; count += 1) store.conversations.write(`${(serial += 1)}`, LONG, 1);
  };
  return { store, path, close, sizeOf, write };
};

const setUpDatabase = () => {
  const path = join(tempFolder(), 'hubgram.db');
  const db = openDatabase(path);
  onTestFinished(() => void db.close());
  return { db, path };
};

it('no commit of a running program moves the log into the database', () => {
  const { store, sizeOf, write } = setUp();
  store.flushApart();
  const before = sizeOf();
  write(3000);
  expect(sizeOf()).toBe(before);
  expect(sizeOf('-wal')).toBeGreaterThan(3000 * LONG.length);
});

it('the log is moved beside everything else, once the disk was asked, and begins anew', async () => {
  const { store, sizeOf, write } = setUp();
  store.flushApart();
  write(3000);
  await store.flushed();
  await vi.waitFor(() => expect(sizeOf()).toBeGreaterThan(3000 * LONG.length), { timeout: 60_000 });
  let log = 0;
  await vi.waitFor(
    async () => {
      log = sizeOf('-wal');
      write(1);
      if (sizeOf('-wal') === log) return;
      // It was not all moved yet when this came behind it: once more, and nothing is written meanwhile.
      write(2000);
      await store.flushed();
      expect.fail('the log goes on behind what has been moved');
    },
    { timeout: 60_000, interval: 1000 },
  );
  // As much as this would make it longer, if it went on there.
  write(1000);
  expect(sizeOf('-wal')).toBe(log);
});

it('an end meanwhile loses nothing', async () => {
  const { store, path, close, write } = setUp();
  store.flushApart();
  write(3000);
  await store.flushed();
  close();
  const next = openTestStore(path);
  expect(next.conversations.read('3000')).toBe(LONG);
  next.close();
  await vi.waitFor(() => expect(existsSync(`${path}-wal`)).toBe(false), { timeout: 60_000 });
});

it('the thread ends when there has been nothing to move for a while, and another one moves what comes then', async () => {
  const { db, path } = setUpDatabase();
  const threads: Worker[] = [];
  const start = (): Worker => {
    const thread = new Worker(new URL('../../src/store/database/checkpoint-worker.ts', import.meta.url));
    threads.push(thread);
    return thread;
  };
  const checkpoints = createCheckpoints(db, silentLog, start, 1);
  onTestFinished(checkpoints.close);
  checkpoints.begin(0);
  db.exec('CREATE TABLE words (word TEXT)');
  for (const round of [1, 2]) {
    db.prepare('INSERT INTO words VALUES (?)').run(LONG.repeat(100));
    const before = statSync(path).size;
    checkpoints.consider(round * 5000);
    await once(threads.at(-1) as Worker, 'exit');
    expect(statSync(path).size).toBeGreaterThan(before);
    expect(threads).toHaveLength(round);
  }
});

it('where there is no thread for it, SQLite does it by itself as before', async () => {
  const { db } = setUpDatabase();
  const complaints: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void complaints.push(message) };
  const pages = (): unknown => db.pragma('wal_autocheckpoint', { simple: true });
  const broken = createCheckpoints(db, log, () => new Worker('throw new Error("no room")', { eval: true }));
  broken.begin(0);
  expect(pages()).toBe(0);
  broken.consider(5000);
  await vi.waitFor(() => expect(pages()).toBe(1000), { timeout: 60_000 });
  const none = createCheckpoints(db, log, () => {
    throw new Error('EAGAIN');
  });
  none.begin(0);
  none.consider(5000);
  expect(pages()).toBe(1000);
  expect(complaints).toEqual([
    'SQLite moves its log into the database by itself again',
    'SQLite moves its log into the database by itself again',
  ]);
});

it('few changes are left for later', () => {
  const db = openDatabase(join(tempFolder(), 'hubgram.db'));
  onTestFinished(() => void db.close());
  const checkpoints = createCheckpoints(db, silentLog, () => expect.fail('a thread was started'));
  checkpoints.begin(100);
  checkpoints.consider(2099);
  expect(db.pragma('wal_autocheckpoint', { simple: true })).toBe(0);
});
