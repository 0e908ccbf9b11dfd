import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { joinHost } from './hosts.ts';
import { lendTestStore, openTestStore } from './database.ts';

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'hubgram-lent-test-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
};

/** All that a database holds, save when its schema was made. */
const contents = (path: string): unknown => {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
    const rows = (name: string): unknown[] => db.prepare(`SELECT * FROM ${name}`).all();
    return Object.fromEntries(
      (tables as string[]).filter((name) => name !== 'schema_migrations').map((name) => [name, rows(name)]),
    );
  } finally {
    db.close();
  }
};

/** Leaves something in many tables. */
const fill = (path: string): void => {
  const store = lendTestStore(path);
  store.chats.upsertChat({ chatId: 1, kind: 'private', title: 'Ann' });
  joinHost(store);
  const files = [{ path: 'model.safetensors', size: 5, etag: 'a'.repeat(40) }];
  const { id } = store.models.createModel({ chatId: 1, name: 'org/name', commitSha: 'c'.repeat(40), files });
  store.models.createModel({ chatId: 1, name: 'org/other' });
  store.models.moveModel(id, 'pending', 'downloading');
  store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
  store.chatSettings.setChatSetting(1, 'always_update', 'on');
  store.close();
};

it('a database that is lent holds nothing of who had it before', () => {
  const fresh = join(folder(), 'fresh.db');
  openTestStore(fresh).close();
  const [first, second] = [folder(), folder()];
  fill(join(first, 'one.db'));
  expect(contents(join(first, 'one.db'))).toMatchObject({ models: [{ id: 1 }, { id: 2 }] });
  rmSync(first, { recursive: true });
  const next = lendTestStore(join(second, 'two.db'));
  onTestFinished(() => next.close());
  expect(contents(join(second, 'two.db'))).toEqual(contents(fresh));
});

it('is there again as it was left for who opens the same path', () => {
  const path = join(folder(), 'one.db');
  fill(path);
  const other = lendTestStore(join(folder(), 'other.db'));
  expect(other.models.countModels(1)).toBe(0);
  other.close();
  const again = lendTestStore(path);
  expect(again.models.countModels(1)).toBe(2);
  again.close();
  expect(() => again.models.countModels(1)).toThrow('is closed');
});

it('is lent no more once its schema was changed', () => {
  const first = folder();
  const path = join(first, 'one.db');
  lendTestStore(path).close();
  const raw = new Database(path);
  raw.exec('DROP INDEX idx_models_queued');
  raw.close();
  rmSync(first, { recursive: true });
  const next = lendTestStore(join(folder(), 'two.db'));
  onTestFinished(() => next.close());
  expect(next.models.createModel({ chatId: 1, name: 'org/name' }).id).toBe(1);
});
