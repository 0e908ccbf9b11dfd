import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const LAB = -1_002_000_000_009;

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

it('a chat that wants compact cards has them, and a tap shows all of one, also where it stands still', async () => {
  await bench.say('/settings compact_cards=on');
  bench.put('org/name', 'failed');
  await bench.say('/model org/name');
  const card = await bench.sees(/^org\/name · failed/);
  const labels = (): string[] =>
    bench
      .shown()
      .find(({ message_id: id }) => id === card.message_id)
      ?.reply_markup?.inline_keyboard.flat()
      .map(({ text }) => text) ?? [];
  await expect.poll(labels).toEqual(['More']);
  await bench.press(card, 'More');
  await expect.poll(labels).toContain('Less');
  expect(labels()).toContain('Remove');
  await bench.press(card, 'Less');
  await expect.poll(labels).toEqual(['More']);
});

it('other chats have cards as they are used to', async () => {
  await bench.say('/settings compact_cards=on');
  bench.telegram.addGroup({ id: LAB, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  bench.store.chats.upsertChat({ chatId: LAB, kind: 'supergroup', title: 'Lab' });
  bench.store.chats.setAccess(LAB, 'approved');
  bench.put('org/name', 'failed', LAB);
  await bench.say('/model org/name', { chatId: LAB });
  const card = await bench.sees(/^org\/name · failed/, LAB);
  expect(card.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toContain('Remove');
});
