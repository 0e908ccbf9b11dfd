import { describe, expect, it } from 'vitest';
import { SESSION_MOVES, SESSION_STATUSES, type SessionStatus } from '../../src/domain/states/session.ts';
import { type Bench, CHAT, codeOf, failure, openBench, outcomeOf } from './setup.ts';

/** A session of a new model, brought to a status. */
const sessionIn = ({ store, add }: Bench, status: SessionStatus, name = 'gpt2'): number => {
  const { id } = store.sessions.createDownloadSession(add(name).id, { totalBytes: 100 });
  if (status === 'started') return id;
  store.sessions.updateDownloadSession(id, 'in_progress');
  if (status !== 'in_progress') store.sessions.updateDownloadSession(id, status, { bytesDownloaded: 60 });
  return id;
};

describe('createDownloadSession', () => {
  it('keeps the chat and the name for the time after the model', () => {
    const { add, store, clock } = openBench();
    const model = add('gpt2');
    const session = store.sessions.createDownloadSession(model.id, { totalBytes: 100 });
    expect(session).toEqual({
      id: session.id,
      uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      modelId: model.id,
      chatId: CHAT,
      modelName: 'gpt2',
      scheduleId: null,
      status: 'started',
      startedAt: clock.iso(),
      completedAt: null,
      bytesDownloaded: 0,
      totalBytes: 100,
      errorMessage: null,
      errorStack: null,
      retryCount: 0,
      activeMs: 0,
      receivedBytes: 0,
      metadata: null,
    });
  });

  it('refuses a second open one', () => {
    const { add, store } = openBench();
    const { id } = add('gpt2');
    const first = store.sessions.createDownloadSession(id);
    const error = failure(() => store.sessions.createDownloadSession(id));
    expect(error.code).toBe('constraint');
    expect(error.message).toContain('has an open download session');
    store.sessions.updateDownloadSession(first.id, 'cancelled');
    expect(store.sessions.createDownloadSession(id).id).toBeGreaterThan(first.id);
  });

  it('knows no model and no schedule that there is not', () => {
    const { add, store } = openBench();
    expect(codeOf(() => store.sessions.createDownloadSession(9))).toBe('not_found');
    expect(failure(() => store.sessions.createDownloadSession(add('gpt2').id, { scheduleId: 9 })).message).toBe(
      'There is no schedule 9.',
    );
  });
});

describe('startOrContinue', () => {
  it('goes on with the open session, and begins another one after the end', () => {
    const { add, store } = openBench();
    const { id } = add('gpt2');
    const first = store.sessions.startOrContinue(id, 100);
    expect(first).toMatchObject({ status: 'in_progress', totalBytes: 100 });
    store.sessions.updateDownloadSession(first.id, 'in_progress', { bytesDownloaded: 80, retryCount: 2, activeMs: 5 });
    expect(store.sessions.startOrContinue(id, 120)).toMatchObject({
      id: first.id,
      bytesDownloaded: 80,
      retryCount: 2,
      totalBytes: 120,
    });
    expect(store.sessions.openSession(id)?.id).toBe(first.id);
    store.sessions.updateDownloadSession(first.id, 'failed', { errorMessage: 'no' });
    expect(store.sessions.openSession(id)).toBeUndefined();
    const second = store.sessions.startOrContinue(id, 100);
    expect(second.id).not.toBe(first.id);
    expect(second).toMatchObject({ bytesDownloaded: 0, retryCount: 0, errorMessage: null });
  });

  it('never counts more bytes than are wanted now', () => {
    const { add, store } = openBench();
    const { id } = add('gpt2');
    const session = store.sessions.startOrContinue(id, 100);
    store.sessions.updateDownloadSession(session.id, 'in_progress', { bytesDownloaded: 100 });
    expect(store.sessions.startOrContinue(id, 70)).toMatchObject({ bytesDownloaded: 70, totalBytes: 70 });
  });
});

describe('updateDownloadSession', () => {
  const pairs = SESSION_STATUSES.flatMap((from) => SESSION_STATUSES.map((to) => ({ from, to })));

  it.each(pairs)('$from → $to as the moves say', ({ from, to }) => {
    const bench = openBench();
    const id = sessionIn(bench, from);
    const { sessions } = bench.store;
    const status = (): string | undefined => sessions.getDownloadSession(id)?.status;
    const legal = SESSION_MOVES[from].includes(to);
    expect(outcomeOf(() => sessions.updateDownloadSession(id, to), status)).toBe(legal ? to : 'state_transition');
    expect(status()).toBe(legal ? to : from);
  });

  it('sets the end with the end, also if the clock was set back', () => {
    const bench = openBench();
    const { store, clock } = bench;
    const id = sessionIn(bench, 'in_progress');
    const startedAt = clock.iso();
    clock.move(-10_000);
    store.sessions.updateDownloadSession(id, 'completed');
    expect(store.sessions.getDownloadSession(id)?.completedAt).toBe(startedAt);
  });

  it('does not know what there is not', () => {
    const bench = openBench();
    expect(bench.store.sessions.updateDownloadSession(77, 'failed')).toBe(false);
    const id = sessionIn(bench, 'started');
    expect(codeOf(() => bench.store.sessions.updateDownloadSession(id, 'succeeded' as SessionStatus))).toBe(
      'validation',
    );
  });

  it.each([
    ['more bytes than there are', { bytesDownloaded: 101 }],
    ['bytes below zero', { bytesDownloaded: -1 }],
    ['a total below what is there', { totalBytes: 9 }],
    ['a total below zero', { totalBytes: -1, bytesDownloaded: 0 }],
    ['retries below zero', { retryCount: -1 }],
    ['half a byte', { bytesDownloaded: 1.5 }],
  ])('refuses %s', (_, changes) => {
    const bench = openBench();
    const id = sessionIn(bench, 'in_progress');
    bench.store.sessions.updateDownloadSession(id, 'in_progress', { bytesDownloaded: 10 });
    expect(codeOf(() => bench.store.sessions.updateDownloadSession(id, 'in_progress', changes))).toBe('constraint');
  });
});

describe('an ended session', () => {
  const columns = [
    ['bytes_downloaded', 1],
    ['total_bytes', 900],
    ['error_message', 'other'],
    ['error_stack', 'other'],
    ['retry_count', 9],
    ['active_ms', 9],
    ['metadata', '{}'],
    ['model_name', 'other'],
    ['started_at', '2020-01-01T00:00:00.000Z'],
    ['completed_at', '2030-01-01T00:00:00.000Z'],
    ['status', 'in_progress'],
    ['uuid', '00000000-0000-4000-8000-000000000000'],
    ['id', 99],
  ] as const;

  it.each(columns)('cannot have another %s, whoever asks', (column, value) => {
    const bench = openBench();
    const id = sessionIn(bench, 'completed');
    const change = (): unknown =>
      bench.raw.prepare(`UPDATE download_sessions SET ${column} = ? WHERE id = ?`).run(value, id);
    expect(change).toThrow('cannot be modified after completion');
  });

  it('cannot be given to another model or schedule', () => {
    const bench = openBench();
    const id = sessionIn(bench, 'completed');
    const other = bench.add('org/other');
    expect(() => bench.raw.prepare('UPDATE download_sessions SET model_id = ? WHERE id = ?').run(other.id, id)).toThrow(
      'modified',
    );
    const schedule = bench.store.schedules.createSchedule({
      chatId: CHAT,
      name: 'night',
      type: 'daily',
      time: '23:00',
    });
    expect(() =>
      bench.raw.prepare('UPDATE download_sessions SET schedule_id = ? WHERE id = ?').run(schedule.id, id),
    ).toThrow('modified');
  });

  it('outlives its model and its schedule', () => {
    const { add, store, raw } = openBench();
    const model = add('gpt2');
    const schedule = store.schedules.createSchedule({ chatId: CHAT, name: 'night', type: 'daily', time: '23:00' });
    const { id } = store.sessions.createDownloadSession(model.id, { scheduleId: schedule.id });
    store.sessions.updateDownloadSession(id, 'cancelled');
    raw.prepare('DELETE FROM schedule_configurations').run();
    store.models.removeModel(model.id);
    expect(store.sessions.getDownloadSession(id)).toMatchObject({ modelId: null, scheduleId: null, modelName: 'gpt2' });
  });

  it('that failed may be dismissed once, before the next session, and keeps what it was', () => {
    const { add, store, clock } = openBench();
    const { id } = add('gpt2');
    const first = store.sessions.startOrContinue(id, 100);
    store.sessions.updateDownloadSession(first.id, 'failed', { errorMessage: 'gone' });
    const failed = store.sessions.getDownloadSession(first.id);
    clock.move(1000);
    expect(store.sessions.updateDownloadSession(first.id, 'cancelled')).toBe(true);
    expect(store.sessions.getDownloadSession(first.id)).toEqual({ ...failed, status: 'cancelled' });
    expect(codeOf(() => store.sessions.updateDownloadSession(first.id, 'cancelled'))).toBe('state_transition');
  });

  it('cannot be dismissed once there is a next one, nor with other changes', () => {
    const { add, store } = openBench();
    const { id } = add('gpt2');
    const first = store.sessions.startOrContinue(id, 100);
    store.sessions.updateDownloadSession(first.id, 'failed');
    expect(codeOf(() => store.sessions.updateDownloadSession(first.id, 'cancelled', { bytesDownloaded: 1 }))).toBe(
      'state_transition',
    );
    store.sessions.startOrContinue(id, 100);
    expect(codeOf(() => store.sessions.updateDownloadSession(first.id, 'cancelled'))).toBe('state_transition');
    expect(store.sessions.getDownloadSession(first.id)?.status).toBe('failed');
  });
});

describe('getDownloadHistory', () => {
  it('is newest first, ten unless told, of this model only', () => {
    const bench = openBench();
    const { store, add } = bench;
    const { id } = add('org/model');
    const ids = Array.from({ length: 12 }, () => {
      const session = store.sessions.createDownloadSession(id);
      store.sessions.updateDownloadSession(session.id, 'cancelled');
      return session.id;
    });
    sessionIn(bench, 'completed', 'org/other');
    expect(store.sessions.getDownloadHistory(id).map((session) => session.id)).toEqual(ids.toReversed().slice(0, 10));
    expect(store.sessions.getDownloadHistory(id, 1).map((session) => session.id)).toEqual(ids.slice(-1));
    expect(store.sessions.getDownloadHistory(id, 50)).toHaveLength(12);
  });
});
