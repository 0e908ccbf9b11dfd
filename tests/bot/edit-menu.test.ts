import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const now = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);

const labels = (message: SimMessage | undefined): string[] =>
  (now(message)?.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);

const tap = async (message: SimMessage | undefined, ...buttons: string[]): Promise<string> => {
  for (const button of buttons) await bench.press(message, button);
  return now(message)?.text ?? '';
};

const model = (id: number) => bench.store.models.getModel(id);

it('a category can be tapped however many others were made before, in any chat', async () => {
  const { categories, atomically } = bench.store;
  atomically(() => {
    for (let count = 0; count < 4000; count += 1) {
      categories.putCategory(BOB, `no ${count}`, {});
      categories.removeCategory(BOB, `no ${count}`, 'custom');
    }
  });
  categories.putCategory(ANN, 'LoRA', {});
  const id = bench.put('org/one');
  const [menu] = await bench.say(`/edit #${id}`);
  await tap(menu, 'Category', 'LoRA');
  expect(model(id)?.category).toBe('LoRA');
});

it('everything about a model is changed by tapping, and the menu says how it is then', async () => {
  const id = bench.put('org/one');
  bench.store.models.setTags(bench.put('org/other'), ['nlp', 'demo']);
  const [menu] = await bench.say(`/edit #${id}`);
  expect(menu?.text).toBe(
    [
      'What shall change about org/one?',
      'Title: none',
      'Description: none',
      'Priority: medium · category: none',
      'Tags: none',
      'Not pinned · switched on · retries as for all',
      'Newer revisions as the chat says',
    ].join('\n'),
  );
  await tap(
    menu,
    'Priority',
    'high',
    'Category',
    'image 🎨',
    'Pin',
    'Switch off',
    'Retries',
    '3',
    'Newer revisions',
    'weekly',
    'Tags',
    '#nlp',
  );
  expect(labels(menu)).toContain('✓ #nlp');
  expect(await tap(menu, '‹ Back')).toBe(
    [
      'What shall change about org/one?',
      'Title: none',
      'Description: none',
      'Priority: high · category: image 🎨',
      'Tags: nlp',
      'Pinned · switched off · retries 3',
      'Newer revisions: weekly',
    ].join('\n'),
  );
  expect(model(id)).toMatchObject({
    priority: 'high',
    category: 'image',
    pinned: true,
    enabled: false,
    maxRetries: 3,
    checkFrequency: 'weekly',
  });
  await tap(menu, 'Unpin', 'Switch on', 'Retries', 'As for all', 'Newer revisions');
  expect(labels(menu)).toEqual(['As the chat says', 'daily', '✓ weekly', 'monthly', 'off', '‹ Back']);
  await tap(menu, 'off');
  expect(model(id)).toMatchObject({ checkFrequency: 'off' });
  await tap(menu, 'Newer revisions', 'As the chat says', 'Tags', '✓ #nlp');
  expect(bench.store.models.tagsOf(id)).toEqual([]);
  expect(model(id)).toMatchObject({ pinned: false, enabled: true, maxRetries: null, checkFrequency: null });
  expect(await tap(menu, '‹ Back', 'Done')).toBe('org/one is as you wanted it.');
  expect(labels(menu)).toEqual([]);
});

it('what has to be typed is asked for until it can be read', async () => {
  const id = bench.put('org/one');
  const [menu] = await bench.say(`/edit #${id}`);
  await bench.press(menu, 'Title');
  await bench.sees(/^What shall org\/one be called\?/);
  expect(await bench.ask('x'.repeat(121))).toContain('120 characters at most');
  expect(await bench.ask('A <b>fine_one</b> 🚀')).toBe('org/one · title “A <b>fine_one</b> 🚀”');
  await bench.press(menu, 'Description');
  await bench.sees(/^What is org\/one for\?/);
  const long = `${'d'.repeat(3990)} _<i>_ 🚀`;
  expect(await bench.ask(long)).toMatch(/^org\/one · description “d{150}/);
  expect(model(id)).toMatchObject({ title: 'A <b>fine_one</b> 🚀', description: long });
  await tap(menu, 'Tags', 'Write them');
  await bench.sees(/^Which tags shall org\/one have\? Write them/);
  expect(await bench.ask('a, b c, #d')).toBe('org/one · tags a, b c, d');
  await bench.press(menu, 'Write them');
  await bench.say('/queue');
  expect(await bench.ask('none')).not.toContain('org/one');
  expect(bench.store.models.tagsOf(id)).toEqual(['a', 'b c', 'd']);
});

it('the menu of a name that several have opens in the place of the question', async () => {
  bench.put('org/one');
  bench.put('org/one-more');
  const [asked] = await bench.say('/edit one');
  expect(asked?.text).toMatch(/^Which one\?/);
  expect(await tap(asked, '#1 org/one · pending')).toMatch(/^What shall change about org\/one\?/);
});

it('a button changes nothing of a model that has gone, belongs to another chat, or is somebody else’s', async () => {
  const { store, telegram } = bench;
  const id = bench.put('org/one');
  const [menu] = await bench.say(`/edit #${id}`);
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  const { message_id: message } = telegram.say(BOB, BOB, 'hello');
  telegram.pressForged(BOB, BOB, message, `edit:${id}:61`);
  await bench.say('/timezone', { userId: BOB });
  expect(telegram.answers.at(-1)?.text).toBe('That belongs to another chat, or is gone.');
  expect(model(id)?.pinned).toBe(false);
  telegram.pressForged(ANN, ANN, menu?.message_id ?? 0, `edit:${id}:9999`);
  telegram.pressForged(ANN, ANN, menu?.message_id ?? 0, `edit:${id}:4999`);
  await bench.say('/timezone');
  expect(model(id)).toMatchObject({ category: null, pinned: false });
  store.models.removeModel(id);
  expect(await bench.press(menu, labels(menu)[0] ?? '')).toBe('That belongs to another chat, or is gone.');
});
