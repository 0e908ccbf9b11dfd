import { expect, it, onTestFinished } from 'vitest';
import { type Books, changesBetween, openBooks } from '../../bench/updates/books.ts';
import { FEATURES } from '../../src/bot/features.ts';
import type { Role } from '../../src/store/people/users.ts';
import { lendTestStore } from '../helpers/database.ts';
import { deedsIn } from './deeds.ts';
import { ANN, type BotBench, openBot } from './setup.ts';
import { everybody } from '../helpers/rows.ts';

/** Whose buttons these are: nobody else reads this anywhere. */
const SECRET = 'Anns-own-words';
const TELL = 8;

/** A library with one of each that has a number, the lowest of its kind, and buttons for most of it. */
const furnish = async (bench: BotBench): Promise<void> => {
  const { store, telegram } = bench;
  for (const [at, status] of (['pending', 'paused', 'failed', 'completed', 'completed'] as const).entries()) {
    const id = bench.put(`${SECRET}/${status}-${at}`, status);
    await bench.say(`/model #${id}`);
  }
  const removed = bench.put(`${SECRET}/removed`, 'completed');
  store.removedModels.removeAndKeep(removed, { taking: 'ours', freedBytes: 0 });
  await bench.say('/add sample/Tiny-Llama-GGUF');
  await bench.sees('which one?');
  await bench.say('/search tiny');
  await bench.say(`/schedule add daily 23:00 name=${SECRET}`);
  await bench.say('/verify all');
  telegram.sendDocument(ANN, ANN, {
    name: 'models.json',
    data: JSON.stringify({ models: [{ name: 'gpt2', title: SECRET }] }),
  });
  for (const line of ['/queue', '/library', '/schedules', '/storage', '/history', '/settings', '/files #4', '/invite'])
    await bench.say(line);
};

interface Scene {
  readonly bench: BotBench;
  /** What the database holds once nothing is under way. */
  readonly rest: () => Promise<Books>;
  /** Data of all buttons that stand in Ann's chat. */
  readonly buttons: readonly string[];
}

const openScene = async (): Promise<Scene> => {
  let path = '';
  const bench = await openBot({
    concurrency: 0,
    open: (given, clock) => {
      path = given;
      return lendTestStore(given, clock);
    },
  });
  const books = openBooks(path);
  onTestFinished(async () => {
    books.close();
    await bench.close();
  });
  await furnish(bench);
  const rest = async (): Promise<Books> => {
    await expect.poll(() => books.atRest() !== undefined).toBe(true);
    return books.read();
  };
  await rest();
  const buttons = bench
    .shown()
    .flatMap(({ reply_markup: markup }) => markup?.inline_keyboard.flat() ?? [])
    .flatMap(({ callback_data: data }) => data ?? []);
  return { bench, rest, buttons: [...new Set(buttons)] };
};

/** Numbers that things of Ann's have: what waits and what is complete, and the first of all else. */
const NUMBERS = [1, 4];
/** Nothing has it. */
const NOBODYS = 999_999_999;

/**
 * All that could be sent about what another chat has: by its own buttons, and by each of a feature with each number. Of what is for members a viewer
 * is refused whatever it says (rules.test.ts).
 */
const forgeries = (buttons: readonly string[], role: 'member' | 'viewer'): string[] => {
  const actions = FEATURES.flatMap((feature) => Object.entries(feature.actions));
  const reached = actions.filter(([, { who }]) => role === 'member' || who === 'viewer');
  const made = reached.flatMap(([name, { data }]) => [
    ...[...NUMBERS, NOBODYS].map((number) => `${name}:${data?.example.replace(/^-?\d+/, String(number)) ?? number}`),
    ...(data ? [] : NUMBERS.map((number) => `${name}:${number}:1`)),
  ]);
  return [...new Set([...buttons, ...made])];
};

/** Cards show what leaves room to what, branches are looked up now and then, and what is to be linked is looked at once. */
const BY_ITSELF = ['cards', 'branches', 'models_to_link'];

it.each<readonly [string, Role]>([
  ['a member', 'member'],
  ['a viewer', 'viewer'],
  ['a stranger', 'pending'],
  ['somebody denied', 'denied'],
])(
  '%s reaches nothing of another chat by forged buttons, and is shown nothing of it',
  async (_, role) => {
    const { bench, rest, buttons } = await openScene();
    const { telegram, store } = bench;
    const userId = 2001;
    telegram.addUser({ id: userId, firstName: 'Carol', started: true });
    store.users.upsertUser({ userId, firstName: 'Carol', username: null });
    store.users.setRole(userId, role);
    const { message_id: message } = telegram.say(userId, userId, '/start');
    const roles = () => everybody(store).map(({ id, standing }) => [id, standing]);
    const before = [await rest(), roles()] as const;
    // Who is not let in is turned away before it is looked at what they tap.
    const all = role === 'member' || role === 'viewer' ? forgeries(buttons, role) : buttons;
    expect(buttons.filter((data) => data.includes('/'))).not.toEqual([]);
    for (let at = 0; at < all.length; at += TELL) {
      for (const data of all.slice(at, at + TELL)) telegram.pressForged(userId, userId, message, data);
      await bench.say('hello', { userId });
    }
    const after = await rest();
    const changes = changesBetween(before[0], after);
    expect([ANN, undefined].flatMap((owner) => deedsIn(owner, changes, BY_ITSELF))).toEqual([]);
    expect(roles()).toEqual(before[1]);
    const shown = [...bench.shown(userId), ...telegram.answers.filter(({ chatId }) => chatId === userId)];
    expect(shown.filter((one) => JSON.stringify(one).includes(SECRET))).toEqual([]);
    expect(bench.refusals.counts()).toMatchObject(
      role === 'member' ? { viewer: 0, stranger: 0 } : role === 'viewer' ? { stranger: 0 } : { role: 0, viewer: 0 },
    );
  },
  120_000,
);
