import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { MODEL_STATUSES, type ModelStatus } from '../../src/domain/states/model.ts';
import type { SessionStatus } from '../../src/domain/states/session.ts';
import { initializeDatabase, migrateDatabase } from '../../src/store/database/migrate.ts';
import { openTestStore } from '../helpers/database.ts';
import { WAYS } from '../helpers/statuses.ts';
import { type Bench, CHAT, codeOf, failure, openBench, outcomeOf, tempFolder } from '../store/setup.ts';

// The database contract, from its first line to its last. Names are in camel case, operations are per chat, and the
// contract's exception classes are codes of one error.

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
}

const columnsOf = ({ raw }: Bench, table: string): Record<string, Column> =>
  Object.fromEntries((raw.pragma(`table_info(${table})`) as Column[]).map((column) => [column.name, column]));

const NOW = `strftime('%Y-%m-%dT%H:%M:%fZ')`;

describe('Tables', () => {
  const contract = {
    models: ['id', 'name', 'status', 'size_bytes', 'download_path', 'created_at', 'updated_at', 'metadata'],
    schedule_configurations: [
      'id',
      'name',
      'type',
      'time',
      'day_of_week',
      'enabled',
      'max_concurrent_downloads',
      'created_at',
      'updated_at',
    ],
    download_sessions: [
      'id',
      'model_id',
      'schedule_id',
      'status',
      'started_at',
      'completed_at',
      'bytes_downloaded',
      'total_bytes',
      'error_message',
      'retry_count',
      'metadata',
    ],
    system_configurations: ['id', 'key', 'value', 'description', 'created_at', 'updated_at'],
  };

  it.each(Object.entries(contract))('%s has every column, and a number that is never given twice', (table, names) => {
    const bench = openBench();
    const columns = columnsOf(bench, table);
    expect(Object.keys(columns)).toEqual(expect.arrayContaining(names));
    expect(columns['id']).toMatchObject({ type: 'INTEGER', pk: 1 });
    const sql = bench.raw.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(table);
    expect(sql).toContain('PRIMARY KEY AUTOINCREMENT');
    expect(sql).toMatch(/\) STRICT$/);
  });

  it.each([
    ['models', 'created_at', NOW],
    ['models', 'updated_at', NOW],
    ['schedule_configurations', 'enabled', '1'],
    ['schedule_configurations', 'max_concurrent_downloads', '1'],
    ['schedule_configurations', 'created_at', NOW],
    ['schedule_configurations', 'updated_at', NOW],
    ['download_sessions', 'started_at', NOW],
    ['download_sessions', 'bytes_downloaded', '0'],
    ['download_sessions', 'retry_count', '0'],
    ['system_configurations', 'created_at', NOW],
    ['system_configurations', 'updated_at', NOW],
  ])('%s.%s has its default', (table, column, fallback) => {
    expect(columnsOf(openBench(), table)[column]).toMatchObject({ dflt_value: fallback, notnull: 1 });
  });

  it.each([
    ['models', ['name', 'status']],
    ['schedule_configurations', ['name', 'type', 'time']],
    // model_id is the one that is not NOT NULL: sessions outlive their model.
    ['download_sessions', ['status']],
    ['system_configurations', ['key', 'value']],
  ])('%s requires %j', (table, names) => {
    const columns = columnsOf(openBench(), table);
    for (const name of names) expect(columns[name]?.notnull).toBe(1);
  });

  it.each([
    ['models', 'size_bytes'],
    ['models', 'download_path'],
    ['models', 'metadata'],
    ['schedule_configurations', 'day_of_week'],
    ['download_sessions', 'schedule_id'],
    ['download_sessions', 'completed_at'],
    ['download_sessions', 'total_bytes'],
    ['download_sessions', 'error_message'],
    ['download_sessions', 'metadata'],
    ['system_configurations', 'description'],
  ])('%s.%s may be left out', (table, column) => {
    expect(columnsOf(openBench(), table)[column]).toMatchObject({ notnull: 0, dflt_value: null });
  });

  it('download_sessions refer to models and schedules', () => {
    const keys = openBench().raw.pragma('foreign_key_list(download_sessions)') as {
      table: string;
      from: string;
      to: string;
    }[];
    expect(keys.map(({ table, from, to }) => `${from} ${table}.${to}`).toSorted()).toEqual([
      'model_id models.id',
      'schedule_id schedule_configurations.id',
    ]);
  });

  it('names are unique in a chat’s library, not everywhere (the contract’s UNIQUE was global)', () => {
    const { add } = openBench();
    add('gpt2');
    expect(codeOf(() => add('gpt2'))).toBe('integrity');
    expect(() => add('gpt2', { chatId: 2 })).not.toThrow();
  });

  it('times of day are HH:MM (the contract’s LIKE refused every one)', () => {
    const { raw } = openBench();
    const insert = raw.prepare(
      "INSERT INTO schedule_configurations (chat_id, name, type, time, enabled) VALUES (1, 'a', 'daily', ?, 0)",
    );
    const text = (value: number): string => String(value).padStart(2, '0');
    for (let minute = 0; minute < 24 * 60; minute += 1)
      insert.run(`${text(Math.floor(minute / 60))}:${text(minute % 60)}`);
    for (const time of ['24:00', '29:59', '23:60', '1:00', '01:0', '01-00', '', '01:000', 'ab:cd']) {
      expect(() => insert.run(time)).toThrow('time_is_hh_mm');
    }
  });
});

describe('Model Operations', () => {
  it('createModel(name) makes a pending model with nothing else known', () => {
    const { add, clock } = openBench();
    expect(add('facebook/bart-large-cnn')).toMatchObject({
      name: 'facebook/bart-large-cnn',
      status: 'pending',
      sizeBytes: null,
      downloadPath: null,
      metadata: null,
      createdAt: clock.iso(),
      updatedAt: clock.iso(),
    });
  });

  it('createModel takes a size and metadata', () => {
    const { add } = openBench();
    expect(add('gpt2', { sizeBytes: 548_118_077, metadata: { task: 'text-generation' } })).toMatchObject({
      sizeBytes: 548_118_077,
      metadata: { task: 'text-generation' },
    });
  });

  it('createModel raises IntegrityError if the name exists', () => {
    const { add } = openBench();
    add('gpt2');
    expect(codeOf(() => add('gpt2'))).toBe('integrity');
  });

  it.each([
    '',
    'a b',
    '../etc/passwd',
    'org/name/more',
    'gpt2:Q4_K_M',
    'gpt2@main',
    'https://huggingface.co/gpt2',
    'org/',
    '/name',
    'datasets/org/name',
  ])('createModel raises ValueError for the name “%s”', (name) => {
    expect(codeOf(() => openBench().add(name))).toBe('validation');
  });

  it('getModel gives the model or nothing', () => {
    const { add, store } = openBench();
    const model = add('gpt2');
    expect(store.models.getModel(model.id)).toEqual(model);
    expect(store.models.getModel(model.id + 1)).toBeUndefined();
  });

  it('getModelByName gives the chat’s model or nothing', () => {
    const { add, store } = openBench();
    const model = add('gpt2');
    expect(store.models.getModelByName(CHAT, 'gpt2')).toEqual(model);
    expect(store.models.getModelByName(CHAT, 'org/none')).toBeUndefined();
    expect(store.models.getModelByName(CHAT + 1, 'gpt2')).toBeUndefined();
  });

  it('updateModelStatus changes the status, and the path with it', () => {
    const { add, store, clock, model } = openBench();
    const { id } = add('gpt2');
    expect(store.models.updateModelStatus(id, 'downloading')).toBe(true);
    clock.move(1000);
    const downloadPath = '/cache/models--gpt2/snapshots/0';
    expect(store.models.updateModelStatus(id, 'completed', { downloadPath })).toBe(true);
    expect(model(id)).toMatchObject({ status: 'completed', downloadPath, updatedAt: clock.iso() });
  });

  it('updateModelStatus gives false for a model there is not', () => {
    expect(openBench().store.models.updateModelStatus(1, 'downloading')).toBe(false);
  });

  const legal = [
    'pending downloading',
    'pending paused',
    'downloading completed',
    'downloading failed',
    'downloading paused',
    'downloading pending',
    'completed pending',
    'failed pending',
    'paused pending',
  ];
  const pairs = MODEL_STATUSES.flatMap((from) => MODEL_STATUSES.map((to) => ({ from, to })));

  it.each(pairs)('updateModelStatus $from → $to: as drawn, or ValueError', ({ from, to }) => {
    const { add, store, model } = openBench();
    const { id } = add('gpt2');
    for (const step of WAYS[from]) store.models.updateModelStatus(id, step);
    const outcome = outcomeOf(
      () => store.models.updateModelStatus(id, to),
      () => model(id).status,
    );
    const isLegal = legal.includes(`${from} ${to}`);
    expect(outcome).toBe(isLegal ? to : 'state_transition');
    expect(model(id).status).toBe(isLegal ? to : from);
  });

  it('updateModelStatus knows no other status', () => {
    const { add, store } = openBench();
    const { id } = add('gpt2');
    expect(codeOf(() => store.models.updateModelStatus(id, 'running' as ModelStatus))).toBe('validation');
  });

  it('getModelsByStatus gives all of them', () => {
    const { add, run, store } = openBench();
    const first = add('org/1');
    const second = add('org/2', { chatId: 5 });
    run(add('org/3'));
    expect(store.models.getModelsByStatus('pending')).toEqual([first, second]);
    expect(store.models.getModelsByStatus('failed')).toEqual([]);
  });
});

describe('Schedule Operations', () => {
  const night = { chatId: CHAT, name: 'nightly', type: 'daily', time: '23:00' } as const;

  it('createSchedule has one download at a time unless told', () => {
    const { store } = openBench();
    expect(store.schedules.createSchedule(night)).toMatchObject({
      ...night,
      dayOfWeek: null,
      maxConcurrentDownloads: 1,
    });
    expect(store.schedules.createSchedule({ ...night, maxConcurrentDownloads: 10 }).maxConcurrentDownloads).toBe(10);
  });

  it('createSchedule takes a day for a weekly one: 4 is Friday (the readme’s example called 5 friday)', () => {
    const { store } = openBench();
    expect(store.schedules.createSchedule({ ...night, type: 'weekly', dayOfWeek: 4 }).dayOfWeek).toBe(4);
  });

  it.each([
    ['an unknown type', { type: 'hourly' as 'daily' }],
    ['a time that is none', { time: '25:00' }],
    ['no day for a weekly one', { type: 'weekly' as const }],
    ['a day out of range', { type: 'weekly' as const, dayOfWeek: 7 }],
    ['no download at a time', { maxConcurrentDownloads: 0 }],
    ['too many at a time', { maxConcurrentDownloads: 11 }],
    ['no name', { name: '' }],
  ])('createSchedule raises ValueError for %s', (_, fields) => {
    const { store } = openBench();
    expect(codeOf(() => store.schedules.createSchedule({ ...night, ...fields }))).toBe('validation');
  });

  it('getActiveSchedule gives the enabled one or nothing', () => {
    const { store } = openBench();
    expect(store.schedules.getActiveSchedule(CHAT)).toBeUndefined();
    const schedule = store.schedules.createSchedule(night);
    expect(store.schedules.getActiveSchedule(CHAT)).toEqual(schedule);
  });

  it('enableSchedule disables all others of the chat', () => {
    const { store } = openBench();
    const ids = ['a', 'b', 'c'].map((name) => store.schedules.createSchedule({ ...night, name }).id);
    expect(store.schedules.enableSchedule(ids[2] ?? 0)).toBe(true);
    expect(store.schedules.listSchedules(CHAT).map((schedule) => schedule.enabled)).toEqual([false, false, true]);
    expect(store.schedules.enableSchedule(999)).toBe(false);
  });
});

describe('Download Session Operations', () => {
  it('createDownloadSession begins with nothing downloaded', () => {
    const { add, store } = openBench();
    const model = add('gpt2');
    const session = store.sessions.createDownloadSession(model.id);
    expect(session).toMatchObject({
      modelId: model.id,
      scheduleId: null,
      status: 'started',
      completedAt: null,
      bytesDownloaded: 0,
      totalBytes: null,
      errorMessage: null,
      retryCount: 0,
    });
    expect(session.startedAt).toMatch(ISO);
  });

  it('createDownloadSession takes the schedule that opened it', () => {
    const { add, store } = openBench();
    const schedule = store.schedules.createSchedule({ chatId: CHAT, name: 'n', type: 'daily', time: '23:00' });
    expect(store.sessions.createDownloadSession(add('gpt2').id, { scheduleId: schedule.id }).scheduleId).toBe(
      schedule.id,
    );
  });

  it('updateDownloadSession changes what is given', () => {
    const { add, store } = openBench();
    const { id } = store.sessions.createDownloadSession(add('gpt2').id);
    expect(store.sessions.updateDownloadSession(id, 'in_progress', { bytesDownloaded: 10, totalBytes: 100 })).toBe(
      true,
    );
    expect(store.sessions.updateDownloadSession(id, 'failed', { errorMessage: 'The Hub is gone.' })).toBe(true);
    expect(store.sessions.getDownloadSession(id)).toMatchObject({
      status: 'failed',
      bytesDownloaded: 10,
      totalBytes: 100,
      errorMessage: 'The Hub is gone.',
    });
    expect(store.sessions.getDownloadSession(id)?.completedAt).toMatch(ISO);
  });

  it('updateDownloadSession gives false for a session there is not', () => {
    expect(openBench().store.sessions.updateDownloadSession(1, 'failed')).toBe(false);
  });

  it('getDownloadHistory gives ten, newest first, unless told', () => {
    const { add, store, clock } = openBench();
    const { id } = add('gpt2');
    for (let index = 0; index < 11; index += 1) {
      clock.move(1000);
      const session = store.sessions.createDownloadSession(id);
      store.sessions.updateDownloadSession(session.id, 'cancelled');
    }
    const history = store.sessions.getDownloadHistory(id);
    expect(history).toHaveLength(10);
    expect(history[0]?.startedAt).toBe(clock.iso());
    expect(history.map((session) => session.startedAt)).toEqual(
      history
        .map((session) => session.startedAt)
        .toSorted()
        .toReversed(),
    );
    expect(store.sessions.getDownloadHistory(id, 3)).toEqual(history.slice(0, 3));
    expect(store.sessions.getDownloadHistory(99)).toEqual([]);
  });
});

describe('System Configuration Operations', () => {
  it('getSystemConfig gives the value, the default, or nothing', () => {
    const { store } = openBench();
    expect(store.config.getSystemConfig('log_level')).toBeUndefined();
    expect(store.config.getSystemConfig('log_level', 'info')).toBe('info');
    store.config.setSystemConfig('log_level', 'debug');
    expect(store.config.getSystemConfig('log_level', 'info')).toBe('debug');
  });

  it('setSystemConfig keeps the newest value, and a description', () => {
    const { store } = openBench();
    expect(store.config.setSystemConfig('timeout_seconds', '30', 'why')).toBe(true);
    expect(store.config.setSystemConfig('timeout_seconds', '60')).toBe(true);
    expect(store.config.listSystemConfig()).toMatchObject([
      { key: 'timeout_seconds', value: '60', description: 'why' },
    ]);
  });
});

describe('Database Initialization', () => {
  it('initializeDatabase makes schema and default data', () => {
    const path = join(tempFolder(), 'new.db');
    expect(initializeDatabase(path)).toBe(true);
    expect(existsSync(path)).toBe(true);
    const db = new Database(path, { readonly: true });
    const count = (table: string): unknown => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect([count('categories'), count('models'), count('schema_migrations')]).toEqual([8, 0, expect.any(Number)]);
    db.close();
  });

  it('migrateDatabase brings it to a version, and refuses to go back', () => {
    const path = join(tempFolder(), 'new.db');
    expect(migrateDatabase(path, 1)).toBe(true);
    expect(migrateDatabase(path, 1)).toBe(true);
    expect(codeOf(() => migrateDatabase(path, 0))).toBe('operational');
  });
});

describe('Error Handling', () => {
  it('DatabaseError is the class of all', () => {
    const { add } = openBench();
    expect(failure(() => add(''))).toBeInstanceOf(AppError);
  });

  it.each<readonly [string, string, (bench: Bench) => unknown]>([
    [
      'ConnectionError',
      'connection',
      ({ store }) => {
        store.close();
        store.models.getModel(1);
      },
    ],
    ['ConnectionError', 'connection', () => initializeDatabase('/dev/null/hubgram.db')],
    [
      'IntegrityError',
      'integrity',
      ({ store, add }) => store.models.moveModel(add('gpt2').id, 'pending', 'paused', { wantsCopyId: 9 }),
    ],
    [
      'OperationalError',
      'operational',
      ({ store, raw }) => {
        raw.exec('DROP TABLE handled_updates');
        store.updates.markHandled([1]);
      },
    ],
    ['ValidationError', 'validation', ({ store }) => store.config.setSystemConfig('max_retries', 'x')],
    ['ConstraintError', 'constraint', ({ add }) => add('gpt2', { sizeBytes: -1 })],
    ['NotFoundError', 'not_found', ({ store }) => store.sessions.createDownloadSession(9)],
    [
      'StateTransitionError',
      'state_transition',
      ({ add, store }) => store.models.updateModelStatus(add('gpt2').id, 'completed'),
    ],
  ])('%s is the code %s', (_, code, work) => {
    expect(failure(() => work(openBench())).code).toBe(code);
  });

  it('keeps what SQLite said as the cause', () => {
    const { add } = openBench();
    expect(failure(() => add('gpt2', { sizeBytes: -1 })).cause).toMatchObject({ code: 'SQLITE_CONSTRAINT_CHECK' });
  });
});

describe('Performance Considerations', () => {
  it.each([
    ['models', ['status']],
    ['schedule_configurations', ['enabled']],
    ['download_sessions', ['status', 'model_id']],
    ['download_sessions', ['model_id']],
    ['system_configurations', ['key']],
  ])('%s has an index on %j', (table, columns) => {
    const { raw } = openBench();
    const indexes = raw.pragma(`index_list(${table})`) as { name: string; partial: number }[];
    const columnLists = indexes
      .filter((index) => index.partial === 0)
      .map((index) => (raw.pragma(`index_info(${index.name})`) as { name: string }[]).map((column) => column.name));
    expect(columnLists).toContainEqual(columns);
  });

  it('status updates are atomic: what fails half way leaves nothing', () => {
    const { add, run, store, model } = openBench();
    const { id } = run(add('gpt2'));
    expect(codeOf(() => store.models.updateModelStatus(id, 'completed', { downloadPath: 'relative' }))).toBe(
      'constraint',
    );
    expect(model(id)).toMatchObject({ status: 'downloading', downloadPath: null });
  });

  it('readers see what was, until a transaction is done', () => {
    const { add, store, raw } = openBench();
    const count = (): unknown => raw.prepare('SELECT count(*) FROM models').pluck().get();
    store.atomically(() => {
      add('gpt2');
      expect(count()).toBe(0);
    });
    expect(count()).toBe(1);
  });

  it('cleanup on shutdown: the file is whole without its log', () => {
    const { add, store, raw, path } = openBench(undefined, openTestStore);
    add('gpt2');
    raw.close();
    store.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});

it('sessions know no other status', () => {
  const { add, store } = openBench();
  const { id } = store.sessions.createDownloadSession(add('gpt2').id);
  expect(codeOf(() => store.sessions.updateDownloadSession(id, 'running' as SessionStatus))).toBe('validation');
});
