import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const COMMIT = 'c'.repeat(40);

/** A model with so many files, here and whole. */
const putWhole = (chatId: number, files = 1): number => {
  const { store } = bench;
  const list = Array.from({ length: files }, (_, at) => ({
    path: `part-${String(at).padStart(4, '0')}.<b>_safetensors`,
    size: 1000,
    etag: String(at).padStart(40, '0'),
  }));
  const { id } = store.models.createModel({
    chatId,
    name: 'gpt2',
    canonicalName: 'openai-community/gpt2',
    revision: 'v1',
    commitSha: COMMIT,
    sizeBytes: files * 1000,
    files: list,
    license: 'mit',
    category: 'text',
    requestedBy: chatId,
    metadata: { gated: true },
  });
  store.models.moveModel(id, 'pending', 'downloading');
  const { id: session } = store.sessions.startOrContinue(id, 1000);
  store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache/snapshots/x' });
  store.sessions.updateDownloadSession(session, 'completed', { receivedBytes: files * 1000, activeMs: 2000 });
  return id;
};

const now = (message: SimMessage | undefined): string =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id)?.text ?? '';

it('a card leads to all that is known of its model, and back', async () => {
  const id = putWhole(ANN, 2);
  const { store } = bench;
  store.models.setTags(id, ['nlp', 'small one']);
  store.models.updateModelDetails(id, {
    title: 'My <b>one</b>',
    description: 'For the demo',
    pinned: true,
    maxRetries: 1,
  });
  await bench.say(`/model #${id}`);
  const card = await bench.sees(/^gpt2@v1 · completed/);
  await bench.press(card, 'Details');
  const details = bench.shown().at(-1);
  expect(details?.message_id).not.toBe(card.message_id);
  expect(details?.text?.replace(/today \d\d:\d\d/, 'today')).toBe(
    [
      'gpt2@v1 · completed',
      'My <b>one</b>',
      'For the demo',
      'Repository gpt2 (openai-community/gpt2 on the Hub), v1',
      `Commit ${COMMIT}`,
      '2 kB in 2 files',
      'Path /cache/snapshots/x',
      'Licence mit · gated',
      'Category text 📝 · priority medium · pinned · 1 retry',
      'Tags nlp, small one',
      'Added today by Ann',
      '1 download. The last one completed: 2 kB in 2 s',
    ].join('\n'),
  );
  // The repository leads to its page, on the Hub that is asked.
  const link = details?.entities?.find(({ type }) => type === 'text_link');
  expect([link?.url, details?.text?.substr(link?.offset ?? 0, link?.length)]).toEqual([
    `${bench.hub.url}/gpt2`,
    'gpt2',
  ]);
  await bench.press(details, 'Files');
  expect(now(details)).toBe(
    'gpt2@v1 · 2 files · 2 kB\n1  part-0000.<b>_safetensors · 1 kB\n2  part-0001.<b>_safetensors · 1 kB\nNone of these is here.',
  );
  await bench.press(details, 'Details');
  await bench.press(details, 'History');
  expect(now(details)).toMatch(/^History of gpt2@v1\n1 download/);
});

it('/files goes through any number of files page by page', async () => {
  const id = putWhole(ANN, 1000);
  const [list] = await bench.say(`/files #${id}`);
  expect(list?.text).toMatch(
    /^gpt2@v1 · 1,000 files · 1 MB · page 1 of 100\n(?:\d+ {2}part-.*\n){10}None of these is here\.$/,
  );
  await bench.press(list, 'More ›');
  expect(now(list)).toMatch(/page 2 of 100\n11 {2}part-0010/);
  const waiting = bench.store.models.createModel({ chatId: ANN, name: 'org/none' }).id;
  expect(await bench.ask(`/files #${waiting}`)).toBe('Nobody knows yet what the files of org/none are.');
});

it('a description of four thousand characters is shown in part, and whole behind a button, within a message', async () => {
  const id = putWhole(ANN);
  const description = `${'🚀 '.repeat(1990)}the end`;
  bench.store.models.updateModelDetails(id, { description });
  await bench.say(`/model #${id}`);
  await bench.press(await bench.sees(/^gpt2@v1 · completed/), 'Details');
  const details = bench.shown().at(-1);
  expect(details?.text).toContain('🚀 …');
  await bench.press(details, 'Description');
  expect(now(details).length).toBeLessThanOrEqual(4096);
  expect(now(details)).toContain('🚀 🚀');
});

it('who else has the same files is named to owners, and to others only counted', async () => {
  const { store } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob <b>' });
  const [mine, bobs] = [putWhole(ANN), putWhole(BOB)];
  const details = async (id: number, userId: number): Promise<string> => {
    bench.telegram.pressForged(userId, userId, bench.telegram.say(userId, userId, 'x').message_id, `details:${id}`);
    await bench.say('/timezone', { userId });
    return bench
      .shown(userId)
      .map(({ text }) => text)
      .join('\n');
  };
  expect(await details(mine, ANN)).toContain('in the library of 1 other chat: Bob <b>.');
  const told = await details(bobs, BOB);
  expect(told).toContain('in the library of 1 other chat.');
  expect(told).not.toContain('Ann');
  const lab = bench.telegram.addGroup({
    title: 'Lab',
    type: 'supergroup',
    members: [ANN, BOB],
    bot: 'administrator',
  }).id;
  store.chats.upsertChat({ chatId: lab, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(lab, 'approved');
  const labs = putWhole(lab);
  bench.telegram.pressForged(ANN, lab, bench.telegram.say(ANN, lab, 'x').message_id, `details:${labs}`);
  await expect
    .poll(() => bench.shown(lab).map(({ text }) => text))
    .toContainEqual(expect.stringContaining('in the library of 2 other chats.'));
  await details(mine, BOB);
  expect(bench.telegram.answers.at(-1)?.text).toBe('That belongs to another chat, or is gone.');
});

it.each([
  ['links', 'Not given to others: its disk does not let a file have a second name.'],
  ['files', 'Not given to others: not all of its files are what they were.'],
  ['peers', 'Not given to others: its trackers cannot be asked, and nothing else finds anybody.'],
  ['aria2', 'Not given to others: aria2 is not there, or does not take it.'],
  [undefined, 'Given to others until Thu 2 Jan 2020 00:00, 2 kB so far'],
  ['over', '2 kB of it went to others.'],
] as const)('of a torrent it says how it is given to others: %s', async (how, sentence) => {
  const { store } = bench;
  const id = putWhole(ANN);
  const endsAt = how === 'over' ? undefined : '2020-01-02T00:00:00.000Z';
  const refusal = how === 'over' ? undefined : how;
  store.webFiles.noteSeed(store.models.getModel(id)?.copyId ?? 0, { endsAt, givenBytes: 2000, refusal });
  await bench.say(`/model #${id}`);
  await bench.press(await bench.sees(/^gpt2@v1 · completed/), 'Details');
  expect(bench.shown().at(-1)?.text).toContain(`\n${sentence}\n`);
});
