import { beforeEach, describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../src/domain/category.ts';
import { PRIORITIES } from '../../src/domain/model.ts';
import { MODEL_STATUSES, PENDING_REASONS } from '../../src/domain/states/model.ts';
import { SCHEDULE_TYPES } from '../../src/domain/schedule/schedule.ts';
import { SESSION_STATUSES } from '../../src/domain/states/session.ts';
import { SYSTEM_SETTINGS } from '../../src/domain/settings/system.ts';
import { type Bench, CHAT, openBench } from '../store/setup.ts';

// The data model's rules, asked of the database itself: what it refuses, no code can slip in.

const AT = '2026-11-21T12:00:00.000Z';
const UUID = '550e8400-e29b-41d4-a716-446655440000';

const ROWS = {
  models: { chat_id: CHAT, name: 'gpt2', selection: '{}', status: 'pending' },
  copies: { name: 'gpt2', repo_type: 'model', commit_sha: '0'.repeat(40), selection: '{}' },
  schedule_configurations: { chat_id: CHAT, name: 'night', type: 'daily', time: '23:00' },
  download_sessions: { uuid: UUID, chat_id: CHAT, model_name: 'gpt2', started_at: AT },
  system_configurations: { key: 'log_level', value: 'info' },
} as const;

let raw: Bench['raw'];
beforeEach(() => {
  ({ raw } = openBench());
});

type Fields = Readonly<Record<string, string | number | null>>;

/** Puts a row into an empty database, with some fields changed, and takes it back. @returns `taken`, or why it was refused */
const attempt = (table: keyof typeof ROWS, fields: Fields): string => {
  const row: Fields = { ...ROWS[table], ...fields };
  const keys = Object.keys(row);
  raw.exec('BEGIN');
  try {
    raw
      .prepare(`INSERT INTO ${table} (${keys.join(', ')}) VALUES (${keys.map((key) => `@${key}`).join(', ')})`)
      .run(row);
    return 'taken';
  } catch (error) {
    return String(error);
  } finally {
    if (raw.inTransaction) raw.exec('ROLLBACK');
  }
};

describe('Model', () => {
  it('has the five statuses', () => {
    expect(MODEL_STATUSES).toEqual(['pending', 'downloading', 'completed', 'failed', 'paused']);
    for (const status of MODEL_STATUSES) expect(attempt('models', { status })).toBe('taken');
    for (const status of ['queued', 'PENDING', '']) expect(attempt('models', { status })).toContain('status_is_known');
  });

  it('has the priorities and reasons of the code', () => {
    for (const priority of PRIORITIES) expect(attempt('models', { priority })).toBe('taken');
    expect(attempt('models', { priority: 'urgent' })).toContain('priority_is_known');
    for (const status_reason of PENDING_REASONS) expect(attempt('models', { status_reason })).toBe('taken');
    expect(attempt('models', { status_reason: 'mood' })).toContain('status_reason_is_known');
    expect(attempt('models', { status_reason: 'backoff', status: 'paused' })).toContain('only_pending_has_a_reason');
    expect(attempt('models', { not_before: AT, status: 'failed' })).toContain('only_pending_waits_for_a_time');
  });

  it.each([
    ['source', 'torrent'],
    ['repo_type', 'space'],
    ['enabled', 2],
    ['pinned', -1],
    ['run_now', 7],
  ] as const)('refuses %s = %s', (column, value) => {
    expect(attempt('models', { [column]: value })).toContain('CHECK constraint failed');
  });

  it('size_bytes is not negative if present', () => {
    for (const size_bytes of [null, 0, 2 ** 52]) expect(attempt('models', { size_bytes })).toBe('taken');
    expect(attempt('models', { size_bytes: -1 })).toContain('size_bytes_is_not_negative');
    expect(attempt('models', { size_bytes: 'large' })).toContain('cannot store TEXT value in INTEGER column');
  });

  it('download_path is absolute if present', () => {
    for (const download_path of [null, '/srv/hub', 'C:\\hub', 'd:/hub'])
      expect(attempt('models', { download_path })).toBe('taken');
    for (const download_path of ['', 'hub', './hub', '~/hub', 'C:hub'])
      expect(attempt('models', { download_path })).toContain('download_path_is_absolute');
  });

  it('metadata is a JSON object if present', () => {
    for (const metadata of [null, '{}', '{"a":[1]}']) expect(attempt('models', { metadata })).toBe('taken');
    for (const metadata of ['', '[]', 'text', '1', '{'])
      expect(attempt('models', { metadata })).toContain('metadata_is_an_object');
  });

  it('commits are 40 hexadecimal digits', () => {
    expect(attempt('copies', { commit_sha: '0123456789abcdef0123456789abcdef01234567' })).toBe('taken');
    for (const commit_sha of ['main', '', 'G'.repeat(40), '../'.padEnd(40, 'a'), 'a'.repeat(41)]) {
      expect(attempt('copies', { commit_sha })).toContain('commit_sha_is_40_hex');
    }
  });

  it('times are of the one form that can be compared as text', () => {
    for (const created_at of [
      '2026-11-21 12:00:00',
      '2026-11-21T12:00:00Z',
      '2026-11-21T12:00:00.000+01:00',
      'now',
      '',
    ]) {
      expect(attempt('models', { created_at })).toContain('created_at_is_a_time');
    }
  });

  it('cannot be downloaded if it is being downloaded already', () => {
    const { add, run, store, clock } = openBench();
    const { id } = run(add('gpt2'));
    expect(store.models.moveModel(id, 'pending', 'downloading')).toBe(false);
    expect(store.models.claimNext(clock.iso())).toBeUndefined();
  });
});

describe('Schedule Configuration', () => {
  it('has the three types', () => {
    expect(SCHEDULE_TYPES).toEqual(['daily', 'weekly', 'custom']);
    expect(attempt('schedule_configurations', { type: 'weekly', day_of_week: 0 })).toBe('taken');
    expect(attempt('schedule_configurations', { type: 'custom', cron: '0 2 * * *' })).toBe('taken');
    expect(attempt('schedule_configurations', { type: 'hourly' })).toContain('type_is_known');
  });

  it('day_of_week is 0-6, and required for weekly ones', () => {
    for (const day_of_week of [0, 6])
      expect(attempt('schedule_configurations', { type: 'weekly', day_of_week })).toBe('taken');
    for (const day_of_week of [-1, 7])
      expect(attempt('schedule_configurations', { type: 'weekly', day_of_week })).toContain('day_of_week_is_0_to_6');
    expect(attempt('schedule_configurations', { type: 'weekly' })).toContain('weekly_has_a_day');
  });

  it('a cron expression is what makes one custom', () => {
    expect(attempt('schedule_configurations', { type: 'custom' })).toContain('only_custom_has_a_cron');
    expect(attempt('schedule_configurations', { cron: '0 2 * * *' })).toContain('only_custom_has_a_cron');
  });

  it('max_concurrent_downloads is 1-10', () => {
    for (const max_concurrent_downloads of [1, 10])
      expect(attempt('schedule_configurations', { max_concurrent_downloads })).toBe('taken');
    for (const max_concurrent_downloads of [0, 11]) {
      expect(attempt('schedule_configurations', { max_concurrent_downloads })).toContain(
        'max_concurrent_downloads_is_1_to_10',
      );
    }
  });

  it('only one is enabled at a time, in each chat', () => {
    const add = raw.prepare(
      "INSERT INTO schedule_configurations (chat_id, name, type, time, enabled) VALUES (?, 'n', 'daily', '23:00', ?)",
    );
    add.run(1, 1);
    add.run(1, 0);
    add.run(1, 0);
    add.run(2, 1);
    expect(() => add.run(1, 1)).toThrow('UNIQUE constraint failed');
  });
});

describe('Download Session', () => {
  const ended = { status: 'completed', completed_at: AT };

  it('has the five statuses', () => {
    expect(SESSION_STATUSES).toEqual(['started', 'in_progress', 'completed', 'failed', 'cancelled']);
    for (const status of ['started', 'in_progress']) expect(attempt('download_sessions', { status })).toBe('taken');
    for (const status of ['completed', 'failed', 'cancelled'])
      expect(attempt('download_sessions', { ...ended, status })).toBe('taken');
    expect(attempt('download_sessions', { status: 'running' })).toContain('status_is_known');
  });

  it('model_id and schedule_id refer to what there is', () => {
    expect(attempt('download_sessions', { model_id: 5 })).toContain('FOREIGN KEY constraint failed');
    expect(attempt('download_sessions', { schedule_id: 5 })).toContain('FOREIGN KEY constraint failed');
  });

  it('completed_at is not before started_at, and there exactly if it has ended', () => {
    expect(attempt('download_sessions', ended)).toBe('taken');
    expect(attempt('download_sessions', { ...ended, completed_at: '2026-11-21T11:59:59.999Z' })).toContain(
      'completed_at_is_not_before_started_at',
    );
    expect(attempt('download_sessions', { status: 'failed' })).toContain('only_ended_has_completed_at');
    expect(attempt('download_sessions', { completed_at: AT })).toContain('only_ended_has_completed_at');
  });

  it('bytes_downloaded is at most total_bytes if both are present', () => {
    expect(attempt('download_sessions', { bytes_downloaded: 5, total_bytes: null })).toBe('taken');
    expect(attempt('download_sessions', { bytes_downloaded: 5, total_bytes: 5 })).toBe('taken');
    expect(attempt('download_sessions', { bytes_downloaded: 6, total_bytes: 5 })).toContain(
      'bytes_downloaded_is_at_most_total_bytes',
    );
    expect(attempt('download_sessions', { bytes_downloaded: -1 })).toContain('bytes_downloaded_is_not_negative');
  });

  it('retry_count is not negative', () => {
    expect(attempt('download_sessions', { retry_count: -1 })).toContain('retry_count_is_not_negative');
  });

  it('is one at a time for a model', () => {
    const { add, raw, store } = openBench();
    const { id } = add('gpt2');
    store.sessions.createDownloadSession(id);
    const another = raw.prepare(
      "INSERT INTO download_sessions (uuid, chat_id, model_name, model_id) VALUES (?, 1, 'gpt2', ?)",
    );
    expect(() => another.run(UUID, id)).toThrow('UNIQUE constraint failed');
  });

  it('cannot be modified after completion', () => {
    const { add, raw, store } = openBench();
    const { id } = store.sessions.startOrContinue(add('gpt2').id, 5);
    store.sessions.updateDownloadSession(id, 'completed');
    expect(() => raw.prepare('UPDATE download_sessions SET bytes_downloaded = 1').run()).toThrow(
      'cannot be modified after completion',
    );
  });
});

describe('System Configuration', () => {
  it('key is unique, alphanumeric with underscores', () => {
    for (const key of ['a', 'A_1', 'x'.repeat(64)]) expect(attempt('system_configurations', { key })).toBe('taken');
    for (const key of ['', 'a-b', 'a.b', 'a b', 'ä', 'x'.repeat(65)])
      expect(attempt('system_configurations', { key })).toContain('key_is_alphanumeric');
    const add = raw.prepare("INSERT INTO system_configurations (key, value) VALUES ('a', 'b')");
    add.run();
    expect(() => add.run()).toThrow('UNIQUE constraint failed');
  });

  it('keys are predefined, among them the four', () => {
    expect(Object.keys(SYSTEM_SETTINGS)).toEqual(
      expect.arrayContaining(['download_directory', 'log_level', 'max_retries', 'timeout_seconds']),
    );
    expect(() => openBench().store.config.setSystemConfig('my_own', '1')).toThrow('There is no setting “my_own”');
  });
});

describe('What the other seeds add', () => {
  it('categories by task, in their order', () => {
    expect(raw.prepare('SELECT name FROM categories ORDER BY display_order').pluck().all()).toEqual([...CATEGORIES]);
  });

  it('auto-clear is on, after 24 hours, and never later than Telegram deletes', () => {
    raw.exec("INSERT INTO chat_sessions (chat_id, kind) VALUES (1, 'private')");
    expect(raw.prepare('SELECT auto_clear_enabled, auto_clear_hours, message_count FROM chat_sessions').get()).toEqual({
      auto_clear_enabled: 1,
      auto_clear_hours: 24,
      message_count: 0,
    });
    for (const hours of [0, 48]) {
      expect(() => raw.prepare('UPDATE chat_sessions SET auto_clear_hours = ?').run(hours)).toThrow(
        'auto_clear_hours_is_1_to_47',
      );
    }
  });

  it('a session has a UUID, an error and its stack', () => {
    const { add, store } = openBench();
    const { id, uuid } = store.sessions.startOrContinue(add('gpt2').id, 5);
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
    store.sessions.updateDownloadSession(id, 'failed', {
      errorMessage: 'It broke.',
      errorStack: 'Error: it broke\n  at x',
    });
    expect(store.sessions.getDownloadSession(id)).toMatchObject({
      errorMessage: 'It broke.',
      errorStack: 'Error: it broke\n  at x',
    });
  });

  it('every table is strict', () => {
    const all = raw.pragma('table_list') as { name: string; type: string; strict: number }[];
    const tables = all.filter(({ type }) => type !== 'view');
    expect(tables.filter((table) => !table.name.startsWith('sqlite_') && table.strict === 0)).toEqual([]);
    expect(tables.length).toBeGreaterThan(15);
  });
});
