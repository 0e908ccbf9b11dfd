import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { makeOwners } from '../../src/people/configured-owners.ts';
import { migrateDatabase } from '../../src/store/database/migrate.ts';
import { openBench, tempFolder } from '../store/setup.ts';

/** The newest version of the database that did not say where roles came from. */
const BEFORE_MARKS = 4;

const ANN = 1;
const BOB = 2;
const CAROL = 3;

const owners = ({ store }: ReturnType<typeof openBench>): number[] => store.users.owners().map(({ userId }) => userId);

it('an owner who is taken out of the configuration is none after the restart, and asks like a stranger', () => {
  const bench = openBench();
  makeOwners(bench.store, [ANN, BOB]);
  expect(owners(bench)).toEqual([ANN, BOB]);
  makeOwners(bench.store, [BOB]);
  expect(owners(bench)).toEqual([BOB]);
  expect(bench.store.users.getUser(ANN)?.role).toBe('pending');
  expect(bench.store.accessRequests.ask(ANN)).toBe(true);
  makeOwners(bench.store, []);
  expect(owners(bench)).toEqual([]);
  makeOwners(bench.store, [ANN]);
  expect(owners(bench)).toEqual([ANN]);
});

it('who became owner by the link, or was let in by hand, stays that whatever the configuration says', () => {
  const bench = openBench();
  for (const userId of [ANN, CAROL]) bench.store.users.upsertUser({ userId, firstName: 'P', username: null });
  bench.store.users.setRole(ANN, 'owner');
  bench.store.users.setRole(CAROL, 'member');
  makeOwners(bench.store, [ANN, BOB]);
  makeOwners(bench.store, []);
  expect(owners(bench)).toEqual([ANN]);
  expect(bench.store.users.getUser(CAROL)?.role).toBe('member');
});

it('a member who is named and taken out again is let in anew by an owner only', () => {
  const bench = openBench();
  bench.store.users.upsertUser({ userId: CAROL, firstName: 'Carol', username: null });
  bench.store.users.setRole(CAROL, 'member');
  makeOwners(bench.store, [CAROL, BOB]);
  makeOwners(bench.store, [BOB]);
  expect(bench.store.users.getUser(CAROL)?.role).toBe('pending');
});

it('an owner of an older database counts as configured, save who opened the link', () => {
  const path = join(tempFolder(), 'hubgram.db');
  migrateDatabase(path, BEFORE_MARKS);
  const raw = new Database(path);
  const at = '2026-11-01T12:00:00.000Z';
  for (const id of [ANN, BOB]) {
    raw
      .prepare("INSERT INTO users (user_id, role, first_name, created_at, updated_at) VALUES (?, 'owner', 'P', ?, ?)")
      .run(id, at, at);
  }
  raw
    .prepare("INSERT INTO activity_log (user_id, chat_id, action, created_at) VALUES (?, ?, 'owner_claimed', ?)")
    .run(BOB, BOB, at);
  raw.close();
  const bench = openBench(path);
  makeOwners(bench.store, []);
  expect(owners(bench)).toEqual([BOB]);
});
