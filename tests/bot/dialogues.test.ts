import { expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { openTestStore } from '../helpers/database.ts';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const BUSY = /^The database is busy/;

const setUp = async (): Promise<{ bot: BotBench; disk: TroubledStore; amountOf: (text: RegExp) => number }> => {
  const disks: TroubledStore[] = [];
  const open = (path: string, clock: Clock) => {
    const disk = openTroubledStore(path, clock);
    disks.push(disk);
    return disk.store;
  };
  const bot = await openBot({ open, concurrency: 0 });
  onTestFinished(bot.close);
  const amountOf = (text: RegExp): number => bot.shown().filter((message) => text.test(message.text ?? '')).length;
  return { bot, disk: disks[0] as TroubledStore, amountOf };
};

it('what is asked while another program has the database is asked once, when that has ended', async () => {
  const { bot, disk, amountOf } = await setUp();
  await bot.say('/help');
  disk.trouble('SQLITE_BUSY');
  bot.telegram.say(ANN, ANN, '/add');
  await bot.sees(BUSY);
  disk.trouble(undefined);
  await bot.sees(/^Which model\?/);
  expect(await bot.ask('/cancel')).toBe('Left. Nothing was changed.');
  expect([amountOf(BUSY), amountOf(/^Which model\?/)]).toEqual([1, 1]);
});

it('what is answered meanwhile is taken when that has ended, and told of once', async () => {
  const { bot, disk, amountOf } = await setUp();
  await bot.say('/add');
  disk.trouble('SQLITE_BUSY');
  bot.telegram.say(ANN, ANN, 'gpt2');
  await bot.sees(BUSY);
  disk.trouble(undefined);
  await bot.sees(/^gpt2 · pending/);
  expect(amountOf(BUSY)).toBe(1);
});

it('the end of the program while an answer is told leaves the question: that update comes again after the next start', async () => {
  let left: string | undefined;
  const bot = await openBot({
    open: (path, clock) => {
      const store = openTestStore(path, clock);
      const close = (): void => {
        left = store.conversations.read(`${ANN}:${ANN}`);
        store.close();
      };
      return { ...store, close };
    },
  });
  try {
    await bot.say('/add');
    bot.telegram.setFault({ method: 'sendMessage', kind: '500', times: Infinity });
    bot.telegram.say(ANN, ANN, 'no name');
    await bot.telegram.waitFor(({ calls }) =>
      calls.some(({ method, status }) => method === 'sendMessage' && status === 500),
    );
  } finally {
    await bot.close();
  }
  expect(left).toContain('ask-for-reference');
});
