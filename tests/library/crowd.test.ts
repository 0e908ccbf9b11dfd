import { describe, expect, it, onTestFinished } from 'vitest';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import { ANONYMOUS_ADMIN } from '../../src/domain/people/anonymous-admin.ts';
import type { RepoRef } from '../../src/domain/repo/repo.ts';
import { systemClock, type WallClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createAdding, type Adding, type AddingDeps } from '../../src/library/adding/add.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from './setup.ts';
import { createRunningClock } from '../helpers/clock.ts';
import type { Limits } from '../../src/domain/quotas/quota.ts';
import { noLimits, openQuotas } from '../helpers/quotas.ts';
import { queueSaying } from '../helpers/queue.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const notAsked = (): Promise<never> => Promise.reject(new Error('not asked for'));

const ANN = 1;
const BOB = 2;
const NOW = Date.parse('2026-11-28T12:00:00.000Z');

const openLookUps = ({ addRequests }: Store): number => addRequests.openLookUpsOf(ANN) + addRequests.openLookUpsOf(BOB);

interface Bench {
  readonly store: Store;
  /** Lets time pass on the wall. */
  readonly pass: (ms: number) => void;
  readonly open: (deps?: Partial<AddingDeps>) => Adding;
  /** In the order in which the Hub was asked. */
  readonly asked: readonly string[];
  /** The Hub answers the oldest question that is open: there is no such repository. */
  readonly answer: () => Promise<void>;
  readonly add: (adding: Adding, userId: number, ref: string) => AddRequest;
}

const openBench = (): Bench => {
  let wall = NOW;
  const store = openLibrary({ ...systemClock, now: () => wall });
  for (const userId of [ANN, BOB]) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, userId === ANN ? 'owner' : 'member');
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
  }
  const asked: string[] = [];
  const open: (() => void)[] = [];
  let message = 0;
  const inspect = (ref: RepoRef, signal: AbortSignal): Promise<never> => {
    asked.push(ref.id);
    return new Promise((_, reject) => {
      open.push(() => reject(new Error('No such repository')));
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };
  return {
    store,
    pass: (ms) => {
      wall += ms;
    },
    asked,
    open: (deps = {}) => {
      const adding = createAdding({
        tokens: NO_KEYS,
        store,
        settings: createSettings(store, { given: {}, log: silentLog }),
        source: {
          inspect,
          locate: notAsked,
          search: notAsked,
          namedBySpace: notAsked,
        },
        queue: { ...queueSaying(false), memory: notAsked },
        hubHosts: [],
        spaceFor: () => Promise.resolve({ freeBytes: 1e12, missingBytes: 0 }),
        limits: noLimits(store),
        clock: { now: () => NOW },
        log: silentLog,
        ...deps,
      });
      onTestFinished(() => adding.close());
      return adding;
    },
    answer: async () => {
      const before = asked.length;
      open.shift()?.();
      await expect.poll(() => asked.length > before || openLookUps(store) < 4).toBe(true);
    },
    add: (adding, userId, ref) => {
      message += 1;
      return adding.request({ chatId: userId, userId, threadId: null, messageId: message, ref, options: {} });
    },
  };
};

describe('a long list of one chat', () => {
  it('does not keep another chat waiting: chats take turns', async () => {
    const bench = openBench();
    const adding = bench.open();
    for (let count = 0; count < 50; count += 1) bench.add(adding, BOB, `bob/model-${count}`);
    bench.add(adding, ANN, 'ann/one');
    bench.add(adding, ANN, 'ann/two');
    expect(bench.asked).toEqual(['bob/model-0', 'bob/model-1', 'bob/model-2', 'bob/model-3']);
    for (let answers = 0; answers < 4; answers += 1) await bench.answer();
    expect(bench.asked.slice(4)).toEqual(['ann/one', 'bob/model-4', 'ann/two', 'bob/model-5']);
  });
});

describe('what one person may ask for', () => {
  const limitsOf = (
    { store }: Bench,
    person: Partial<Limits>,
    { openLookUps = 100, clock = { now: () => NOW } }: { openLookUps?: number; clock?: WallClock } = {},
  ) => ({ limits: { quotas: openQuotas(store, { person }, clock), openLookUps: () => openLookUps } });

  it('is so many look-ups at one time', () => {
    const bench = openBench();
    const adding = bench.open(limitsOf(bench, {}, { openLookUps: 3 }));
    for (const ref of ['a', 'b', 'c']) bench.add(adding, BOB, `bob/${ref}`);
    expect(() => bench.add(adding, BOB, 'bob/d')).toThrow(
      '3 of your look-ups are not done yet. Add the next one when some of them are.',
    );
    expect(openLookUps(bench.store)).toBe(3);
  });

  it('is counted of anonymous admins in each group apart, though all of them are one account', () => {
    const bench = openBench();
    const adding = bench.open(limitsOf(bench, {}, { openLookUps: 1 }));
    const ask = (chatId: number, messageId: number): AddRequest =>
      adding.request({ chatId, userId: ANONYMOUS_ADMIN, threadId: null, messageId, ref: 'org/a', options: {} });
    for (const chatId of [-50, -51]) bench.store.chats.upsertChat({ chatId, kind: 'supergroup', title: 'Lab' });
    ask(-50, 1);
    expect(() => ask(-50, 2)).toThrow('1 of your look-ups');
    expect(ask(-51, 1).state).toBe('looking_up');
  });

  it('is so many within an hour, and the sentence says when the next may come', () => {
    const bench = openBench();
    const adding = bench.open(limitsOf(bench, { adds_per_hour: 5 }));
    for (const ref of ['a', 'b', 'c', 'd', 'e']) bench.add(adding, BOB, `bob/${ref}`);
    expect(() => bench.add(adding, BOB, 'bob/f')).toThrow(
      /^You have added 5 within an hour, and may not add more\. The next may come in (1 h|60 min|59 min)/,
    );
    const later = bench.open(limitsOf(bench, { adds_per_hour: 5 }, { clock: { now: () => NOW + 3_600_001 } }));
    expect(bench.add(later, BOB, 'bob/f').ref).toBe('bob/f');
  });

  it('is not held against anybody until the clock, once set back, has caught up', () => {
    const bench = openBench();
    const adding = bench.open(limitsOf(bench, { adds_per_hour: 5 }));
    for (const ref of ['a', 'b', 'c', 'd', 'e']) bench.add(adding, BOB, `bob/${ref}`);
    const clock = createRunningClock();
    clock.turn(-365 * 24 * 3_600_000);
    const later = bench.open(limitsOf(bench, { adds_per_hour: 5 }, { clock }));
    expect(bench.add(later, BOB, 'bob/f').ref).toBe('bob/f');
  });

  it('is so many models in all chats', () => {
    const bench = openBench();
    const adding = bench.open(limitsOf(bench, { models: 2 }));
    for (const chatId of [ANN, BOB]) bench.store.models.createModel({ chatId, name: `x/${chatId}`, requestedBy: BOB });
    expect(() => bench.add(adding, BOB, 'bob/a')).toThrow(
      'You have 2 models and may have 2: this would be one more. Remove one (/library), or ask an owner of this bot for more.',
    );
  });

  it('is without limit for an owner, and not counted twice for one message', () => {
    const bench = openBench();
    const adding = bench.open(limitsOf(bench, { models: 1, adds_per_hour: 1 }, { openLookUps: 1 }));
    for (const ref of ['a', 'b', 'c']) bench.add(adding, ANN, `ann/${ref}`);
    const again = { chatId: BOB, userId: BOB, threadId: null, messageId: 77, ref: 'bob/a', options: {} };
    expect(adding.request(again).id).toBe(adding.request(again).id);
  });
});

describe('a look-up at which the program dies', () => {
  it('is given up with a sentence after the third time', async () => {
    const bench = openBench();
    const { id } = bench.add(bench.open(), BOB, 'bob/poison');
    // Twice more it is begun, and nothing tells that it ended.
    for (let starts = 0; starts < 2; starts += 1) {
      bench.pass(10_000);
      bench.open().start();
    }
    expect(bench.asked).toEqual(['bob/poison', 'bob/poison', 'bob/poison']);
    bench.pass(10_000);
    bench.open().start();
    await expect.poll(() => bench.store.addRequests.getAddRequest(id)?.state).toBe('failed');
    expect(bench.store.addRequests.getAddRequest(id)?.errorMessage).toBe(
      'Looking up bob/poison has ended the program 3 times. It is given up.',
    );
    expect(bench.asked).toHaveLength(3);
  });

  it('is not one during which something else kills the program again and again', () => {
    const bench = openBench();
    const { id } = bench.add(bench.open(), BOB, 'bob/slow');
    for (let starts = 0; starts < 10; starts += 1) {
      bench.pass(900);
      bench.open().start();
    }
    expect(bench.store.addRequests.getAddRequest(id)?.state).toBe('looking_up');
    expect(bench.asked).toHaveLength(11);
  });

  it('is not one that was stopped in peace', async () => {
    const bench = openBench();
    const first = bench.open();
    bench.add(first, BOB, 'bob/slow');
    await first.close();
    for (let starts = 0; starts < 5; starts += 1) {
      const adding = bench.open();
      adding.start();
      await adding.close();
    }
    expect(openLookUps(bench.store)).toBe(1);
    expect(bench.asked).toHaveLength(6);
  });
});
