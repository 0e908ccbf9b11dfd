import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { joinHost } from '../helpers/hosts.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const labels = (message: SimMessage | undefined): string[] =>
  (message?.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);

const now = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);

const tap = async (message: SimMessage | undefined, label: string): Promise<SimMessage | undefined> => {
  await bench.press(message, label);
  return now(message);
};

/** A library of twelve, three of them here. */
const furnish = (): number[] => {
  const ids = Array.from({ length: 12 }, (_, at) => bench.put(`org/m${at}`, at < 3 ? 'completed' : 'pending'));
  for (const id of ids.slice(0, 2)) bench.store.models.setTags(id, ['nlp']);
  bench.store.models.updateModelDetails(ids[0] ?? 0, { category: 'image', pinned: true });
  return ids;
};

it('a library is filtered and sorted by tapping, page by page, and says what it comes to', async () => {
  const [first] = furnish();
  const [sent] = await bench.say('/library');
  expect(sent?.text).toBe('Library\n12 models · 60 B, 15 B of it complete · page 1 of 2. Tap one for its card.');
  expect((await tap(sent, 'More ›'))?.text).toContain('page 2 of 2');
  const filter = await tap(sent, 'Filter');
  expect(labels(filter)).toEqual(['pending · 9', 'completed · 3', 'image 🎨 · 1', '#nlp · 2', 'pinned · 1', '‹ Back']);
  await tap(sent, 'completed · 3');
  const both = await tap(sent, '#nlp · 2');
  expect(both?.text).toBe(
    'Library · filter\ncompleted · #nlp\n2 models · 10 B. Tap to see only some, or write part of a name behind /library.',
  );
  expect(labels(both)).toContain('✓ completed · 3');
  expect((await tap(sent, 'Show them'))?.text).toContain('completed · #nlp\n2 models');
  await tap(sent, 'Sort');
  const sorted = await tap(sent, 'Oldest first');
  expect(sorted?.text).toContain('completed · #nlp · oldest first');
  expect(labels(sorted)[0]).toBe(`#${first} org/m0 · completed · 5 B · pinned`);
  await tap(sent, 'Filter');
  await tap(sent, 'Clear');
  expect((await tap(sent, '‹ Back'))?.text).toContain('12 models');
});

it('a library on several machines is filtered by where its models lie, or are to lie', async () => {
  const { store } = bench;
  bench.put('org/other');
  const here = bench.put('org/here', 'completed');
  expect(labels(await tap((await bench.say('/library'))[0], 'Filter')).join()).not.toContain('on this machine');
  const nas = joinHost(store);
  const there = store.models.createModel({
    chatId: ANN,
    name: 'org/there',
    hostId: nas,
    commitSha: 'a'.repeat(40),
    files: [],
  }).id;
  const [sent] = await bench.say('/library');
  await tap(sent, 'Filter');
  await tap(sent, 'on nas · 1');
  const list = await tap(sent, 'Show them');
  expect(list?.text).toMatch(/^Library\non nas\n1 model\b/);
  expect(labels(list)[0]).toContain(`#${there} org/there on nas`);
  expect(labels((await bench.say('/library on this machine'))[0])[0]).toContain(`#${here} org/here`);
  // What moves lies where it lies until it has come: it is in both lists.
  const { revision, selection, commitSha } = store.models.getModel(here) ?? {};
  const same = { revision: revision ?? '', selection: selection ?? '', commitSha: commitSha ?? '' };
  bench.queue.change(here, { ...same, files: [], sizeBytes: 5, metadata: {}, hostId: nas });
  const [moving] = await bench.say('/library on=nas');
  expect(moving?.text).toMatch(/^Library\non nas\n2 models\b/);
  expect((await bench.say('/library on=here'))[0]?.text).toMatch(/^Library\non this machine\n2 models\b/);
  const filter = await tap(moving, 'Filter');
  expect(labels(filter)).toEqual(expect.arrayContaining(['on this machine · 2', '✓ on nas · 2']));
  expect(await bench.ask('/library on=gpu')).toBe('No machine is called “gpu”. There are here, nas.');
});

it('what a library comes to is summed once for an answer: of a hundred thousand it takes a while', async () => {
  furnish();
  const sum = vi.spyOn(bench.store.models, 'sumLibrary');
  const sums = async (work: Promise<unknown>): Promise<unknown[]> => {
    sum.mockClear();
    await work;
    return sum.mock.calls.map(([, filter]) => filter);
  };
  expect(await sums(bench.say('/library m1'))).toEqual([{ text: ['m1'] }]);
  const list = bench.shown().at(-1);
  expect(await sums(tap(list, 'Filter'))).toEqual([{ text: ['m1'] }]);
  const tallies = vi.spyOn(bench.store.models, 'tallyTags');
  expect(await sums(tap(list, 'pending · 9'))).toEqual([{ text: ['m1'], word: 'pending' }]);
  // To take the tap, to see whether it is still known, and to draw the buttons.
  expect(tallies).toHaveBeenCalledTimes(1);
});

it('a list still does what its buttons say after the library has changed, and after its filter is forgotten', async () => {
  const ids = furnish();
  const [list] = await bench.say('/library pending smallest');
  bench.store.models.removeModel(ids[5] ?? 0);
  const label = labels(list)[3] ?? '';
  await bench.press(list, label);
  await bench.sees(new RegExp(`^${label.split(' ')[1]} · pending`));
  for (let at = 0; at < 101; at += 1) bench.store.libraryViews.keep(ANN, { text: [`t${at}`] });
  expect(await bench.press(list, 'Filter')).toBe('The library has changed; this is how it is now.');
  expect(now(list)?.text).toMatch(/^Library\n11 models/);
});

it('says what nothing fits, with what could stand there', async () => {
  furnish();
  expect(await bench.ask('/library image #none “a <b> _x_ 🚀”')).toBe(
    'Nothing in this library is image · #none · “a <b> _x_ 🚀”. Behind /library stands a status (pending, downloading, completed, failed, paused, cancelled), a category, a #tag, or part of a name.',
  );
  expect(await bench.ask('/library sort=weight')).toContain('A library is sorted by newest, oldest');
});

it('no list of another chat is shown by a forged button', async () => {
  furnish();
  const view = bench.store.libraryViews.keep(ANN, { text: ['m1'] });
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bench.store.users.setRole(BOB, 'member');
  bench.put('org/bobs', 'completed', BOB);
  bench.put('org/bobs-too', 'completed', BOB);
  const [list] = await bench.say('/library', { userId: BOB });
  const data = list?.reply_markup?.inline_keyboard.at(-1)?.[0];
  const forged = 'callback_data' in (data ?? {}) ? String((data as { callback_data: string }).callback_data) : '';
  bench.telegram.pressForged(BOB, BOB, list?.message_id ?? 0, forged.replace(/0\.0\.l/, `${view}.0.l`));
  // What is written next is handled after it.
  await bench.say('/timezone', { userId: BOB });
  expect(bench.telegram.answers.at(-1)?.text).toContain('has changed');
  expect(
    bench
      .shown(BOB)
      .map(({ text }) => text)
      .join('\n'),
  ).not.toContain('m1');
});

it('the longest names, titles and filters fit Telegram’s messages and buttons', async () => {
  const name = `org/${'n'.repeat(92)}`;
  const ids = Array.from({ length: 8 }, (_, at) => bench.put(`${name.slice(0, -1)}${at}`));
  for (const id of ids)
    bench.store.models.setTags(
      id,
      Array.from({ length: 30 }, (_, at) => `${'🚀<b>_'.repeat(12)}${at}`),
    );
  const [list] = await bench.say('/library');
  const filter = await tap(list, 'Filter');
  const data =
    filter?.reply_markup?.inline_keyboard
      .flat()
      .map((button) => Buffer.byteLength(('callback_data' in button && button.callback_data) || '')) ?? [];
  expect(Math.max(...data)).toBeLessThanOrEqual(64);
  for (let at = 0; at < 6; at += 1) {
    const label = labels(now(list)).find((one) => one.startsWith('#')) ?? '';
    await bench.press(list, label);
  }
  expect(now(list)?.text?.length).toBeLessThan(600);
  expect(now(list)?.text).toContain('8 models');
});

it('a library of which nothing is here says so', async () => {
  bench.put('org/waiting');
  expect(await bench.ask('/library')).toContain('1 model · 5 B, none of it complete.');
});

it('a library of which all but a little is here says so in words, not by the same size twice', async () => {
  bench.put('org/small');
  const commitSha = 'b'.repeat(40);
  const { models } = bench.store;
  const { id } = models.createModel({ chatId: ANN, name: 'org/large', commitSha, sizeBytes: 835e6, files: [] });
  models.moveModel(id, 'pending', 'downloading');
  models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
  expect(await bench.ask('/library')).toContain('2 models · 835 MB, nearly all of it complete');
});
