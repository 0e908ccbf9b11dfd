import { describe, expect, it } from 'vitest';
import { keptAddress } from '../../src/domain/repo/kept-file.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Ages, createRetention, type Retention } from '../../src/library/keeping/retention.ts';
import { type Bench, CHAT, openBench } from '../store/setup.ts';

const DAY = 86_400_000;
const AGES: Ages = { historyDays: 100, historyPerModel: 0, tracesDays: 30, activityDays: 90 };

interface Keeping extends Bench {
  readonly retention: Retention;
  /** So many days ago. */
  readonly ago: (days: number) => string;
  /** Puts a row. @returns its number */
  readonly put: (table: string, row: Readonly<Record<string, string | number | null>>) => number;
  /** The numbers that are left. */
  readonly left: (table: string, key?: string) => unknown[];
}

const open = (ages: Partial<Ages> = {}): Keeping => {
  const bench = openBench();
  const { store, clock, raw } = bench;
  return {
    ...bench,
    retention: createRetention({ store, ages: () => ({ ...AGES, ...ages }), clock, log: silentLog }),
    ago: (days) => clock.iso(-days * DAY),
    put: (table, row) => {
      const keys = Object.keys(row);
      const text = `INSERT INTO ${table} (${keys.join(', ')}) VALUES (${keys.map((key) => `@${key}`).join(', ')})`;
      return Number(raw.prepare(text).run(row).lastInsertRowid);
    },
    left: (table, key = 'id') => raw.prepare(`SELECT ${key} FROM ${table} ORDER BY ${key}`).pluck().all(),
  };
};

/** A download that ended so many days ago; runs still without a number. */
const session = (
  { put, ago }: Keeping,
  modelId: number | null,
  days: number | undefined,
  status = days === undefined ? 'in_progress' : 'failed',
): number =>
  put('download_sessions', {
    uuid: crypto.randomUUID(),
    model_id: modelId,
    chat_id: CHAT,
    model_name: 'gpt2',
    status,
    started_at: ago(4000),
    completed_at: days === undefined ? null : ago(days),
  });

describe('of downloads', () => {
  it('the old ones go; what runs stays, and the newest of each model, and the newest that was completed', async () => {
    const bench = open();
    const [one, two] = [bench.add('org/one').id, bench.add('org/two').id];
    session(bench, one, 300, 'completed');
    const completed = session(bench, one, 200, 'completed');
    session(bench, one, 150);
    const newest = session(bench, one, 120, 'cancelled');
    session(bench, two, 130);
    const young = session(bench, two, 99);
    const running = session(bench, two, undefined);
    session(bench, null, 101);
    const orphan = session(bench, null, 99);
    await bench.retention.round();
    expect(bench.left('download_sessions')).toEqual([completed, newest, young, running, orphan]);
  });

  it('so many of one model stay, whatever their age', async () => {
    const bench = open({ historyDays: 0, historyPerModel: 2 });
    const [one, two] = [bench.add('org/one').id, bench.add('org/two').id];
    const ofOne = [9, 8, 7, 6].map((days) => session(bench, one, days));
    const ofTwo = [500, 400].map((days) => session(bench, two, days));
    const orphans = [500, 400, 300].map(() => session(bench, null, 500));
    await bench.retention.round();
    expect(bench.left('download_sessions')).toEqual([...ofOne.slice(2), ...ofTwo, ...orphans]);
  });

  it('with 0 all of them stay', async () => {
    const bench = open({ historyDays: 0, historyPerModel: 0 });
    const { id } = bench.add('org/one');
    for (const days of [3000, 2000, 1000]) session(bench, id, days);
    await bench.retention.round();
    expect(bench.left('download_sessions')).toHaveLength(3);
  });

  it('one stays that was not told of yet, that an open run counts, or that a removal may bring back', async () => {
    const bench = open();
    const { put, ago, left } = bench;
    const { id } = bench.add('org/one');
    const untold = session(bench, id, 200);
    put('outbox', { session_id: untold, chat_id: CHAT, kind: 'failed', created_at: ago(200) });
    const counted = session(bench, id, 150);
    session(bench, id, 120);
    put('schedule_runs', {
      chat_id: CHAT,
      schedule_name: 'n',
      opened_at: ago(160),
      started_at: ago(140),
      baseline: '{}',
      max_concurrent_downloads: 1,
    });
    const after = session(bench, id, 130);
    const newest = session(bench, id, 110);
    await bench.retention.round();
    expect(left('download_sessions')).toEqual([untold, counted + 1, after, newest]);
    const orphan = session(bench, null, 150);
    const removed = {
      chat_id: CHAT,
      entry: '{}',
      taking: 'all',
      removed_at: ago(0),
      not_before: ago(0),
      waits_since: ago(0),
      updated_at: ago(0),
    };
    put('removed_models', { ...removed, model_id: 77, state: 'kept' });
    await bench.retention.round();
    expect(left('download_sessions')).toContain(orphan);
  });
});

/** What has ended goes when it is old; what is as old and is live, or still gone by, stays. */
interface Case {
  readonly table: string;
  readonly key?: string;
  readonly ended: (bench: Keeping) => Readonly<Record<string, string | number | null>>;
  /** What makes it live, or gone by. */
  readonly but: Readonly<Record<string, (bench: Keeping) => Readonly<Record<string, string | number | null>>>>;
}

const OLD = 31;

const CASES: readonly Case[] = [
  {
    table: 'outbox',
    ended: ({ ago }) => ({ chat_id: CHAT, kind: 'access_denied', created_at: ago(OLD), sent_at: ago(OLD) }),
    but: {
      'was not sent': () => ({ sent_at: null }),
      'was sent lately': ({ ago }) => ({ sent_at: ago(29) }),
      'announces a clean-up': ({ put, ago }) => ({
        kind: 'cleanup',
        payload: JSON.stringify({ cleanupId: put('cleanups', { chat_id: CHAT, created_at: ago(OLD) }) }),
      }),
      'asks who may come in': ({ put, ago }) => {
        put('access_requests', { asker_id: 5, asked_at: ago(OLD) });
        return { kind: 'access_request', payload: '{"userId":5}' };
      },
    },
  },
  {
    table: 'add_requests',
    ended: ({ ago, left }) => ({
      chat_id: CHAT,
      user_id: 1,
      message_id: left('add_requests').length,
      ref: 'gpt2',
      state: 'failed',
      settled: 1,
      created_at: ago(OLD),
      updated_at: ago(OLD),
    }),
    but: {
      'is looked up': () => ({ state: 'looking_up' }),
      asks: () => ({ state: 'choosing' }),
      'is not drawn yet': () => ({ settled: 0 }),
      'waits to be let in': ({ ago }) => ({ not_before: ago(0) }),
    },
  },
  {
    table: 'searches',
    ended: ({ ago, left }) => ({
      chat_id: CHAT,
      user_id: 1,
      message_id: left('searches').length,
      terms: '{}',
      state: 'shown',
      settled: 1,
      created_at: ago(OLD),
      updated_at: ago(OLD),
    }),
    but: {
      'is under way': () => ({ state: 'searching' }),
      'is not drawn yet': () => ({ settled: 0 }),
      'was turned lately': ({ ago }) => ({ updated_at: ago(1) }),
    },
  },
  {
    table: 'cleanups',
    ended: ({ ago }) => ({ chat_id: CHAT, state: 'done', created_at: ago(OLD) }),
    but: {
      'is announced': () => ({ state: 'announced' }),
    },
  },
  {
    table: 'imports',
    ended: ({ ago, left }) => ({
      chat_id: CHAT,
      user_id: 1,
      message_id: left('imports').length,
      state: 'done',
      settled: 1,
      created_at: ago(OLD),
      updated_at: ago(OLD),
    }),
    but: {
      asks: () => ({ state: 'asking' }),
      'is brought in': () => ({ state: 'bringing' }),
      'is the newest of the machine’s file': () => ({ message_id: null, digest: 'x' }),
    },
  },
  {
    table: 'verifications',
    ended: ({ ago }) => ({
      chat_id: CHAT,
      user_id: 1,
      purpose: 'verify',
      state: 'done',
      settled: 1,
      created_at: ago(OLD),
      updated_at: ago(OLD),
    }),
    but: {
      'is under way': () => ({ state: 'reading' }),
      'is not drawn yet': () => ({ settled: 0 }),
      'is the newest round': () => ({ purpose: 'round', settled: 0, chat_id: 0 }),
    },
  },
  {
    table: 'removed_models',
    key: 'model_id',
    ended: ({ ago, left }) => ({
      model_id: 100 + left('removed_models', 'model_id').length,
      chat_id: CHAT,
      state: 'gone',
      entry: '{}',
      taking: 'all',
      removed_at: ago(OLD),
      not_before: ago(OLD),
      waits_since: ago(OLD),
      settled: 1,
      card_settled: 1,
      updated_at: ago(OLD),
    }),
    but: {
      'can be undone': () => ({ state: 'kept' }),
      'is on its way': () => ({ state: 'going' }),
      'is not drawn yet': () => ({ card_settled: 0 }),
    },
  },
  {
    table: 'backups',
    ended: ({ ago, left }) => ({
      asked_by: 1,
      update_id: left('backups').length,
      state: 'failed',
      error_message: 'x',
      created_at: ago(OLD),
      ended_at: ago(OLD),
    }),
    but: {
      'is wanted': () => ({ state: 'wanted', ended_at: null, error_message: null }),
      'is the newest of the night': () => ({ asked_by: null }),
    },
  },
  {
    table: 'schedule_runs',
    ended: ({ ago, left }) => ({
      chat_id: CHAT,
      schedule_name: 'n',
      opened_at: ago(200 - left('schedule_runs').length),
      started_at: ago(200),
      closed_at: ago(101),
      end_reason: 'done',
      completed: 1,
      failed: 0,
      left_over: 0,
      baseline: '{}',
      max_concurrent_downloads: 1,
    }),
    but: {
      'was not told of': () => ({ completed: null }),
      'is open, and the newest': () => ({ closed_at: null, end_reason: null }),
    },
  },
  {
    table: 'renewal_asks',
    ended: ({ ago, left }) => ({
      update_id: left('renewal_asks').length,
      chat_id: CHAT,
      message_id: 1,
      done_at: ago(OLD),
    }),
    but: {
      'is open': () => ({ done_at: null }),
    },
  },
  {
    table: 'handled_updates',
    key: 'update_id',
    ended: ({ ago, left }) => ({ update_id: 1 + left('handled_updates', 'update_id').length, handled_at: ago(3) }),
    but: { 'may come again': ({ ago }) => ({ handled_at: ago(1) }) },
  },
];

it.each(CASES)('of $table goes what is over and old, and nothing else', async ({ table, key = 'id', ended, but }) => {
  const bench = open();
  const { put, left, retention } = bench;
  const put1 = (more: Readonly<Record<string, string | number | null>> = {}): unknown => {
    put(table, { ...ended(bench), ...more });
    return left(table, key).at(-1);
  };
  put1();
  put1();
  const stay = Object.values(but).map((live) => put1(live(bench)));
  await retention.round();
  expect(left(table, key)).toEqual(stay);
});

it('a clean-up stays by which somebody has kept a model, as long as that is there', async () => {
  const { put, left, ago, add, retention, raw } = open();
  const { id } = add('org/kept');
  const cleanup = put('cleanups', { chat_id: CHAT, state: 'done', created_at: ago(400) });
  put('cleanup_models', {
    cleanup_id: cleanup,
    model_id: id,
    fate: 'kept',
    repo_type: 'model',
    name: 'org/kept',
    revision: 'main',
    selection: '{}',
    size_bytes: 1,
    used_at: ago(500),
    kept_at: ago(400),
    used_by: 'people',
  });
  await retention.round();
  expect(left('cleanups')).toEqual([cleanup]);
  raw.exec('DELETE FROM models');
  await retention.round();
  expect(left('cleanups')).toEqual([]);
});

it('goes through any number of rows, a few at a time', async () => {
  const bench = open();
  const { raw, store, clock } = bench;
  raw.exec(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 7 FROM n WHERE i < 7000)
    INSERT INTO handled_updates SELECT i, '2026-11-01T00:00:00.000Z' FROM n`);
  const steps: number[] = [];
  const limits = { before: clock.iso(), sessionsPerModel: 0 };
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { removed, next } = store.retention.removeEnded('handledUpdates', after, limits);
    steps.push(removed);
    after = next;
  }
  expect(steps).toEqual([500, 500, 1, 0]);
});

it('ends when it is closed', async () => {
  const { put, left, ago, retention } = open();
  put('handled_updates', { update_id: 1, handled_at: ago(3) });
  retention.close();
  await retention.round();
  expect(left('handled_updates', 'update_id')).toEqual([1]);
});

describe('of who did what', () => {
  it('what is older than so many days goes, whatever it was', async () => {
    const bench = open({ activityDays: 10 });
    for (const days of [400, 11, 9, 0])
      bench.put('activity_log', { user_id: 1, chat_id: CHAT, action: 'add', created_at: bench.ago(days) });
    await bench.retention.round();
    expect(bench.left('activity_log')).toEqual([3, 4]);
  });
});

it('of files that were sent to be kept, what nobody has or asks for goes; what can still be wanted stays', async () => {
  const { store, add, clock, ago, left, retention } = open();
  const put = (fileUniqueId: string, days: number): string => {
    const uploadedAt = ago(days);
    const rest = { fileName: null, mimeType: null, fileSize: 5, duration: null, title: null, uploadedAt } as const;
    store.keptFiles.putKeptFile({ botId: 42, fileUniqueId, fileId: 'x', kind: 'document', ...rest });
    return keptAddress({ botId: 42, fileUniqueId });
  };
  put('gone', 31);
  put('new', 29);
  add('files/custom/a', { sourceUrl: put('had', 400), commitSha: 'c'.repeat(40), files: [], sizeBytes: 5 });
  const request = {
    chatId: CHAT,
    userId: CHAT,
    threadId: null,
    messageId: 1,
    ref: 'a',
    options: { url: put('asked', 400) },
  };
  store.addRequests.createAddRequest(request);
  await retention.round();
  expect(left('kept_files', 'file_unique_id')).toEqual(['asked', 'had', 'new']);
  clock.move(2 * DAY);
  await retention.round();
  expect(left('kept_files', 'file_unique_id')).toEqual(['asked', 'had']);
});
