import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Update } from 'grammy/types';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { openTroubledStore } from '../store/full-disk.ts';
import { openLives } from './lives.ts';

const update = (id: number, chatId: number): Update =>
  ({
    update_id: id,
    message: { message_id: id, date: 1, text: '/help', chat: { id: chatId, type: 'private', first_name: 'Ann' } },
  }) as Update;

const never = new Promise<void>(() => undefined);

it('what is brought is a row before it may be forgotten, and is handled once, however often it comes', async () => {
  const lives = openLives();
  const done: number[] = [];
  const hang = Promise.withResolvers<void>();
  const inbox = lives.begin({
    handle: async ({ update_id: id }) => {
      if (id === 1) await hang.promise;
      done.push(id);
    },
  });
  inbox.resume();
  expect(inbox.offer(update(1, 10))).toBe(true);
  expect(lives.store().updates.waitingUpdates()).toMatchObject([{ updateId: 1 }]);
  // The answer was lost: while it is handled, when it was and the database does not know it yet, and after that.
  expect(inbox.offer(update(1, 10))).toBe(true);
  expect(inbox.offer(update(2, 10))).toBe(true);
  hang.resolve();
  await expect.poll(() => done).toEqual([1, 2]);
  expect(inbox.offer(update(1, 10))).toBe(true);
  await expect.poll(() => lives.store().updates.waitingUpdates()).toEqual([]);
  expect(inbox.offer(update(2, 10))).toBe(true);
  await inbox.close();
  expect(done).toEqual([1, 2]);
});

it('nothing is taken before what an earlier run has left, and nothing after the end', async () => {
  const lives = openLives();
  const first = lives.begin({ handle: () => never });
  first.resume();
  expect(first.offer(update(1, 10))).toBe(true);
  const done: number[] = [];
  const second = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
  // It was kept, and the answer was lost in the crash.
  expect(second.offer(update(1, 10))).toBe(false);
  expect(second.offer(update(2, 10))).toBe(false);
  second.resume();
  expect(second.offer(update(1, 10))).toBe(true);
  expect(second.offer(update(2, 10))).toBe(true);
  await second.close();
  expect(second.offer(update(3, 10))).toBe(false);
  expect(
    lives
      .store()
      .updates.waitingUpdates()
      .map(({ updateId }) => updateId),
  ).not.toContain(3);
  const third = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
  third.resume();
  await third.close();
  const fourth = lives.begin({ handle: async ({ update_id: id }) => void done.push(id) });
  fourth.resume();
  await expect.poll(() => done.toSorted((a, b) => a - b)).toEqual([1, 2]);
});

it.each(['SQLITE_FULL', 'SQLITE_BUSY'] as const)(
  'with %s an update is heard all the same and handled once, and may be forgotten when it was, or is a row',
  async (trouble) => {
    const folder = mkdtempSync(join(tmpdir(), 'hubgram-brought-'));
    const troubled = openTroubledStore(join(folder, 'hubgram.db'), systemClock);
    const done: number[] = [];
    const hang = Promise.withResolvers<void>();
    const inbox = openLives().begin({
      store: troubled.store,
      handle: async ({ update_id: id }) => {
        if (id === 2) await hang.promise;
        done.push(id);
      },
    });
    onTestFinished(async () => {
      await inbox.close();
      troubled.store.close();
      rmSync(folder, { recursive: true });
    });
    inbox.resume();
    troubled.trouble(trouble);
    expect(inbox.offer(update(1, 10))).toBe(false);
    expect(inbox.offer(update(2, 20))).toBe(false);
    await expect.poll(() => done).toEqual([1]);
    // Nothing is left to be lost of the first one. The second would be lost by a crash.
    expect(inbox.offer(update(1, 10))).toBe(true);
    expect(inbox.offer(update(2, 20))).toBe(false);
    troubled.trouble(undefined);
    expect(inbox.offer(update(2, 20))).toBe(true);
    expect(troubled.store.updates.waitingUpdates()).toMatchObject([{ updateId: 2 }]);
    hang.resolve();
    await expect.poll(() => done).toEqual([1, 2]);
  },
);
