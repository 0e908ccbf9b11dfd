import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Update } from 'grammy/types';
import { describe, expect, it } from 'vitest';
import type { InboxDeps } from '../../src/bot/updates/inbox/inbox.ts';
import { AppError } from '../../src/domain/errors.ts';
import { tooFastNotice } from '../../src/bot/outbox/unanswered.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Store } from '../../src/store/store.ts';
import { watchTimers } from '../helpers/timers.ts';
import { FIRST_LIFE, type Lives, openLives } from './lives.ts';
import { recentActivity } from '../helpers/rows.ts';

const message = (id: number, chatId: number) => ({
  message_id: id,
  date: 1,
  text: '/help',
  chat: { id: chatId, type: 'private', first_name: 'Ann' },
});

const update = (id: number, chatId: number): Update => ({ update_id: id, message: message(id, chatId) }) as Update;

/** As Telegram gives them, and gives them again. */
const given = (...updates: readonly Update[]) => [updates, () => Promise.resolve(updates)] as const;

const PATIENT = { interval: 20 } as const;

const waiting = (store: Store): number[] => store.updates.waitingUpdates().map(({ updateId }) => updateId);

describe('updates', () => {
  it('of one chat are handled in order; a chat whose answer hangs keeps no other waiting', async () => {
    const hang = Promise.withResolvers<void>();
    const done: number[] = [];
    const lives = openLives();
    const inbox = lives.begin({
      handle: async ({ update_id: id }) => {
        if (id === 1) await hang.promise;
        done.push(id);
      },
    });
    void inbox.take(...given(update(1, 10), update(2, 10), update(3, 20), update(4, 10)));
    await Promise.resolve();
    expect(inbox.waiting(10)).toBe(2);
    await expect.poll(() => waiting(lives.store())).toEqual([1, 2, 4]);
    expect(done).toEqual([3]);
    hang.resolve();
    await expect.poll(() => waiting(lives.store())).toEqual([]);
    expect(done).toEqual([3, 1, 2, 4]);
    await inbox.close();
  });

  it('that came are handled after a crash, though Telegram was told that they had arrived', async () => {
    const lives = openLives();
    const never = Promise.withResolvers<void>();
    void lives.begin({ handle: () => never.promise }).take(...given(update(1, 10), update(2, 10), update(3, 20)));
    const done: number[] = [];
    const inbox = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await expect.poll(() => waiting(lives.store())).toEqual([]);
    expect(new Set(done)).toEqual(new Set([1, 2, 3]));
    // Telegram had not heard of it: it gives them once more.
    void inbox.take(...given(update(2, 10), update(3, 20)));
    await inbox.close();
    expect(done).toHaveLength(3);
  });

  it('that are too much of one person are not handled, also after a crash, and who sent them is told once', async () => {
    const lives = openLives();
    const done: number[] = [];
    const unheard: string[] = [];
    const handle = async ({ update_id: id }: Update): Promise<void> => void done.push(id);
    const judged = ['heard', 'told', 'unheard', 'heard'] as const;
    const inbox = lives.begin({
      handle,
      pace: {
        judge: (given) => {
          const as = judged[given.update_id - 1] ?? 'heard';
          return { as, notice: as === 'told' ? tooFastNotice(given, 120) : undefined };
        },
        answerTap: async ({ update_id: id }, as) => void unheard.push(`${id} ${as}`),
      },
    });
    void inbox.take(...given(...[1, 2, 3, 4].map((id) => update(id, 10))));
    await expect.poll(() => waiting(lives.store())).toEqual([]);
    await inbox.close();
    expect(done).toEqual([1, 4]);
    expect(unheard).toEqual(['2 told', '3 unheard']);
    const notices = lives.store().outbox.dueNotices('9999-01-01T00:00:00.000Z', 9);
    expect(notices).toMatchObject([{ chatId: 10, kind: 'too_fast', payload: { messageId: 2, most: 120 } }]);
    const after = lives.begin({ handle });
    after.resume();
    // Telegram may not have heard that they came.
    await after.take(...given(update(2, 10), update(3, 10)));
    await after.close();
    expect(done).toEqual([1, 4]);
  });

  it('that cannot be marked any more when the program ends are not tried again by a timer that outlives it', async () => {
    const lives = openLives();
    const inbox = lives.begin();
    const timers = watchTimers();
    await inbox.take(...given(update(1, 10)));
    lives.store().close();
    await inbox.close();
    // Timers that are taken back are told of in a later turn of the loop.
    await turnOfTheLoop();
    expect(timers.left()).toEqual([]);
    timers.close();
    lives.begin();
  });

  it('are not given up because something else kills the program again and again', async () => {
    const lives = openLives();
    const never = Promise.withResolvers<void>();
    void lives.begin({ handle: () => never.promise }, 900).take(...given(update(1, 10)));
    for (let start = 0; start < 10; start += 1) lives.begin({ handle: () => never.promise }, 900).resume();
    const done: number[] = [];
    const inbox = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await expect.poll(() => done).toEqual([1]);
    await inbox.close();
  });

  it('at which the program dies each time are given up after the third death, and those behind are handled', async () => {
    const lives = openLives();
    const never = Promise.withResolvers<void>();
    void lives.begin({ handle: () => never.promise }).take(...given(update(1, 10), update(2, 10)));
    const begun: number[] = [];
    for (let start = 0; start < 3; start += 1) {
      const handle = ({ update_id: id }: Update): Promise<void> => {
        begun.push(id);
        return never.promise;
      };
      lives.begin({ handle }).resume();
    }
    expect(begun).toEqual([1, 1, 1]);
    const done: number[] = [];
    const inbox = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    inbox.resume();
    await expect.poll(() => waiting(lives.store())).toEqual([]);
    expect(done).toEqual([2]);
    await inbox.close();
  });

  it.each(['{"update_id":1}', '[]', '7'])(
    'that cannot be read any more are given up, and those behind are handled: %s',
    async (payload) => {
      const lives = openLives();
      lives.store().updates.keepUpdates([
        { updateId: 1, payload },
        { updateId: 2, payload: JSON.stringify(update(2, 10)) },
      ]);
      const done: number[] = [];
      const told: object[] = [];
      const inbox = lives.begin({
        handle: async ({ update_id: id }) => void done.push(id),
        log: { ...silentLog, error: (fields) => void told.push(fields) },
      });
      inbox.resume();
      await expect.poll(() => waiting(lives.store())).toEqual([]);
      expect(done).toEqual([2]);
      expect(told).toEqual([{ update: 1 }]);
      await inbox.close();
    },
  );

  it('that could not be written down are handled all the same', async () => {
    const lives = openLives();
    const done: number[] = [];
    const handle = async ({ update_id: id }: Update): Promise<void> => void done.push(id);
    const fail = (): never => {
      throw new Error('database or disk is full');
    };
    const full = { ...lives.store().updates, alreadyHandled: () => false, keepUpdates: fail, markHandled: fail };
    const inbox = lives.begin({ handle, store: { ...lives.store(), updates: full } });
    void inbox.take(...given(update(1, 10), update(2, 10)));
    await expect.poll(() => done).toEqual([1, 2]);
    await inbox.close();
  });

  it('whose handling failed are left out of a start a day later, and those of the last hour are handled', async () => {
    const lives = openLives();
    const fail = (): Promise<void> => Promise.reject(new Error('a fault of ours'));
    const first = lives.begin({ handle: fail });
    await first.take(...given(update(1, 10), update(2, 20)));
    await first.close();
    const second = lives.begin({ handle: fail }, 23 * 3_600_000);
    await second.take(...given(update(3, 10)));
    second.resume();
    await second.close();
    expect(waiting(lives.store())).toEqual([1, 2, 3]);
    const done: number[] = [];
    const log: number[] = [];
    const warn = (about: object): void => void log.push((about as { update: number }).update);
    const handle: InboxDeps['handle'] = async ({ update_id: id }) => void done.push(id);
    const third = lives.begin({ handle, log: { ...silentLog, warn } }, 3_600_001);
    third.resume();
    await third.close();
    expect({ done, log, left: waiting(lives.store()) }).toEqual({ done: [3], log: [1, 2], left: [] });
  });

  it('that seem to come from the future, since the clock was set back, are handled', async () => {
    const lives = openLives();
    const first = lives.begin({ handle: () => Promise.reject(new Error('a fault of ours')) });
    await first.take(...given(update(1, 10)));
    await first.close();
    const done: number[] = [];
    const second = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) }, -48 * 3_600_000);
    second.resume();
    await second.close();
    expect(done).toEqual([1]);
  });

  it('are as old as Telegram says where this machine’s clock stood in the past when they came', async () => {
    const lives = openLives();
    const behindMs = 40 * 24 * 3_600_000;
    const rightly = (Date.parse(FIRST_LIFE) + behindMs) / 1000;
    const dated = (id: number, date: number): Update['message'] => ({ ...message(id, id), date }) as Update['message'];
    const tap = { id: '2', from: { id: 2, is_bot: false, first_name: 'Ben' }, chat_instance: '', data: 'x' };
    const first = lives.begin({ handle: () => Promise.reject(new Error('a fault of ours')) });
    await first.take(
      ...given(
        { update_id: 1, message: dated(1, rightly) } as Update,
        { update_id: 2, callback_query: { ...tap, message: dated(2, rightly - 3 * 86_400) } } as Update,
        { update_id: 3, message: dated(3, rightly - 2 * 86_400) } as Update,
      ),
    );
    await first.close();
    const done: number[] = [];
    const second = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) }, behindMs);
    second.resume();
    await second.close();
    expect([new Set(done), waiting(lives.store())]).toEqual([new Set([1, 2]), []]);
  });

  // php-telegram-bot/core#659: after a week without any, Telegram begins anew with any number.
  it('with lower numbers than those that were handled are handled', async () => {
    const lives = openLives();
    const done: number[] = [];
    const inbox = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    await inbox.take(...given(update(900_000, 10)));
    await inbox.take(...given(update(5, 10), update(6, 20)));
    await expect.poll(() => new Set(done)).toEqual(new Set([900_000, 5, 6]));
    await inbox.close();
  });

  it('whose handling broke off wait for the next start', async () => {
    const lives = openLives();
    const inbox = lives.begin({ handle: () => Promise.reject(new Error('stopped')) });
    void inbox.take(...given(update(1, 10)));
    await inbox.close();
    expect(waiting(lives.store())).toEqual([1]);
  });
});

describe('what somebody did', () => {
  const did = { userId: 10, chatId: 10, action: 'add', result: 'done', at: '2026-11-21T12:00:00.000Z' } as const;

  it('is one line of the activity log, however often its update was begun', async () => {
    const lives = openLives();
    const never = Promise.withResolvers<typeof did>();
    void lives.begin({ handle: () => never.promise }).take(...given(update(1, 10)));
    const inbox = lives.begin({ handle: () => Promise.resolve(did) });
    inbox.resume();
    await expect.poll(() => waiting(lives.store())).toEqual([]);
    // Telegram had not heard of it: it gives it once more.
    void inbox.take(...given(update(1, 10)));
    await inbox.close();
    expect(recentActivity(lives.store(), 9)).toMatchObject([{ userId: 10, action: 'add', createdAt: did.at }]);
  });
});

describe('while another program keeps the database for itself', () => {
  const lock = ({ path }: Lives): (() => void) => {
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    return () => other.close();
  };

  const busily = (): { readonly lives: Lives; readonly release: () => void } => {
    const lives = openLives();
    lives.begin({});
    return { lives, release: lock(lives) };
  };

  it('what needs no write is handled, and Telegram may forget it', async () => {
    const { lives, release } = busily();
    const done: number[] = [];
    const inbox = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    await inbox.take(...given(update(1, 10), update(2, 20)));
    expect(done).toEqual([1, 2]);
    // What was handled and could not be noted is not handled again.
    await inbox.take(...given(update(1, 10)));
    expect(done).toEqual([1, 2]);
    release();
    await expect.poll(() => lives.store().updates.alreadyHandled(2)).toBe(true);
    await inbox.close();
  });

  it('what has to write is tried until it works, is told of once, and Telegram keeps it until then', async () => {
    const { lives, release } = busily();
    const told: number[] = [];
    const done: number[] = [];
    const inbox = lives.begin({
      handle: async ({ update_id: id }) => {
        lives.store().conversations.write('10:10', String(id));
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
    const { lives, release } = busily();
    const done: number[] = [];
    const sent = [update(1, 10)];
    const inbox = lives.begin({
      handle: async ({ update_id: id }) => {
        if (id !== 2) lives.store().conversations.write('10:10', String(id));
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
    const next = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
    await next.take(...given(update(1, 10), update(2, 20), update(3, 20)));
    await next.close();
    expect(done).toEqual([2, 1, 3]);
  });

  it('what has come since is kept with the rest as soon as it is free, before Telegram may forget it', async () => {
    const { lives, release } = busily();
    const hang = Promise.withResolvers<void>();
    const inbox = lives.begin({ handle: () => hang.promise });
    const heard = Promise.withResolvers<void>();
    const taken = inbox.take([update(1, 10)], async () => {
      heard.resolve();
      return [update(2, 20)];
    });
    await heard.promise;
    expect(waiting(lives.store())).toEqual([]);
    release();
    await taken;
    expect(waiting(lives.store())).toEqual([1, 2]);
    hang.resolve();
    await inbox.close();
  });

  it('with as many as Telegram gives at once it is deaf, and for half a minute at most', async () => {
    const lives = openLives();
    const keepUpdates = (): never => {
      throw new AppError('busy', 'The database is busy.');
    };
    const sent = Array.from({ length: 100 }, (_, index) => update(index + 1, 10));
    const log: string[] = [];
    const warn = (_: object, message: string): void => void log.push(message);
    const updates = {
      ...lives.store().updates,
      keepUpdates,
      alreadyHandled: () => false,
      markHandled: () => undefined,
    };
    const hang = Promise.withResolvers<void>();
    let asked = 0;
    const slept = new Set<number>();
    const sleep = async (ms: number): Promise<void> => void slept.add(ms);
    const inbox = lives.begin({
      handle: () => hang.promise,
      store: { ...lives.store(), updates },
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
    const { lives, release } = busily();
    const inbox = lives.begin({ handle: async () => lives.store().conversations.write('10:10', '') });
    const taken = inbox.take(...given(update(1, 10))).then(
      () => 'Telegram may forget it',
      () => 'Telegram keeps it',
    );
    await inbox.close();
    expect(await taken).toBe('Telegram keeps it');
    release();
    expect(waiting(lives.store())).toEqual([]);
    expect(lives.store().updates.alreadyHandled(1)).toBe(false);
  });
});
