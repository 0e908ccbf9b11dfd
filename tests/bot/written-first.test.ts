import type { Transformer } from 'grammy';
import { expect, it, onTestFinished } from 'vitest';
import { writtenFirst } from '../../src/bot/telegram/written-first.ts';
import { lendTestStore } from '../helpers/database.ts';
import { ANN, BOB, openBot } from './setup.ts';

it('Telegram is told nothing before what was written down is on the disk', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done: string[] = [];
  const call = ((method: string) => {
    done.push(method);
    return Promise.resolve({ ok: true, result: true });
  }) as unknown as Parameters<Transformer>[0];
  const telling = writtenFirst({ flushed: () => promise })(call, 'sendMessage', { chat_id: 1, text: 'Paused.' });
  done.push('on the disk');
  resolve();
  await telling;
  expect(done).toEqual(['on the disk', 'sendMessage']);
});

/** A bot whose disk does not answer any more. */
const openHanging = async () => {
  let waiting: (() => void)[] | undefined;
  const flushed = (): Promise<void> =>
    waiting === undefined ? Promise.resolve() : new Promise((resolve) => waiting?.push(resolve));
  const bot = await openBot({ open: (path, clock) => ({ ...lendTestStore(path, clock), flushed }) });
  onTestFinished(async () => {
    const left = waiting ?? [];
    waiting = undefined;
    for (const go of left) go();
    await bot.close();
  });
  await bot.ask('/help');
  waiting = [];
  return { bot, waiting: () => waiting?.length };
};

it('answers wait for it', async () => {
  const { bot, waiting } = await openHanging();
  for (const id of [ANN, BOB]) bot.telegram.say(id, id, '/help');
  await expect.poll(waiting).toBeGreaterThanOrEqual(2);
});

it('cards wait for it', async () => {
  const { bot, waiting } = await openHanging();
  for (const chatId of [ANN, BOB]) {
    const modelId = bot.put('gpt2', 'completed', chatId);
    bot.store.cards.putCard({ modelId, chatId, threadId: null, messageId: null, replyTo: null });
  }
  // One of them may be the next poll.
  await expect.poll(waiting).toBeGreaterThanOrEqual(2);
});
