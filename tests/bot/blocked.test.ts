import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { ANN, openBot } from './setup.ts';

it('whoever has blocked the bot since is asked nothing in a dialogue, which is no fault of ours', async () => {
  const complaints: string[] = [];
  const bot = await openBot({ log: { ...silentLog, error: (_, message) => void complaints.push(message) } });
  onTestFinished(() => bot.close());
  await bot.ask('/help');
  bot.telegram.blockBot(ANN);
  const chat = { id: ANN, type: 'private', first_name: 'Ann' };
  const from = { id: ANN, is_bot: false, first_name: 'Ann' };
  const entities = [{ type: 'bot_command', offset: 0, length: 4 }];
  bot.telegram.deliver('message', { message_id: 900, date: 1, text: '/add', entities, chat, from });
  await expect.poll(() => bot.telegram.pendingUpdates().length).toBe(0);
  await expect.poll(() => bot.store.updates.waitingUpdates().length).toBe(0);
  expect(complaints).toEqual([]);
});

it('a button that asks, tapped while a dialogue asks already, asks anew, which is no fault of ours', async () => {
  const complaints: string[] = [];
  const bot = await openBot({ log: { ...silentLog, error: (_, message) => void complaints.push(message) } });
  onTestFinished(() => bot.close());
  const [welcome] = await bot.say('/start');
  await bot.press(welcome, 'Add a model');
  await bot.press(welcome, 'Add a model');
  await expect.poll(() => bot.store.updates.waitingUpdates().length).toBe(0);
  expect(complaints).toEqual([]);
  expect(bot.shown().filter(({ text }) => text?.startsWith('Which model?'))).toHaveLength(2);
});
