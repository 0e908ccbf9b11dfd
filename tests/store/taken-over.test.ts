import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../src/store/database/migrate.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { CHAT, createClock, failure, tempFolder } from './setup.ts';

/** The last version in which sums stood in JSON and reasons had other words. */
const BEFORE = 10;

/** The last version in which each model had a list of files of its own. */
const BEFORE_COPIES = 14;

/** What an earlier version wrote, as this one reads it. */
const takenOver = (sql: string, version = BEFORE): Store => {
  const path = join(tempFolder(), 'hubgram.db');
  migrateDatabase(path, version, { clock: createClock() });
  const db = new Database(path);
  db.exec(sql);
  db.close();
  return openStore(path, { clock: createClock() });
};

const model = (id: number, reason: string): string =>
  `INSERT INTO models (id, chat_id, name, selection, status_reason, scheduled, commit_sha)
   VALUES (${id}, ${CHAT}, 'm${id}', '{}', '${reason}', 1, '${'c'.repeat(40)}');`;

const session = (id: number, status: string, metadata: string): string =>
  `INSERT INTO download_sessions (uuid, model_id, chat_id, model_name, status, completed_at, total_bytes, metadata)
   VALUES ('00000000-0000-4000-8000-00000000000${id}', ${id}, ${CHAT}, 'm${id}', '${status}',
     ${status === 'in_progress' ? 'NULL' : "'2099-01-01T00:00:00.000Z'"}, 100, '${metadata}');`;

describe('a database of an earlier version', () => {
  it('keeps why models wait, in the words of today, and everything that points to them', () => {
    const store = takenOver(
      `${model(1, 'window')} ${model(2, 'waiting')} ${model(3, 'backoff')}
       INSERT INTO model_files VALUES (1, 'a.bin', 7, '${'a'.repeat(64)}');
       INSERT INTO cards (model_id, chat_id, message_id) VALUES (1, ${CHAT}, 55);`,
    );
    expect([1, 2, 3].map((id) => store.models.getModel(id)?.statusReason)).toEqual([
      'window_closed',
      'held',
      'backoff',
    ]);
    expect(store.models.getModel(1)).toMatchObject({
      name: 'm1',
      scheduled: true,
      onDemand: false,
      priority: 'medium',
    });
    expect(store.models.modelFiles(1)).toHaveLength(1);
    expect(store.cards.cardOf(1)?.messageId).toBe(55);
    store.close();
  });

  it('keeps what became of schedules, in the words of today, and goes on counting the runs', () => {
    const at = '2026-11-21T12:00:00.000Z';
    const run = (name: string, endReason: string): string =>
      `INSERT INTO schedule_runs (chat_id, schedule_name, opened_at, started_at, closed_at, end_reason,
         max_concurrent_downloads, baseline, completed) VALUES (${CHAT}, '${name}', '${at}', '${at}', '${at}', '${endReason}', 1, '{}', 3);`;
    const store = takenOver(`${run('over', 'window')} ${run('done', 'done')}`);
    expect(store.schedules.lastRuns(CHAT, 9)).toMatchObject([
      { id: 2, scheduleName: 'done', endReason: 'done', completed: 3 },
      { id: 1, scheduleName: 'over', endReason: 'window_closed', completed: 3 },
    ]);
    const { id: scheduleId } = store.schedules.createSchedule({
      chatId: CHAT,
      name: 'new',
      type: 'daily',
      time: '23:00',
    });
    const next = { chatId: CHAT, scheduleId, scheduleName: 'new', openedAt: at, closesAt: null };
    expect(store.schedules.openRun({ ...next, maxConcurrentDownloads: 1, limitBytes: null })?.id).toBe(3);
    store.close();
  });

  it('has all its models on this machine', () => {
    const store = takenOver(
      `${model(1, 'window')} INSERT INTO cards (model_id, chat_id, message_id) VALUES (1, ${CHAT}, 55);`,
    );
    expect(store.models.getModel(1)).toMatchObject({ hostId: 1 });
    expect(store.copies.getCopy(store.models.getModel(1)?.wantsCopyId ?? 0)).toMatchObject({ hostId: 1 });
    expect(store.hosts.listHosts()).toMatchObject([{ id: 1, name: 'this machine', state: 'joined' }]);
    expect(store.cards.cardOf(1)?.messageId).toBe(55);
    store.close();
  });

  it('gives no id again that a removed model had', () => {
    const store = takenOver(`${model(1, 'window')} ${model(9, 'window')} DELETE FROM models WHERE id = 9;`);
    expect(store.models.createModel({ chatId: CHAT, name: 'gpt2' }).id).toBe(10);
    store.close();
  });

  it('keeps what came over the network in sessions, the ended ones too, and what else was noted of them', () => {
    const store = takenOver(
      `${model(1, 'window')} ${model(2, 'window')} ${model(3, 'window')}
       ${session(1, 'in_progress', '{"receivedBytes":42}')}
       ${session(2, 'failed', '{"receivedBytes":43,"errorCode":"gated"}')}
       ${session(3, 'failed', '{"receivedBytes":"many"}')}`,
    );
    const sessions = [1, 2, 3].map((id) => store.sessions.getDownloadHistory(id)[0]);
    expect(sessions.map((one) => one?.receivedBytes)).toEqual([42, 43, 0]);
    expect(sessions.map((one) => one?.metadata)).toEqual([{}, { errorCode: 'gated' }, {}]);
    const change = () => store.sessions.updateDownloadSession(2, 'cancelled', { receivedBytes: 1 });
    expect(failure(change).code).toBe('state_transition');
    store.close();
  });
});

describe('a database in which each model had its own list of files', () => {
  const [COMMIT, NEWER] = ['c'.repeat(40), 'd'.repeat(40)];
  const etag = (letter: string): string => letter.repeat(64);
  const entry = (id: number, chat: number, more: Readonly<Record<string, string | number>>): string => {
    const row = { id, chat_id: chat, name: 'org/m', selection: '{}', commit_sha: COMMIT, size_bytes: 7, ...more };
    const values = Object.values(row).map((value) => (typeof value === 'string' ? `'${value}'` : value));
    return `INSERT INTO models (${Object.keys(row).join(', ')}) VALUES (${values.join(', ')});`;
  };
  const done = { status: 'completed', download_path: '/cache/s', updated_at: '2026-11-01T00:00:00.000Z' };
  const file = (id: number, path: string, letter: string): string =>
    `INSERT INTO model_files VALUES (${id}, '${path}', 7, '${etag(letter)}');`;

  it('gives models that want the same one copy, with the list of the one that is complete', () => {
    const store = takenOver(
      `${entry(1, 1, {})} ${file(1, 'old', 'a')} ${entry(2, 2, done)} ${file(2, 'a', 'a')} ${file(2, 'b', 'b')}
       ${entry(3, 3, { status: 'paused' })} ${file(3, 'old', 'a')} ${entry(4, 4, { commit_sha: NEWER })}
       ${entry(5, 5, { repo_type: 'dataset' })} ${entry(6, 6, { selection: '{"quantize":"q4"}' })}`,
      BEFORE_COPIES,
    );
    const models = [1, 2, 3, 4, 5, 6].map((id) => store.models.getModel(id));
    expect(models.map((one) => [one?.wantsCopyId, one?.copyId])).toEqual([
      [2, null],
      [2, 2],
      [2, null],
      [4, null],
      [5, null],
      [6, null],
    ]);
    expect(models.map((one) => one?.commitSha)).toEqual([COMMIT, COMMIT, COMMIT, NEWER, COMMIT, COMMIT]);
    expect(store.models.modelFiles(1).map(({ path }) => path)).toEqual(['a', 'b']);
    expect(store.copies.getCopy(2)).toMatchObject({
      state: 'complete',
      madeBy: 'hubgram',
      path: '/cache/s',
      sizeBytes: 7,
      verifiedAt: done.updated_at,
    });
    expect(store.copies.getCopy(4)).toMatchObject({ state: 'wanted', path: null, verifiedAt: null });
    store.close();
  });

  it('keeps which files are gone, what is to be dropped, and no list that was half written', () => {
    const store = takenOver(
      `${entry(1, 1, { ...done, metadata: '{"filesGone":2,"gated":false}' })} ${entry(2, 2, { ...done })}
       ${entry(3, 3, { name: 'org/cancelled', status: 'paused' })} INSERT INTO arrived_to_drop VALUES (3);
       ${entry(4, 4, { name: 'org/long', enabled: 0 })} ${file(4, 'a', 'a')}
       INSERT INTO add_requests (chat_id, user_id, message_id, ref, state, model_id, created_at, updated_at)
         VALUES (4, 4, 1, 'org/long', 'looking_up', 4, '', '');
       INSERT INTO models (id, chat_id, name, selection) VALUES (5, 5, 'org/unknown', '{}');`,
      BEFORE_COPIES,
    );
    expect([1, 2].map((id) => store.models.getModel(id)?.filesGone)).toEqual([2, 2]);
    expect(store.models.getModel(1)?.metadata).toEqual({ gated: false });
    expect(store.copies.removalsToDo()).toEqual([3]);
    expect(store.models.getModel(4)).toBe(undefined);
    expect(store.addRequests.getAddRequest(1)).toMatchObject({ state: 'looking_up', modelId: null });
    expect(store.models.getModel(5)).toMatchObject({ wantsCopyId: null, commitSha: null });
    store.close();
  });
});
