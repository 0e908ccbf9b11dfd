import { afterEach, beforeEach, expect, it } from 'vitest';
import { FEATURES } from '../../src/bot/features.ts';
import { encodeView, PAGES, type PageName } from '../../src/bot/schedules/view.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const HIDDEN = 'hidden plan';

/** What Ann's chat shows and has been told, buttons and all. */
const seen = (): string =>
  JSON.stringify([
    ...bench.shown().map(({ text, reply_markup: markup }) => [text, markup?.inline_keyboard.flat()]),
    ...bench.telegram.answers.map(({ text }) => text),
  ]);

/** Taps on a button that nobody drew, then on all that it has led to. */
const forge = async (data: string): Promise<string> => {
  const [message] = await bench.say('/schedule');
  const messageId = message?.message_id ?? 0;
  bench.telegram.pressForged(ANN, ANN, messageId, data);
  await bench.say('/help');
  const drawn = bench
    .shown()
    .find(({ message_id: id }) => id === messageId)
    ?.reply_markup?.inline_keyboard.flat();
  const before = seen();
  for (const { callback_data: next } of drawn ?? []) bench.telegram.pressForged(ANN, ANN, messageId, next ?? '');
  // A question has left a dialogue open, and this answers it.
  await bench.say('renamed by another');
  return before + seen();
};

it.each(Object.keys(PAGES) as PageName[])(
  'shows and changes no schedule of another chat by a forged button of the page “%s”',
  async (page) => {
    const days = { type: 'custom', cron: '0 10 * * 6,0', time: '10:00' } as const;
    const { id } = bench.store.schedules.createSchedule({ chatId: BOB, name: HIDDEN, ...days });
    const shown = await forge(`sched/0/0/${encodeView({ page, subject: id })}/fx`);
    expect(shown).not.toContain(HIDDEN);
    expect(shown).not.toContain('Saturday ✓');
    expect(bench.store.schedules.getSchedule(id)).toMatchObject({ ...days, name: HIDDEN, enabled: true });
  },
);

const BUTTONS = FEATURES.flatMap(({ actions }) =>
  Object.entries(actions).flatMap(([name, { data }]) => (data ? [] : [name])),
);
const LISTS = ['queue', 'library', 'sched'];

it('shows and changes no model or look-up of another chat by any forged button', async () => {
  const { store, telegram } = bench;
  const name = 'hidden/model';
  const files = [{ path: 'model.safetensors', size: 5, etag: 'a'.repeat(40) }];
  const metadata = { about: { branches: ['hidden'] } };
  const { id } = store.models.createModel({
    chatId: BOB,
    name,
    sizeBytes: 5,
    commitSha: 'c'.repeat(40),
    files,
    metadata,
  });
  const asked = { chatId: BOB, userId: BOB, threadId: null, messageId: 1, ref: name, options: {} };
  const { id: requestId } = store.addRequests.createAddRequest(asked).request;
  // So that the numbers cannot be told apart by luck.
  expect(requestId).toBe(id);
  store.addRequests.moveAddRequest(requestId, 'looking_up', 'failed', { errorMessage: 'hidden' });
  bench.put('own/model');
  const rows = () => {
    const { state, ref, options, choices } = store.addRequests.getAddRequest(requestId) ?? {};
    return [store.models.getModel(id), store.cards.cardOf(id), { state, ref, options, choices }];
  };
  const before = rows();
  const [message] = await bench.say('/queue');
  const messageId = message?.message_id ?? 0;
  const forged = [
    ...BUTTONS.flatMap((button) => ['', ':1'].map((choice) => `${button}:${id}${choice}`)),
    ...LISTS.flatMap((list) => [`${id}`, `show${id}`, `0..${id}`].map((view) => `${list}/0/0/${view}/f`)),
  ];
  for (const data of forged) telegram.pressForged(ANN, ANN, messageId, data);
  await bench.say('/help');
  expect(seen()).not.toContain('hidden');
  expect(rows()).toEqual(before);
});

it('shows two chats that ask at the same time each its own library', async () => {
  const { store, telegram } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  const rounds = 5;
  bench.put('anns/model', 'completed', ANN);
  bench.put('bobs/model', 'completed', BOB);
  for (let round = 0; round < rounds; round += 1) {
    telegram.say(ANN, ANN, '/library');
    telegram.say(BOB, BOB, '/library');
  }
  await Promise.all([bench.say('/help'), bench.say('/help', { userId: BOB })]);
  const listed = (chatId: number): string[] =>
    bench.shown(chatId).flatMap(({ reply_markup: markup }) => {
      const labels = markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
      return labels.flatMap((label) => /\w+\/model/.exec(label) ?? []);
    });
  expect(new Set(listed(ANN))).toEqual(new Set(['anns/model']));
  expect(new Set(listed(BOB))).toEqual(new Set(['bobs/model']));
});
