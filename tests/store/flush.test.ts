import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { createFlush } from '../../src/store/database/flush.ts';
import { openDatabase } from '../../src/store/database/open.ts';
import { tempFolder } from './setup.ts';

/** A disk that answers when it is told to. */
const setUp = () => {
  const db: Database.Database = openDatabase(join(tempFolder(), 'hubgram.db'));
  onTestFinished(() => void db.close());
  db.exec('CREATE TABLE said (text TEXT)');
  const asked: { readonly path: string; readonly answer: (error?: Error) => void }[] = [];
  const complaints: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => void complaints.push(message) };
  const sync = (path: string): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    asked.push({ path, answer: (error) => (error ? reject(error) : resolve()) });
    return promise;
  };
  const flush = createFlush(db, log, { sync, close: () => undefined });
  return {
    ...flush,
    db,
    asked,
    complaints,
    say: (text: string) => void db.prepare('INSERT INTO said VALUES (?)').run(text),
    isDone: (promise: Promise<void>) => Promise.race([promise.then(() => true), nextTurn(false)]),
  };
};

const nextTurn = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value));

describe('what is committed while the program runs', () => {
  it('is on the disk once that was waited for, which keeps nobody else waiting', async () => {
    const { db, say, asked, flushApart, flushed, isDone } = setUp();
    flushApart();
    expect(db.pragma('synchronous', { simple: true })).toBe(1);
    say('first');
    const first = flushed();
    expect(await isDone(first)).toBe(false);
    expect(asked.map(({ path }) => path)).toEqual([`${db.name}-wal`]);
    asked[0]?.answer();
    await first;
    expect(asked).toHaveLength(1);
  });

  it('is not vouched for by a look at the disk that began before', async () => {
    const { say, asked, flushApart, flushed, isDone } = setUp();
    flushApart();
    say('first');
    const first = flushed();
    await isDone(first);
    say('second');
    const [second, third] = [flushed(), flushed()];
    asked[0]?.answer();
    await first;
    expect(await isDone(second)).toBe(false);
    // One for all that have come meanwhile.
    expect(asked).toHaveLength(2);
    asked[1]?.answer();
    await Promise.all([second, third]);
  });

  it('costs nothing where there is nothing new', async () => {
    const { say, asked, flushApart, flushed } = setUp();
    say('before the program ran, and on the disk by itself');
    await flushed();
    flushApart();
    await flushed();
    expect(asked).toHaveLength(0);
  });

  it('is told of all the same if the disk fails, and the log says so', async () => {
    const { say, asked, complaints, flushApart, flushed, isDone } = setUp();
    flushApart();
    say('first');
    const first = flushed();
    await isDone(first);
    asked[0]?.answer(new Error('EIO'));
    await first;
    expect(complaints).toEqual(['A power cut may take what was written down last']);
  });

  it('waits for the disk as before where the database has no write-ahead log', async () => {
    const { db, flushApart } = setUp();
    db.pragma('journal_mode = DELETE');
    flushApart();
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
  });
});

it('a log that SQLite writes is found, also again and again, and costs nothing at the end', async () => {
  const path = join(tempFolder(), 'hubgram.db');
  const db = openDatabase(path);
  const complaints: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => void complaints.push(message) };
  const { flushApart, flushed, close } = createFlush(db, log);
  flushApart();
  db.exec('CREATE TABLE said (text TEXT)');
  for (const word of ['first', 'second']) {
    db.prepare('INSERT INTO said VALUES (?)').run(word);
    await flushed();
  }
  expect(complaints).toEqual([]);
  close();
  db.close();
  await flushed();
});
