import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { ANN, BOB, type BotBench, createHastyBudget, openBot } from './setup.ts';

const errors: string[] = [];
const log = {
  ...silentLog,
  error: (_fields: object, sentence: string) => void errors.push(sentence),
};

let bot: BotBench;
beforeEach(async () => {
  errors.length = 0;
  bot = await openBot({ log, budget: createHastyBudget() });
  bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bot.store.users.setRole(BOB, 'member');
});
afterEach(() => bot.close());

const allHandled = () =>
  expect.poll(() => [...bot.telegram.pendingUpdates(), ...bot.store.updates.waitingUpdates()]).toEqual([]);

it('what was refused counts as handled also where the refusal was left out', async () => {
  for (let count = 0; count < 40; count += 1) bot.telegram.say(BOB, BOB, '/add "open');
  await bot.sees(/^\d+ answers were left out/, BOB);
  await allHandled();
  expect(errors).toEqual([]);
});

it('who blocks the bot before a refusal comes is no fault of ours, and what they wrote counts as handled', async () => {
  bot.telegram.setFault({ method: 'sendMessage', kind: '403', times: 2 });
  bot.telegram.say(BOB, BOB, '/add "open');
  bot.telegram.say(BOB, BOB, '/help');
  await allHandled();
  expect(errors).toEqual([]);
});

it('what a dialogue says takes its turn as all answers do', async () => {
  await bot.say('/add', { userId: BOB });
  for (let count = 0; count < 40; count += 1) bot.telegram.say(BOB, BOB, '"open');
  const told = await bot.sees(/^\d+ answers were left out/, BOB);
  await allHandled();
  const answers = bot.shown(BOB).filter(({ text }) => text?.includes('A quote is opened')).length;
  expect(answers + Number(told.text?.split(' ')[0])).toBe(40);
  expect(errors).toEqual([]);
});

it('what a tap led to is told anew where the message it was on is gone', async () => {
  const id = bot.put('sample/tiny-llama', 'paused');
  const [question] = await bot.say(`/cancel #${id}`);
  bot.telegram.deleteMessage(ANN, question?.message_id ?? 0);
  bot.telegram.pressForged(ANN, ANN, question?.message_id ?? 0, `cancelled:${id}`);
  await bot.sees(/ is cancelled/);
  await allHandled();
  expect(errors).toEqual([]);
});

it('a private chat becomes no other chat, whatever an update says', async () => {
  const id = bot.put('sample/tiny-llama', 'paused');
  const chat = { id: ANN, type: 'private', first_name: 'Ann' };
  const from = { id: ANN, is_bot: false, first_name: 'Ann' };
  bot.telegram.deliver('message', { message_id: 9000, date: 1, chat, from, migrate_to_chat_id: -1_001_000_000_009 });
  await bot.ask('/queue');
  expect(bot.store.models.getModel(id)?.chatId).toBe(ANN);
});

it('what a tap asks for is done to its end where Telegram does not take the answer in passing', async () => {
  const id = bot.put('sample/tiny-llama', 'paused');
  const [question] = await bot.say(`/cancel #${id}`);
  bot.telegram.setFault({ method: 'answerCallbackQuery', kind: '429', retryAfter: 1, times: 1 });
  await bot.tap(question, 'Yes, cancel');
  expect(bot.shown().find(({ message_id: at }) => at === question?.message_id)?.text).toContain('is cancelled');
  expect(errors).toEqual([]);
});
