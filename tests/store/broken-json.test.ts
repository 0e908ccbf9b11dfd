import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../helpers/database.ts';
import { CHAT, createClock, hash, tempFolder } from './setup.ts';

interface Told {
  readonly table: string;
  readonly row: unknown;
  readonly column: string;
}

/** A store whose log is kept, and a second connection for what no version of this program writes. */
const bench = (): { readonly store: Store; readonly told: Told[]; readonly raw: Database.Database } => {
  const path = join(tempFolder(), 'hubgram.db');
  const told: Told[] = [];
  const error = (fields: object): void => {
    const { table, row, column } = fields as Told;
    told.push({ table, row, column });
  };
  const store = openTestStore(path, createClock(), { ...silentLog, error });
  const raw = new Database(path);
  onTestFinished(() => {
    raw.close();
    store.close();
  });
  return { store, told, raw };
};

describe('JSON that is not what it should be', () => {
  it.each([
    ['a kind that there is not', 'praise', null],
    ['another payload than its kind has', 'schedule_run', '{"runId":"x"}'],
    ['a payload too many', 'completed', '{"a":1}'],
    ['no payload where it needs one', 'link_offer', null],
  ])('makes a notice unreadable: %s', (_, kind, payload) => {
    const { store, told, raw } = bench();
    raw
      .prepare('INSERT INTO outbox (chat_id, kind, payload, created_at) VALUES (?, ?, ?, ?)')
      .run(CHAT, kind, payload, createClock().iso());
    store.outbox.addNotice({ chatId: CHAT, kind: 'access_granted' });
    const read = () => store.outbox.dueNotices('9999', 9).map((notice) => notice.kind);
    expect(read()).toEqual(['unreadable', 'access_granted']);
    read();
    expect(told).toEqual([{ table: 'outbox', row: 1, column: 'payload' }]);
  });

  it('leaves a model without what was noted of it, and the log says of which', () => {
    const { store, told, raw } = bench();
    const { id } = store.models.createModel({ chatId: CHAT, name: 'gpt2', metadata: { presentBytes: 3, more: true } });
    expect(store.models.getModel(id)?.metadata).toEqual({ presentBytes: 3, more: true });
    raw.prepare('UPDATE models SET metadata = ?').run('{"tags":"no list","pipelineTag":7}');
    expect(store.models.getModel(id)).toMatchObject({ name: 'gpt2', metadata: null });
    expect(store.models.listModels(CHAT)).toHaveLength(1);
    expect(told).toEqual([{ table: 'models', row: id, column: 'metadata' }]);
  });

  it('leaves a session without its code', () => {
    const { store, told, raw } = bench();
    const { id } = store.models.createModel({ chatId: CHAT, name: 'gpt2' });
    const session = store.sessions.createDownloadSession(id);
    raw.prepare('UPDATE download_sessions SET metadata = ?').run('{"errorCode":"mood"}');
    expect(store.sessions.getDownloadSession(session.id)?.metadata).toBeNull();
    expect(told).toEqual([{ table: 'download_sessions', row: session.id, column: 'metadata' }]);
  });

  it('leaves a request without options, which is something else than none given, and without choices', () => {
    const { store, told, raw } = bench();
    const fields = { chatId: CHAT, userId: 1, threadId: null, messageId: 2, ref: 'gpt2', options: {} };
    const { id } = store.addRequests.createAddRequest(fields).request;
    expect(store.addRequests.getAddRequest(id)?.options).toEqual({});
    raw.prepare('UPDATE add_requests SET options = ?, choices = ?').run('{"quantise":"q4"}', '{"kind":"riddle"}');
    expect(store.addRequests.requestsToDraw()).toMatchObject([{ id, options: null, choices: null }]);
    expect(told).toEqual([
      { table: 'add_requests', row: id, column: 'options' },
      { table: 'add_requests', row: id, column: 'choices' },
    ]);
  });

  it('of choices that an earlier version kept is none: they have no word for their kind', () => {
    const { store, told, raw } = bench();
    const fields = { chatId: CHAT, userId: 1, threadId: null, messageId: 2, ref: 'gpt2', options: {} };
    const { id } = store.addRequests.createAddRequest(fields).request;
    const listing = {
      type: 'model',
      id: 'a/b',
      canonicalId: 'a/b',
      commit: hash('a', 40),
      private: false,
      gated: false,
    };
    const choice = { label: 'Q4_K_M', files: [{ path: 'a.gguf', size: 4, etag: hash('b') }], totalBytes: 4 };
    const kept = { listing: { ...listing, tags: ['gguf'] }, choices: [choice], freeBytes: -1 };
    raw.prepare('UPDATE add_requests SET choices = ?').run(JSON.stringify(kept));
    expect(store.addRequests.getAddRequest(id)?.choices).toMatchObject({ kind: 'quants', ...kept });
    expect(told).toEqual([]);
  });

  it('claims no range of a partial file', () => {
    const { store, told, raw } = bench();
    const row = raw.prepare('INSERT INTO download_files VALUES (?, ?, 9, ?, ?)');
    row.run('models--gpt2', hash('a'), '[[0,"5"]]', '2026-01-01T00:00:00.000Z');
    expect(store.files.earlierRows()?.partials).toMatchObject([{ ranges: [] }]);
    expect(told).toEqual([{ table: 'download_files', row: hash('a'), column: 'ranges' }]);
  });

  it('has the run of a schedule count nothing, rather than what others have done', () => {
    const { store, told, raw } = bench();
    const { id } = store.models.createModel({ chatId: CHAT, name: 'gpt2' });
    const schedule = store.schedules.createSchedule({ chatId: CHAT, name: 'night', type: 'daily', time: '01:00' });
    const session = store.sessions.startOrContinue(id, 9, schedule.id);
    store.sessions.updateDownloadSession(session.id, 'in_progress', { receivedBytes: 9 });
    const run = store.schedules.openRun({
      scheduleId: schedule.id,
      chatId: CHAT,
      scheduleName: 'night',
      openedAt: '2026-11-21T01:00:00.000Z',
      closesAt: null,
      maxConcurrentDownloads: 1,
      limitBytes: null,
    });
    raw.prepare('UPDATE schedule_runs SET baseline = ?').run('{"newest":"x"}');
    expect(store.schedules.sumRun(run?.id ?? 0)).toMatchObject({ bytes: 0, completed: 0 });
    expect(told).toEqual([{ table: 'schedule_runs', row: run?.id, column: 'baseline' }]);
  });
});
