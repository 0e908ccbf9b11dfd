import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_088;
/** “The lab (2)” in Arabic. */
const LAB = '\u0627\u0644\u0645\u062e\u062a\u0628\u0631 (2)';
const NIGHT = '\u0644\u064a\u0644\u064a';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  const { store, telegram } = bench;
  telegram.addGroup({ id: GROUP, title: LAB, members: [ANN, BOB], type: 'supergroup' });
  store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: LAB });
  store.chats.setAccess(GROUP, 'approved');
});
afterEach(() => bench?.close());

it('names that run from right to left keep their direction to themselves, wherever a line goes on behind them', async () => {
  const id = bench.put('gpt2', 'completed', GROUP);
  bench.store.models.updateModelDetails(id, { title: LAB });
  const [library] = await bench.say('/library', { chatId: GROUP });
  const labels = library?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
  expect(labels[0]).toMatch(`#${id} \u2068${LAB}\u2069 · completed`);
  await bench.say(`/schedule add daily 23:00 name=${NIGHT}`, { chatId: GROUP });
  expect(await bench.ask('/schedule disable', { chatId: GROUP })).toBe(`\u2068${NIGHT}\u2069 is off.`);
  const status = await bench.ask('/schedules all');
  expect(status).toContain(`\u2068${LAB}\u2069 · \u2068${NIGHT}\u2069 · off`);
  expect(await bench.ask('/activity')).toContain(` in \u2068${LAB}\u2069 · today`);
  expect(await bench.ask('/users groups')).toContain(`\u2068${LAB}\u2069 · group`);
});

it('a name with controls of direction turns nothing that stands behind it', async () => {
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob \u202Egnp', username: null });
  bench.store.users.setRole(BOB, 'member');
  const users = await bench.ask('/users members');
  expect(users).toContain('Bob gnp · ');
  expect(users).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
});
