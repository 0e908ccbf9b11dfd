import { afterEach, expect, it } from 'vitest';
import { createCallBudget } from '../../src/bot/telegram/call-budget.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, type BotBenchOptions, createHastyBudget, openBot } from './setup.ts';

let bot: BotBench;
afterEach(() => bot.close());

const open = async (options: BotBenchOptions): Promise<void> => {
  bot = await openBot(options);
  bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bot.store.users.setRole(BOB, 'member');
};

it('one person who writes sixty commands at once keeps nobody else waiting, and is told what was left out', async () => {
  const clock = createRunningClock();
  await open({ clock, budget: createCallBudget() });
  for (let count = 0; count < 60; count += 1) bot.telegram.say(BOB, BOB, '/help');
  const asked = bot.telegram.say(ANN, ANN, '/queue');
  await bot.sees(/Nothing/, ANN);
  // The owner's answer did not wait for Bob's, which take their seconds.
  expect(bot.shown(BOB).some(({ text }) => text?.includes('left out'))).toBe(false);
  expect(bot.shown(ANN).filter((message) => message.message_id > asked.message_id)).toHaveLength(1);
  await bot.telegram.waitFor(() => bot.shown(BOB).length >= 8);
  clock.pass(10_000);
  const told = await bot.sees(/^\d+ answers were left out: .*\.\nThey were to \/help\.\n/, BOB);
  const answers = bot.shown(BOB).length - 1;
  expect(answers + Number(told.text?.split(' ')[0])).toBe(60);
  expect(bot.telegram.earned429s()).toBe(0);
});

it('what a person asked for is done also where the answer was left out', async () => {
  await open({ budget: createHastyBudget() });
  const id = bot.put('sample/tiny-llama', 'pending', BOB);
  for (let count = 0; count < 30; count += 1) bot.telegram.say(BOB, BOB, '/help');
  bot.telegram.say(BOB, BOB, `/pause #${id}`);
  await bot.sees(/left out/, BOB);
  expect(bot.store.models.getModel(id)?.status).toBe('paused');
});

it('a dialogue that is answered with nonsense ends after some tries, and does not grow', async () => {
  await open({});
  await bot.say('/add');
  let said = '';
  let tries = 0;
  while (!said.includes('too many tries') && tries < 60) {
    tries += 1;
    said = await bot.ask(`this is no name of a model, for the ${tries}. time ${'x'.repeat(1500)}`);
  }
  expect(said).toContain('That was too many tries: I have stopped asking. Begin again whenever you like.');
  expect(bot.store.conversations.read(`${ANN}:${ANN}`)).toBe(undefined);
});
