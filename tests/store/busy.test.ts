import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { isBusy } from '../../src/domain/errors.ts';
import { openDatabase } from '../../src/store/database/open.ts';
import { createSql, numberOf, type Sql } from '../../src/store/database/sql.ts';
import { openTestStore } from '../helpers/database.ts';
import { failure, tempFolder } from './setup.ts';

interface Bench {
  readonly sql: Sql;
  /** How long a statement would wait, in milliseconds. */
  readonly waitMs: () => unknown;
  readonly write: () => void;
  /** Another program takes the database for itself. @returns gives it back */
  readonly lock: () => () => void;
}

const openBench = (): Bench => {
  const path = join(tempFolder(), 'hubgram.db');
  openTestStore(path).close();
  const db = openDatabase(path);
  const other = new Database(path);
  onTestFinished(() => {
    other.close();
    db.close();
  });
  const sql = createSql(db);
  return {
    sql,
    waitMs: () => db.pragma('busy_timeout', { simple: true }),
    write: () => void sql.run("INSERT INTO conversations (key, value, version, updated_at) VALUES ('1:1', '', 1, '')"),
    lock: () => {
      other.exec('BEGIN IMMEDIATE');
      return () => void other.exec('ROLLBACK');
    },
  };
};

it('a lock of another program is waited for a moment once, not by each write', () => {
  const { sql, waitMs, write, lock } = openBench();
  expect(waitMs()).toBe(5000);
  sql.waitBriefly();
  expect(waitMs()).toBe(25);
  const release = lock();
  const error = failure(write);
  expect(error.message).toBe('The database is busy: another program is writing to it.');
  expect(isBusy(error)).toBe(true);
  expect(waitMs()).toBe(0);
  expect(isBusy(failure(() => sql.atomically(write)))).toBe(true);
  // Whoever reads has not been kept waiting, and has not found out anything.
  expect(sql.get('SELECT count(*) FROM conversations', numberOf)).toBe(0);
  expect(waitMs()).toBe(0);
  release();
  write();
  expect(waitMs()).toBe(25);
});

it('nothing of a transaction that was refused is there', () => {
  const { sql, write, lock } = openBench();
  sql.waitBriefly();
  const release = lock();
  expect(isBusy(failure(() => sql.atomically(() => [write(), write()])))).toBe(true);
  release();
  expect(sql.get('SELECT count(*) FROM conversations', numberOf)).toBe(0);
  sql.atomically(write);
  expect(sql.get('SELECT count(*) FROM conversations', numberOf)).toBe(1);
});

it('other refusals are no sign of a busy database', () => {
  const { sql, write } = openBench();
  sql.waitBriefly();
  write();
  expect(isBusy(failure(write))).toBe(false);
  expect(isBusy(new Error('SQLITE_BUSY'))).toBe(false);
});
