import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Update } from 'grammy/types';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createInbox, type Inbox, type InboxDeps } from '../../src/bot/updates/inbox.ts';
import { AppError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../helpers/database.ts';

const update = (id: number, chatId: number): Update =>
  ({
    update_id: id,
    message: { message_id: id, date: 1, text: '/help', chat: { id: chatId, type: 'private', first_name: 'Ann' } },
  }) as Update;

/** As Telegram gives them, and gives them again. */
const given = (...updates: readonly Update[]) => [updates, () => Promise.resolve(updates)] as const;

let path: string;
/** What the clock on the wall shows; each start of the program comes so much later. */
let now = 1_790_000_000_000;
let startsApartMs = 10_000;

const PATIENT = { timeout: 20_000, interval: 20 } as const;

interface Bench {
  readonly store: () => Store;
  /** As after a crash: what was in memory is gone. */
  readonly open: (deps: Partial<InboxDeps>) => Inbox;
}

const openBench = (): Bench => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-inbox-'));
  path = join(folder, 'hubgram.db');
  startsApartMs = 10_000;
  const open = (): Store => {
    const opened = openTestStore(path, { ...systemClock, now: () => now });
    opened.waitBriefly();
    return opened;
  };
  let store = open();
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  return {
    store: () => store,
    open: (deps) => {
      store.close();
      now += startsApartMs;
      store = open();
      return createInbox({
        store,
        handle: () => Promise.resolve(),
        onBusy: () => Promise.resolve(),
        takeLeftOut: () => 0,
        clock: { now: () => now },
        log: silentLog,
        ...deps,
      });
    },
  };
};

const waiting = (store: Store): number[] => store.updates.waitingUpdates().map(({ updateId }) => updateId);

describe('updates', () => {
  it('of one chat are handled in order; a chat whose answer hangs keeps no other waiting', async () => {
    const hang = Promise.withResolvers<void>();
    const done: number[] = [];
    const bench = openBench();
    const inbox = bench.open({
      handle: async ({ update_id: id }) => {
        if (id === 1) await hang.promise;
        done.push(id);
      },
    });
    void inbox.take(...given(update(1, 10), update(2, 10), update(3, 20), update(4, 10)));
    await Promise.resolve();
    expect(inbox.waiting(10)).toBe(2);
    await expect.poll(() => waiting(bench.store())).toEqual([1, 2, 4]);
    expect(done).toEqual([3]);
    hang.resolve();
    await expect.poll(() => waiting(bench.store())).toEqual([]);
    expect(done).toEqual([3, 1, 2, 4]);
    await inbox.close();
  });

  it('that came are handled after a crash, though Telegram was told that they had arrived', async () => {
    const bench = openBench();
    const never = Promise.withResolvers<void>();
    void bench.open({ handle: () => never.promise }).take(...given(update(1, 10), update(2, 10), update(3, 20)));
    const done: number[] = [];
    const inbox = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await expect.poll(() => waiting(bench.store())).toEqual([]);
    expect(new Set(done)).toEqual(new Set([1, 2, 3]));
    // Telegram had not heard of it: it gives them once more.
    void inbox.take(...given(update(2, 10), update(3, 20)));
    await inbox.close();
    expect(done).toHaveLength(3);
  });

  it('are not given up because something else kills the program again and again', async () => {
    const bench = openBench();
    startsApartMs = 900;
    const never = Promise.withResolvers<void>();
    void bench.open({ handle: () => never.promise }).take(...given(update(1, 10)));
    for (let start = 0; start < 10; start += 1) bench.open({ handle: () => never.promise }).resume();
    const done: number[] = [];
    const inbox = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await expect.poll(() => done).toEqual([1]);
    await inbox.close();
  });

  it('at which the program dies each time are given up after the third death, and those behind are handled', async () => {
    const bench = openBench();
    const never = Promise.withResolvers<void>();
    void bench.open({ handle: () => never.promise }).take(...given(update(1, 10), update(2, 10)));
    const begun: number[] = [];
    for (let start = 0; start < 3; start += 1) {
      const handle = ({ update_id: id }: Update): Promise<void> => {
        begun.push(id);
        return never.promise;
      };
      bench.open({ handle }).resume();
    }
    expect(begun).toEqual([1, 1, 1]);
    const done: number[] = [];
    const inbox = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await expect.poll(() => waiting(bench.store())).toEqual([]);
    expect(done).toEqual([2]);
    await inbox.close();
  });

  it.each(['{"update_id":1}', '[]', '7'])(
    'that cannot be read any more are given up, and those behind are handled: %s',
    async (payload) => {
      const bench = openBench();
      bench.store().updates.keepUpdates([
        { updateId: 1, payload },
        { updateId: 2, payload: JSON.stringify(update(2, 10)) },
      ]);
      const done: number[] = [];
      const told: object[] = [];
      const inbox = bench.open({
        handle: async ({ update_id: id }) => void done.push(id),
        log: { ...silentLog, error: (fields) => void told.push(fields) },
      });
      inbox.resume();
      await expect.poll(() => waiting(bench.store())).toEqual([]);
      expect(done).toEqual([2]);
      expect(told).toEqual([{ update: 1 }]);
      await inbox.close();
    },
  );

  it('that could not be written down are handled all the same', async () => {
    const bench = openBench();
    const done: number[] = [];
    const handle = async ({ update_id: id }: Update): Promise<void> => void done.push(id);
    const fail = (): never => {
      throw new Error('database or disk is full');
    };
    const full = { ...bench.store().updates, alreadyHandled: () => false, keepUpdates: fail, markHandled: fail };
    const inbox = bench.open({ handle, store: { ...bench.store(), updates: full } });
    void inbox.take(...given(update(1, 10), update(2, 10)));
    await expect.poll(() => done).toEqual([1, 2]);
    await inbox.close();
  });

  it('whose handling failed are left out of a start a day later, and those of the last hour are handled', async () => {
    const bench = openBench();
    const fail = (): Promise<void> => Promise.reject(new Error('a fault of ours'));
    const first = bench.open({ handle: fail });
    await first.take(...given(update(1, 10), update(2, 20)));
    await first.close();
    startsApartMs = 23 * 3_600_000;
    const second = bench.open({ handle: fail });
    await second.take(...given(update(3, 10)));
    second.resume();
    await second.close();
    expect(waiting(bench.store())).toEqual([1, 2, 3]);
    startsApartMs = 3_600_001;
    const done: number[] = [];
    const log: number[] = [];
    const warn = (about: object): void => void log.push((about as { update: number }).update);
    const third = bench.open({ handle: async ({ update_id: id }) => void done.push(id), log: { ...silentLog, warn } });
    third.resume();
    await third.close();
    expect({ done, log, left: waiting(bench.store()) }).toEqual({ done: [3], log: [1, 2], left: [] });
  });

  it('that seem to come from the future, since the clock was set back, are handled', async () => {
    const bench = openBench();
    const first = bench.open({ handle: () => Promise.reject(new Error('a fault of ours')) });
    await first.take(...given(update(1, 10)));
    await first.close();
    startsApartMs = -48 * 3_600_000;
    const done: number[] = [];
    const second = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    second.resume();
    await second.close();
    expect(done).toEqual([1]);
  });

  // php-telegram-bot/core#659: after a week without any, Telegram begins anew with any number.
  it('with lower numbers than those that were handled are handled', async () => {
    const bench = openBench();
    const done: number[] = [];
    const inbox = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    await inbox.take(...given(update(900_000, 10)));
    await inbox.take(...given(update(5, 10), update(6, 20)));
    await expect.poll(() => new Set(done)).toEqual(new Set([900_000, 5, 6]));
    await inbox.close();
  });

  it('whose handling broke off wait for the next start', async () => {
    const bench = openBench();
    const inbox = bench.open({ handle: () => Promise.reject(new Error('stopped')) });
    void inbox.take(...given(update(1, 10)));
    await inbox.close();
    expect(waiting(bench.store())).toEqual([1]);
  });
});

describe('while another program keeps the database for itself', () => {
  const lock = (): (() => void) => {
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    return () => other.close();
  };

  const busily = (): { readonly bench: Bench; readonly release: () => void } => {
    const bench = openBench();
    bench.open({});
    return { bench, release: lock() };
  };

  it('what needs no write is handled, and Telegram may forget it', async () => {
    const { bench, release } = busily();
    const done: number[] = [];
    const inbox = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    await inbox.take(...given(update(1, 10), update(2, 20)));
    expect(done).toEqual([1, 2]);
    // What was handled and could not be noted is not handled again.
    await inbox.take(...given(update(1, 10)));
    expect(done).toEqual([1, 2]);
    release();
    await expect.poll(() => bench.store().updates.alreadyHandled(2)).toBe(true);
    await inbox.close();
  });

  it('what has to write is tried until it works, is told of once, and Telegram keeps it until then', async () => {
    const { bench, release } = busily();
    const told: number[] = [];
    const done: number[] = [];
    const inbox = bench.open({
      handle: async ({ update_id: id }) => {
        bench.store().conversations.write('10:10', String(id));
        done.push(id);
      },
      onBusy: async ({ update_id: id }) => void told.push(id),
    });
    let mayForget = false;
    const taken = inbox.take(...given(update(1, 10), update(2, 10))).then(() => (mayForget = true));
    await expect.poll(() => told, PATIENT).toEqual([1]);
    expect({ done, mayForget }).toEqual({ done: [], mayForget: false });
    release();
    await taken;
    await expect.poll(() => done, PATIENT).toEqual([1, 2]);
    expect(told).toEqual([1]);
    await inbox.close();
  });

  it('who writes meanwhile is heard and answered, once, and a crash loses nothing of it', async () => {
    const { bench, release } = busily();
    const done: number[] = [];
    const sent = [update(1, 10)];
    const inbox = bench.open({
      handle: async ({ update_id: id }) => {
        if (id !== 2) bench.store().conversations.write('10:10', String(id));
        done.push(id);
      },
    });
    let asked = 0;
    const again = (): Promise<readonly Update[]> => {
      asked += 1;
      if (asked === 1) return Promise.reject(new Error('Telegram cannot be reached'));
      // The first one is too old for Telegram by now: it must not be forgotten here.
      return Promise.resolve(asked === 2 ? [...sent, update(2, 20), update(3, 20)] : [update(2, 20), update(3, 20)]);
    };
    const taken = inbox.take(sent, again);
    await expect.poll(() => done, PATIENT).toEqual([2]);
    await expect.poll(() => asked, PATIENT).toBeGreaterThan(2);
    const doneThen = [...done];
    inbox.stop();
    await expect(taken).rejects.toThrow('aborted');
    release();
    expect(doneThen).toEqual([2]);
    await inbox.close();
    const next = bench.open({ handle: async ({ update_id: id }) => void done.push(id) });
    await next.take(...given(update(1, 10), update(2, 20), update(3, 20)));
    await next.close();
    expect(done).toEqual([2, 1, 3]);
  });

  it('what has come since is kept with the rest as soon as it is free, before Telegram may forget it', async () => {
    const { bench, release } = busily();
    const hang = Promise.withResolvers<void>();
    const inbox = bench.open({ handle: () => hang.promise });
    const heard = Promise.withResolvers<void>();
    const taken = inbox.take([update(1, 10)], async () => {
      heard.resolve();
      return [update(2, 20)];
    });
    await heard.promise;
    expect(waiting(bench.store())).toEqual([]);
    release();
    await taken;
    expect(waiting(bench.store())).toEqual([1, 2]);
    hang.resolve();
    await inbox.close();
  });

  it('with as many as Telegram gives at once it is deaf, and for half a minute at most', async () => {
    const bench = openBench();
    const keepUpdates = (): never => {
      throw new AppError('busy', 'The database is busy.');
    };
    const sent = Array.from({ length: 100 }, (_, index) => update(index + 1, 10));
    const log: string[] = [];
    const warn = (_: object, message: string): void => void log.push(message);
    const updates = {
      ...bench.store().updates,
      keepUpdates,
      alreadyHandled: () => false,
      markHandled: () => undefined,
    };
    const hang = Promise.withResolvers<void>();
    let asked = 0;
    const slept = new Set<number>();
    const sleep = async (ms: number): Promise<void> => void slept.add(ms);
    const inbox = bench.open({
      handle: () => hang.promise,
      store: { ...bench.store(), updates },
      log: { ...silentLog, warn },
      sleep,
    });
    await inbox.take(sent, async () => {
      asked += 1;
      // Until then something new could come.
      return asked < 50 ? sent.slice(1) : sent;
    });
    expect({ asked, log }).toEqual({ asked: 50 + 29, log: ['Updates could not be kept; a crash now would lose them'] });
    // So soon after the lock is free it goes on.
    expect([...slept]).toEqual([100]);
    hang.resolve();
    await inbox.close();
  });

  it('the program can end, and Telegram has all of it still', async () => {
    const { bench, release } = busily();
    const inbox = bench.open({ handle: async () => bench.store().conversations.write('10:10', '') });
    const taken = inbox.take(...given(update(1, 10))).then(
      () => 'Telegram may forget it',
      () => 'Telegram keeps it',
    );
    await inbox.close();
    expect(await taken).toBe('Telegram keeps it');
    release();
    expect(waiting(bench.store())).toEqual([]);
    expect(bench.store().updates.alreadyHandled(1)).toBe(false);
  });
});
