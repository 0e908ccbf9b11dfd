import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrateDatabase } from '../../src/store/database/migrate.ts';
import { openStore } from '../../src/store/store.ts';
import { createClock, tempFolder } from './setup.ts';

it('a question that was open when hubgram was updated still knows which machine it is about', () => {
  const path = join(tempFolder(), 'hubgram.db');
  migrateDatabase(path, 90);
  const question = {
    kind: 'branches',
    choices: [],
    here: 1,
    gated: false,
    freeBytes: 1,
    place: { hostId: 2, isSaid: true, name: 'nas' },
  };
  const db = new Database(path);
  const insert = db.prepare(
    "INSERT INTO add_requests (chat_id, user_id, message_id, ref, state, choices, created_at, updated_at) VALUES (1, 1, ?, 'a', 'choosing', ?, '', '')",
  );
  insert.run(1, JSON.stringify(question));
  insert.run(2, JSON.stringify({ ...question, place: undefined }));
  insert.run(3, null);
  db.close();
  const store = openStore(path, { clock: createClock() });
  const asked = [1, 2, 3].map((id) => store.addRequests.getAddRequest(id)?.choices);
  store.close();
  expect(asked.map((choices) => choices && 'target' in choices && choices.target)).toEqual([
    { hostId: 2, isSaid: true, name: 'nas' },
    false,
    null,
  ]);
});
