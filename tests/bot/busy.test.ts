import { expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { INFERENCE_SERVER } from '../../src/domain/pulls/pull-job.ts';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const BUSY = 'The database is busy: another program is writing to it. What you asked for is done when that has ended.';

const setUp = async (): Promise<{ bot: BotBench; disk: TroubledStore }> => {
  const disks: TroubledStore[] = [];
  const open = (path: string, clock: Clock) => {
    const disk = openTroubledStore(path, clock);
    disks.push(disk);
    return disk.store;
  };
  const bot = await openBot({ open, log: silentLog });
  onTestFinished(bot.close);
  return { bot, disk: disks[0] as TroubledStore };
};

it('who asks for something while another program has the database is told so once, and gets it afterwards', async () => {
  const { bot, disk } = await setUp();
  disk.trouble('SQLITE_BUSY');
  bot.telegram.say(ANN, ANN, '/queue');
  await bot.sees('Nothing');
  bot.telegram.say(ANN, ANN, '/add gpt2 later');
  await bot.sees(BUSY);
  expect(bot.telegram.pendingUpdates()).not.toEqual([]);
  disk.trouble(undefined);
  await bot.sees('gpt2 · pending');
  expect(bot.shown().filter(({ text }) => text === BUSY)).toHaveLength(1);
  expect(bot.store.models.listModels(ANN)).toHaveLength(1);
});

it('who taps is told in passing, and it is done once', async () => {
  const { bot, disk } = await setUp();
  bot.put('lab/model', 'pending');
  bot.queue.hold();
  const [card] = await bot.say('/model lab/model');
  const shown = card ?? (await bot.sees('lab/model · pending'));
  disk.trouble('SQLITE_BUSY');
  bot.telegram.press(ANN, ANN, shown.message_id, 'Pause');
  await bot.telegram.waitFor(({ answers }) => answers.some(({ text }) => text === BUSY));
  disk.trouble(undefined);
  await bot.sees('lab/model · paused');
});

it('who takes a model away is told too why nothing happens', async () => {
  const { bot, disk } = await setUp();
  bot.put('lab/model', 'paused');
  const [asked] = await bot.say('/remove lab/model');
  disk.trouble('SQLITE_BUSY');
  const tap = bot.telegram.press(ANN, ANN, asked?.message_id ?? 0, 'Yes, remove');
  const toIt = () => bot.telegram.answers.filter(({ callbackQueryId }) => callbackQueryId === tap);
  await bot.telegram.waitFor(() => toIt().length > 0);
  disk.trouble(undefined);
  // Telegram shows the first answer, and no other.
  expect(toIt()[0]?.text).toBe(BUSY);
  await bot.telegram.waitFor(() => bot.store.models.listModels(ANN).length === 0);
});

/** Taps while another program has the database: what is told in passing meanwhile. */
const tapWhileBusy = async ({ bot, disk }: Awaited<ReturnType<typeof setUp>>, id: number, label: string) => {
  const before = bot.shown().map(({ text }) => text);
  disk.trouble('SQLITE_BUSY');
  const tap = bot.telegram.press(ANN, ANN, id, label);
  const toIt = () => bot.telegram.answers.filter(({ callbackQueryId }) => callbackQueryId === tap);
  await bot.telegram.waitFor(() => toIt().length > 0);
  expect(bot.shown().map(({ text }) => text)).toEqual(before);
  disk.trouble(undefined);
  return toIt()[0]?.text;
};

it('who takes a model from an inference server, or brings it back, is told why nothing happens, and then it does', async () => {
  const both = await setUp();
  const { bot } = both;
  const { models } = bot.store;
  const { id } = models.createModel({ chatId: INFERENCE_SERVER, name: 'org/came' });
  models.moveModel(id, 'pending', 'paused');
  const [question] = await bot.say('/jobs remove org/came');
  expect(await tapWhileBusy(both, question?.message_id ?? 0, 'Remove it')).toBe(BUSY);
  const done = await bot.sees('org/came was removed.');
  expect([done.message_id, models.getModel(id)]).toEqual([question?.message_id, undefined]);
  expect(await tapWhileBusy(both, done.message_id, 'Undo')).toBe(BUSY);
  await bot.sees('org/came is back.');
  expect(models.getModel(id)).toMatchObject({ name: 'org/came', chatId: INFERENCE_SERVER });
});

it('who picks one of several schedules is told why nothing happens, and then it does, once', async () => {
  const both = await setUp();
  const { bot } = both;
  for (const name of ['first', 'second', 'third']) await bot.say(`/schedule add daily 23:00 name=${name}`);
  const isOn = () => bot.store.schedules.listSchedules(ANN).flatMap(({ name, enabled }) => (enabled ? [name] : []));
  expect(isOn()).toEqual(['first']);
  const [question] = await bot.say('/schedule enable');
  expect(await tapWhileBusy(both, question?.message_id ?? 0, 'third · off')).toBe(BUSY);
  const done = await bot.sees('third it is.');
  expect([done.message_id, isOn()]).toEqual([question?.message_id, ['third']]);
  expect(bot.shown().filter(({ text }) => text === 'third is on, and first is off: one at a time.')).toHaveLength(1);
  const [asked] = await bot.say('/schedule remove');
  await bot.press(asked, 'second · off');
  const sure = await bot.sees(/^Remove the schedule second\?/);
  expect(await tapWhileBusy(both, sure.message_id, 'Yes, remove')).toBe(BUSY);
  await bot.telegram.waitFor(() => bot.store.schedules.listSchedules(ANN).length === 2);
});

it('who taps for what gets a message of its own gets one, and none before that can be written down', async () => {
  const { bot, disk } = await setUp();
  bot.telegram.say(ANN, ANN, '/search gpt2');
  const list = await bot.sees(/^Search: gpt2 · trending first/);
  await expect.poll(() => bot.store.searches.nextSearches('sizing', [])).toEqual([]);
  disk.trouble('SQLITE_BUSY');
  bot.telegram.press(ANN, ANN, list.message_id, 'Add 1');
  await bot.telegram.waitFor(({ answers }) => answers.some(({ text }) => text === BUSY));
  disk.trouble(undefined);
  const sent = () =>
    bot.telegram.calls.filter(
      ({ method, payload }) => method === 'sendMessage' && String(payload['text']).endsWith('gpt2 · looking up'),
    );
  await bot.telegram.waitFor(() => sent().length > 0);
  await bot.say('/quota');
  expect(sent()).toHaveLength(1);
});

it('a stranger learns nothing of that, and is answered afterwards', async () => {
  const { bot, disk } = await setUp();
  disk.trouble('SQLITE_BUSY');
  bot.telegram.say(BOB, BOB, '/add gpt2');
  bot.telegram.say(ANN, ANN, '/add gpt2');
  await bot.sees(BUSY);
  expect(bot.shown(BOB)).toEqual([]);
  disk.trouble(undefined);
  await bot.sees('private bot', BOB);
});

it('who writes while something else waits for the database is answered, as far as that needs no write', async () => {
  const { bot, disk } = await setUp();
  bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bot.store.users.setRole(BOB, 'member');
  await bot.say('/help', { userId: BOB });
  disk.trouble('SQLITE_BUSY');
  bot.telegram.say(ANN, ANN, '/add gpt2 later');
  await bot.sees(BUSY);
  bot.telegram.say(BOB, BOB, '/queue');
  await bot.sees('Nothing', BOB);
  expect(bot.telegram.pendingUpdates()).toHaveLength(2);
  disk.trouble(undefined);
  await bot.sees('gpt2 · pending');
  expect(bot.shown(BOB).filter(({ text }) => text?.includes('Nothing'))).toHaveLength(1);
});
