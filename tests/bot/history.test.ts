import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULT_SELECTION, selectionKey } from '../../src/domain/files/selection.ts';
import { joinHost } from '../helpers/hosts.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

type Changes = Parameters<BotBench['store']['sessions']['updateDownloadSession']>[2];

/** One more download of a model, ended so. */
const ended = (modelId: number, status: 'completed' | 'failed' | 'cancelled', changes: Changes = {}): void => {
  const { sessions } = bench.store;
  sessions.updateDownloadSession(sessions.startOrContinue(modelId, 551e6).id, status, changes);
};

it('/history tells size, time, mean speed, retries and the reason of each download', async () => {
  const id = bench.put('org/one', 'completed');
  const errorMessage = 'The Hub says <b>no</b>\nto this.';
  ended(id, 'failed', { bytesDownloaded: 5e6, receivedBytes: 5e6, activeMs: 2000, retryCount: 5, errorMessage });
  ended(id, 'completed', {
    bytesDownloaded: 551e6,
    receivedBytes: 551e6,
    activeMs: 12_000,
    retryCount: 1,
    errorMessage: 'x',
  });
  const all = await bench.ask('/history');
  expect(all.replace(/today \d\d:\d\d/g, 'today')).toBe(
    [
      'History',
      '2 downloads · 1 failed · 556 MB fetched · in 14 s',
      '',
      'org/one · completed · today',
      '551 MB in 12 s · 45.9 MB/s on average · 1 retry',
      '',
      'org/one · failed · today',
      '5 MB of 551 MB · 5 retries',
      'The Hub says <b>no</b> to this.',
    ].join('\n'),
  );
  expect(await bench.ask(`/history #${id}`)).toMatch(/^History of org\/one\n2 downloads/);
  bench.store.models.removeModel(id);
  expect(await bench.ask('/history ONE')).toMatch(/^History of org\/one\n2 downloads/);
  expect(await bench.ask('/history nothing')).toBe('Nothing of “nothing” was downloaded in this chat.');
});

it('/history says on which other machine, by what that was called then, and of what was there that nothing was fetched', async () => {
  const { store } = bench;
  const nas = joinHost(store);
  const { id } = store.models.createModel({ chatId: ANN, name: 'org/two', hostId: nas, sizeBytes: 5 });
  ended(id, 'completed', { bytesDownloaded: 551e6, receivedBytes: 0 });
  store.models.updateModelDetails(id, { hostId: 1 });
  ended(id, 'completed', { bytesDownloaded: 551e6, receivedBytes: 551e6 });
  const said = (await bench.ask('/history')).replace(/today \d\d:\d\d/g, 'today').split('\n');
  expect(said.slice(2)).toEqual([
    '',
    'org/two · completed · today',
    '551 MB',
    '',
    'org/two on nas · completed · today',
    '551 MB · was on the disk already',
  ]);
  expect(await bench.ask('/history org/two')).toMatch(/\ncompleted on nas · today /);
});

it('/history tells downloads of one repository apart by what was downloaded, also when it is gone', async () => {
  const { store } = bench;
  const model = { chatId: ANN, name: 'org/gguf', sizeBytes: 5 };
  const q4 = store.models.createModel({
    ...model,
    selection: selectionKey({ ...DEFAULT_SELECTION, quantize: 'Q4_K_M' }),
  }).id;
  const q8 = store.models.createModel({
    ...model,
    selection: selectionKey({ ...DEFAULT_SELECTION, quantize: 'Q8_0' }),
  }).id;
  const set = store.models.createModel({ chatId: ANN, name: 'org/set', repoType: 'dataset', sizeBytes: 5 }).id;
  for (const id of [q4, q8, set]) ended(id, 'cancelled', { bytesDownloaded: 0 });
  const heads = (text: string): string[] =>
    text.split('\n').flatMap((line) => (/ · today/.test(line) ? [line.replace(/ · today.*/, '')] : []));
  const all = ['datasets/org/set · cancelled', 'org/gguf:Q8_0 · cancelled', 'org/gguf:Q4_K_M · cancelled'];
  expect(heads(await bench.ask('/history'))).toEqual(all);
  expect(heads(await bench.ask(`/history #${q8}`))).toEqual(['cancelled']);
  store.models.updateModelDetails(q8, { selection: selectionKey({ ...DEFAULT_SELECTION, quantize: 'F16' }) });
  expect(heads(await bench.ask(`/history #${q8}`))).toEqual(['org/gguf:Q8_0 · cancelled']);
  for (const id of [q4, q8]) store.models.removeModel(id);
  expect(heads(await bench.ask('/history'))).toEqual(all);
  expect(heads(await bench.ask('/history gguf'))).toEqual(all.slice(1));
  // The usual choice, and what was downloaded before its choice was noted.
  const usual = store.models.createModel(model).id;
  ended(usual, 'cancelled', { bytesDownloaded: 0 });
  expect(heads(await bench.ask(`/history #${usual}`))).toEqual(['cancelled']);
  store.models.updateModelDetails(usual, { selection: selectionKey({ ...DEFAULT_SELECTION, quantize: 'Q2_K' }) });
  expect(heads(await bench.ask(`/history #${usual}`))).toEqual(['org/gguf · cancelled']);
});

it('/history of many goes page by page, and shows no other chat’s', async () => {
  const id = bench.put('org/one', 'completed');
  for (let at = 0; at < 8; at += 1) ended(id, 'cancelled', { bytesDownloaded: at });
  const [list] = await bench.say('/history org/one');
  const now = () => bench.shown().find(({ message_id: one }) => one === list?.message_id)?.text;
  expect(list?.text).toContain('8 downloads · page 1 of 2');
  await bench.press(list, 'Older ›');
  expect(now()).toContain('page 2 of 2');
  expect(now()).toContain('\n0 B of 551 MB');
  const { store, telegram } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  expect(await bench.ask('/history', { userId: BOB })).toBe('Nothing was downloaded in this chat yet.');
  const { message_id: message } = telegram.say(BOB, BOB, 'hello');
  const session = store.sessions.getDownloadHistory(id, 1)[0]?.id;
  for (const key of [id, -(session ?? 0)]) telegram.pressForged(BOB, BOB, message, `history:${key}:0`);
  await bench.say('/timezone', { userId: BOB });
  expect(telegram.answers.slice(-2).map(({ text }) => text)).toEqual(
    Array(2).fill('That belongs to another chat, or is gone.'),
  );
  expect(bench.shown(BOB).some(({ text }) => text?.includes('org/one'))).toBe(false);
  expect(bench.shown(ANN).some(({ text }) => text?.includes('org/one'))).toBe(true);
});

it('/history without a name behind a reply is of the card’s model, and of several it asks which', async () => {
  const [one] = [bench.put('org/one', 'completed'), bench.put('org/one-more', 'completed')];
  ended(one, 'completed');
  const [asked] = await bench.say('/history one');
  expect(asked?.text).toMatch(/^Which one\?/);
  await bench.press(asked, '#1 org/one · completed');
  expect(bench.shown().at(-1)?.text).toMatch(/^History of org\/one\n1 download/);
});
