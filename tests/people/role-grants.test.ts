import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { makeOwners } from '../../src/people/configured-owners.ts';
import { migrateDatabase } from '../../src/store/database/migrate.ts';
import { openBench, tempFolder } from '../store/setup.ts';

/** The newest version of the database that did not say who gave a role. */
const BEFORE_GRANTS = 45;

const OLGA = 1;
const ANN = 2;
const GROUP = -4;

it('of an older database, who let somebody in is what the activity log says last', () => {
  const path = join(tempFolder(), 'hubgram.db');
  migrateDatabase(path, BEFORE_GRANTS);
  const raw = new Database(path);
  const insert = raw.prepare(
    'INSERT INTO activity_log (user_id, chat_id, action, metadata, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  const id = (of: number): string => JSON.stringify({ id: of });
  insert.run(OLGA, OLGA, 'owner_claimed', null, '2026-11-01T12:00:00.000Z');
  insert.run(OLGA, OLGA, 'access_denied', id(ANN), '2026-11-02T12:00:00.000Z');
  insert.run(9, 9, 'access_approved', id(ANN), '2026-11-03T12:00:00.000Z');
  insert.run(OLGA, GROUP, 'access_approved', id(GROUP), '2026-11-04T12:00:00.000Z');
  insert.run(OLGA, OLGA, 'access_approved', null, '2026-11-05T12:00:00.000Z');
  insert.run(OLGA, OLGA, 'config_set', id(OLGA), '2026-11-06T12:00:00.000Z');
  raw.close();
  const { store } = openBench(path);
  const grants = [OLGA, ANN, GROUP].map((one) => store.users.grantOf(one));
  expect(grants).toEqual([
    { holderId: OLGA, byId: null, grantedAt: '2026-11-01T12:00:00.000Z', invitationId: null },
    { holderId: ANN, byId: 9, grantedAt: '2026-11-03T12:00:00.000Z', invitationId: null },
    { holderId: GROUP, byId: OLGA, grantedAt: '2026-11-04T12:00:00.000Z', invitationId: null },
  ]);
});

it('what the configuration gives and takes is nobody’s grant, once and not at each start', () => {
  const { store, clock } = openBench();
  makeOwners(store, [ANN]);
  const first = { holderId: ANN, byId: null, grantedAt: clock.iso(), invitationId: null };
  clock.move(1000);
  makeOwners(store, [ANN]);
  expect(store.users.grantOf(ANN)).toEqual(first);
  makeOwners(store, []);
  expect(store.users.grantOf(ANN)).toEqual({ ...first, grantedAt: clock.iso() });
});
