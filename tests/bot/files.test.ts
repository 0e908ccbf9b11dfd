import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { createCallBudget } from '../../src/bot/telegram/call-budget.ts';
import { toIso } from '../../src/lib/clock.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { bytesIn, textIn } from '../helpers/sent-document.ts';
import { ANN, BOB, type BotBench, type BotBenchOptions, openBot } from './setup.ts';

const NAME = 'org/many';
const CONFIG = '{"n_layer": 2}';
const WEIGHTS = 3000;
const REPO = defineRepo({
  id: NAME,
  files: [
    { path: 'config.json', content: CONFIG },
    { path: 'onnx/config.json', content: '{"n_layer": 3}' },
    { path: 'model.safetensors', size: WEIGHTS },
    ...Array.from({ length: 9 }, (_, at) => ({ path: `part-${at}.json`, content: `{"part": ${at}}` })),
  ],
});
const TWIN = defineRepo({ id: 'org/twin', files: [{ path: 'config.json', content: CONFIG }] });
const PATIENT = { interval: 10, timeout: 60_000 } as const;

let bench: BotBench;
afterEach(() => bench?.close());

const openWith = async (options: BotBenchOptions = {}, name = NAME): Promise<number> => {
  bench = await openBot({ hub: { repos: [REPO, TWIN] }, ...options });
  return add(name);
};

/** Adds everything of a repository. @returns the model's number */
const add = async (name: string, userId = ANN): Promise<number> => {
  await bench.say(`/add ${name} quantize=all`, { userId });
  // The notice of its end: nothing more comes by itself.
  await bench.sees(new RegExp(`^${name}:all · completed\\n[^\\n]+, verified`), userId);
  return bench.store.models.getModelByName(userId, name)?.id ?? 0;
};

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const documents = (chatId = ANN): readonly SimMessage[] =>
  bench.shown(chatId).filter(({ document }) => document !== undefined);

/** Waits until so many documents are there. */
const documentsCome = (count: number, chatId = ANN): Promise<SimMessage | undefined> =>
  bench.telegram.waitFor(() => documents(chatId).length === count && documents(chatId).at(-1));

/** Waits until the bot has noted what Telegram has of what it sent: the document is in the chat before that. */
const areNoted = (): Promise<void> => expect.poll(() => bench.store.fileSends.countFileSends(ANN), PATIENT).toBe(0);

const sends = () => bench.telegram.calls.filter(({ method }) => method === 'sendDocument');

const now = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);

/** Where a file of the model truly lies. */
const placeOf = (id: number, path: string): string =>
  realpathSync(join(bench.store.models.getModel(id)?.downloadPath ?? '', path));

/** Makes a file of a model as large as this, as if it had come so. */
const resize = (id: number, path: string, size: number): void => {
  const place = placeOf(id, path);
  truncateSync(place, size);
  const sha256 = createHash('sha256').update(readFileSync(place)).digest('hex');
  bench.store.copies.setLearned(bench.store.models.getModel(id)?.copyId ?? 0, { [path]: { sha256, size } });
};

describe('/files', () => {
  it('lists files by their numbers, page by page, and a tap on a number brings that one', async () => {
    const id = await openWith();
    const [list] = await bench.say(`/files #${id}`);
    expect(list?.text).toMatch(
      /^org\/many:all · 12 files · [\d.]+ kB · page 1 of 2\n1 {2}config\.json · 14 B\n2 {2}model\.safetensors · 3 kB\n3 {2}onnx\/config\.json · 14 B\n(?:.*\n){7}Tap a number to have that file here\.$/,
    );
    expect(labels(list)).toEqual([
      ...Array.from({ length: 10 }, (_, at) => String(at + 1)),
      'More ›',
      'Details',
      'README',
    ]);
    expect(await bench.press(list, '3')).toBe('It is on its way.');
    const message = await documentsCome(1);
    expect(message?.document?.file_name).toBe('config.json');
    expect(message?.caption).toBe('org/many:all · onnx/config.json');
    expect(await textIn(bench.telegram, message)).toBe('{"n_layer": 3}');
    // As code, or Telegram would make a link of a name such as README.md.
    expect(message?.caption_entities?.map(({ type, offset }) => [type, offset])).toEqual([['code', 15]]);
    expect(sends()[0]?.payload['disable_notification']).toBe('true');
    await bench.press(list, 'More ›');
    expect(now(list)?.text).toMatch(/page 2 of 2\n11 {2}part-7\.json · 11 B\n12 {2}part-8\.json · 11 B\n/);
    await bench.press(now(list), '12');
    expect(await textIn(bench.telegram, await documentsCome(2))).toBe('{"part": 8}');
    await bench.press(now(list), '‹ Back');
    expect(now(list)?.text).toContain('page 1 of 2');
  });

  it('leads to the ends of a long list at once', async () => {
    const files = Array.from({ length: 32 }, (_, at) => ({ path: `part-${at + 10}.json`, content: `{"part": ${at}}` }));
    await openWith({ hub: { repos: [defineRepo({ id: 'org/long', files })] } }, 'org/long');
    const [list] = await bench.say('/files org/long');
    const turns = () => labels(now(list)).filter((label) => /[‹›«»]/.test(label));
    expect(turns()).toEqual(['More ›', 'Last »']);
    await bench.press(now(list), 'Last »');
    expect(now(list)?.text).toMatch(/page 4 of 4\n31 {2}part-40\.json · 12 B\n32 {2}part-41\.json · 12 B\n/);
    expect(turns()).toEqual(['« First', '‹ Back']);
    await bench.press(now(list), '‹ Back');
    expect(turns()).toEqual(['« First', '‹ Back', 'More ›']);
    await bench.press(now(list), '« First');
    expect(now(list)?.text).toContain('page 1 of 4');
    await bench.press(now(list), 'More ›');
    expect(turns()).toEqual(['‹ Back', 'More ›', 'Last »']);
  });

  it('says of files that are not here that they are not, and offers none of them', async () => {
    const id = await openWith();
    rmSync(placeOf(id, 'config.json'));
    const [list] = await bench.say(`/files #${id}`);
    expect(list?.text).toContain('1  config.json · 14 B · not here\n2  model.safetensors · 3 kB\n');
    // As code, or Telegram would make links of names that end like domains.
    const asCode = list?.entities?.filter(({ type }) => type === 'code') ?? [];
    const named = asCode.map(({ offset, length }) => list?.text?.slice(offset, offset + length));
    expect(named.slice(0, 2)).toEqual(['config.json', 'model.safetensors']);
    expect(labels(list)).not.toContain('1');
    const waiting = bench.store.models.createModel({ chatId: ANN, name: 'org/none' }).id;
    expect(await bench.ask(`/files #${waiting}`)).toBe('Nobody knows yet what the files of org/none are.');
  });

  it('sends nothing of what was listed and is another list by now, nor of another chat', async () => {
    const id = await openWith();
    const copy = bench.store.models.getModel(id)?.copyId ?? 0;
    const [list] = await bench.say(`/files #${id}`);
    const forge = async (data: string, userId = ANN): Promise<string | undefined> => {
      const target = userId === ANN ? list?.message_id : bench.telegram.say(userId, userId, 'x').message_id;
      const tap = bench.telegram.pressForged(userId, userId, target ?? 0, data);
      await bench.say('/timezone', { userId });
      return bench.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === tap)?.text;
    };
    expect(await forge(`sendFile:${id}:${copy + 1}:0`)).toBe(
      'These files have changed since. /files shows them as they are now.',
    );
    expect(await forge(`sendFile:${id}:${copy}:12`)).toBe(
      'These files have changed since. /files shows them as they are now.',
    );
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'viewer');
    expect(await forge(`sendFile:${id}:${copy}:0`, BOB)).toBe('That belongs to another chat, or is gone.');
    expect(sends()).toEqual([]);
  });
});

describe('/file', () => {
  it('brings a file by its path, by its name, or by a part of it, and asks where several are meant', async () => {
    const id = await openWith();
    await bench.say(`/file #${id} config.json`);
    expect((await documentsCome(1))?.caption).toBe('org/many:all · config.json');
    await bench.say(`/file ${NAME} MODEL`);
    const weights = await documentsCome(2);
    expect(weights?.caption).toBe('org/many:all · model.safetensors');
    expect((await bytesIn(bench.telegram, weights)).length).toBe(WEIGHTS);
    const [question] = await bench.say(`/file #${id} config`);
    expect(question?.text).toBe('Which one?');
    expect(labels(question)).toEqual(['config.json', 'onnx/config.json']);
    await bench.press(question, 'onnx/config.json');
    expect((await documentsCome(3))?.caption).toBe('org/many:all · onnx/config.json');
    expect(await bench.ask(`/file #${id} weights.bin`)).toBe(
      `org/many:all has no file like “weights.bin”. /files #${id} lists what it has.`,
    );
    // A number is that of the list, though part-2.json has it in its name.
    await bench.say(`/file #${id} 2`);
    expect((await documentsCome(4))?.caption).toBe('org/many:all · model.safetensors');
    expect(await bench.ask(`/file #${id} 13`)).toMatch(/has no file like “13”/);
    expect(await bench.ask(`/file #${id}`)).toMatch(/^org\/many:all · 12 files/);
  });

  it('brings it as a reply in a group, for viewers too', async () => {
    const id = await openWith();
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'viewer');
    bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    const lab = bench.telegram.addGroup({
      title: 'Lab',
      type: 'supergroup',
      members: [ANN, BOB],
      bot: 'administrator',
    }).id;
    bench.store.chats.upsertChat({ chatId: lab, kind: 'supergroup', title: 'Lab' });
    bench.store.chats.setAccess(lab, 'approved');
    expect(await bench.ask(`/file #${id} config.json`, { userId: BOB, chatId: lab })).toContain('There is no');
    await bench.say(`/add ${NAME} quantize=all`, { chatId: lab });
    await bench.sees(/^org\/many:all · completed/, lab);
    await bench.say(`/file ${NAME} part-1`, { userId: BOB, chatId: lab });
    const message = await documentsCome(1, lab);
    expect(message?.reply_to_message?.text).toBe(`/file ${NAME} part-1`);
  });

  it('sends what Telegram has already by its id, without a byte of it, to another chat that has it as well', async () => {
    const id = await openWith();
    await bench.say(`/file #${id} config.json`);
    const first = await documentsCome(1);
    await areNoted();
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'member');
    bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    const twin = await add('org/twin', BOB);
    await bench.say(`/file #${twin} config.json`, { userId: BOB });
    const second = await documentsCome(1, BOB);
    expect(second?.caption).toBe('org/twin:all · config.json');
    expect(sends()[1]?.payload['document']).toBe(first?.document?.file_id);
    expect(await textIn(bench.telegram, second)).toBe(CONFIG);
  });

  it('sends nothing of a file that somebody has changed, and keeps no id of it for those who have it as it should be', async () => {
    const id = await openWith();
    writeFileSync(placeOf(id, 'config.json'), CONFIG.replace('2', '9'));
    const [said] = await bench.say(`/file #${id} config.json`);
    const told = said ?? (await bench.sees(/^config\.json is not on the disk any more, or is not what it was\.$/));
    expect(labels(told)).toEqual(['Fetch again']);
    expect(documents()).toEqual([]);
    await bench.press(told, 'Fetch again');
    await expect.poll(() => readFileSync(placeOf(id, 'config.json'), 'utf8'), PATIENT).toBe(CONFIG);
    await bench.say(`/file #${id} config.json`);
    expect(await textIn(bench.telegram, await documentsCome(1))).toBe(CONFIG);
  });

  it('forgets an id that Telegram refuses, and uploads the file', async () => {
    const id = await openWith();
    await bench.say(`/file #${id} config.json`);
    const first = await documentsCome(1);
    await areNoted();
    bench.telegram.setFault({
      method: 'sendDocument',
      kind: '400',
      times: 1,
      description: 'Bad Request: wrong file identifier/HTTP URL specified',
    });
    await bench.say(`/file #${id} config.json`);
    const second = await documentsCome(2);
    expect(second?.document?.file_id).not.toBe(first?.document?.file_id);
    await areNoted();
    await bench.say(`/file #${id} config.json`);
    await documentsCome(3);
    expect(sends().at(-1)?.payload['document']).toBe(second?.document?.file_id);
  });

  it('says where a file lies that is too large, and sends one that is not by a byte', async () => {
    const id = await openWith();
    const { store } = bench;
    resize(id, 'part-1.json', 50_000_001);
    resize(id, 'model.safetensors', 50_000_000);
    const [said] = await bench.say(`/file #${id} part-1`);
    const place = join(store.models.getModel(id)?.downloadPath ?? '', 'part-1.json');
    expect(said?.text).toBe(
      `part-1.json is 50 MB: as a document I may send 50 MB at most.\nIt lies on the machine: ${place}`,
    );
    expect(said?.reply_markup?.inline_keyboard.flat()[0]).toEqual({ text: 'Copy path', copy_text: { text: place } });
    await bench.say(`/file #${id} model`);
    expect((await documentsCome(1))?.document?.file_size).toBe(50_000_000);
    resize(id, 'part-2.json', 0);
    expect(await bench.ask(`/file #${id} part-2`)).toBe(
      'part-2.json has no bytes, and Telegram takes no empty documents.',
    );
  });

  it.each([
    [
      { kind: '400', description: 'Request Entity Too Large' },
      /^model\.safetensors is 3 kB: that is more than Telegram takes\.\nIt lies on the machine: \/.+/,
    ],
    [
      { kind: '400', description: 'Bad Request: FILE_PARTS_INVALID' },
      /^Telegram does not take model\.safetensors\. It says: Bad Request: FILE_PARTS_INVALID\nIt lies on the machine: \//,
    ],
  ] as const)('tells in words what Telegram refuses: %o', async (fault, words) => {
    const id = await openWith();
    bench.telegram.setFault({ method: 'sendDocument', times: 1, ...fault });
    await bench.say(`/file #${id} model`);
    const told = await bench.sees(words);
    expect(labels(told)).toEqual(['Copy path']);
    await expect.poll(() => bench.store.fileSends.countFileSends(ANN), PATIENT).toBe(0);
    expect(sends()).toHaveLength(1);
  });

  it('tries again what does not get through, and gives up with a sentence', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock });
    bench.telegram.setFault({ method: 'sendDocument', kind: 'reset', times: 2 });
    await bench.say(`/file #${id} config.json`);
    for (const tries of [1, 2]) {
      await bench.telegram.waitFor(() => sends().length === tries);
      await expect.poll(() => bench.store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(tries);
      clock.pass(120_000);
    }
    await documentsCome(1);
    bench.telegram.setFault({ method: 'sendDocument', kind: '500', times: Number.POSITIVE_INFINITY });
    await bench.say(`/file #${id} model`);
    for (let tries = 1; tries < 6; tries += 1) {
      await expect.poll(() => bench.store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(tries);
      clock.pass(120_000);
    }
    await bench.sees(
      /^model\.safetensors did not get through to Telegram, however often I tried: the way there is broken, or too slow for 3 kB\./,
    );
    expect(sends()).toHaveLength(3 + 6);
  });

  it('leaves a chat alone for as long as Telegram asks, and sends it then', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock, budget: createCallBudget() });
    bench.telegram.setFault({ method: 'sendDocument', kind: '429', retryAfter: 600, times: 1 });
    await bench.say(`/file #${id} config.json`);
    await bench.telegram.waitFor(() => sends().length === 1);
    // The bot may not have heard yet for how long it was asked to wait.
    const later = (): number => {
      clock.pass(601_000);
      return documents().length;
    };
    await expect.poll(later, PATIENT).toBe(1);
    await expect.poll(() => sends().map(({ status }) => status), PATIENT).toEqual([429, 200]);
  });

  it('says of a file that went missing that it did, and has it fetched again', async () => {
    const id = await openWith();
    rmSync(placeOf(id, 'config.json'));
    const [said] = await bench.say(`/file #${id} config.json`);
    expect(said?.text).toBe('config.json is not on the disk any more, or is not what it was.');
    expect(labels(said)).toEqual(['Fetch again']);
    await expect.poll(() => bench.store.models.getModel(id)?.filesGone, PATIENT).toBe(1);
    await bench.press(said, 'Fetch again');
    await expect.poll(() => bench.store.models.getModel(id)?.filesGone, PATIENT).toBe(0);
    await expect.poll(() => bench.store.models.getModel(id)?.status, PATIENT).toBe('completed');
    await bench.say(`/file #${id} config.json`);
    expect(await textIn(bench.telegram, await documentsCome(1))).toBe(CONFIG);
  });

  it('says how far it is where that takes a while, and takes that back when the file is there', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock });
    bench.telegram.setFault({ method: 'sendDocument', kind: 'timeout', times: 1, breaksAfterSeconds: 0.3 });
    await bench.say(`/file #${id} model`);
    await bench.telegram.waitFor(() => sends().length === 1);
    clock.pass(3000);
    const told = await bench.sees(
      /^model\.safetensors · (?:sent, waiting for Telegram|(?:waits for its turn|did not get through).+)$/,
    );
    await expect.poll(() => bench.store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(1);
    clock.pass(120_000);
    await documentsCome(1);
    await expect.poll(() => now(told), PATIENT).toBeUndefined();
  });

  it('says on a slow way how much has gone, hears everybody meanwhile, and sends small files past a large one', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock });
    const { store, telegram } = bench;
    const large = 20_000_000;
    resize(id, 'model.safetensors', large);
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    store.users.setRole(BOB, 'member');
    store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    const twin = await add('org/twin', BOB);
    const goOn = telegram.holdUploads(1_000_000);
    await bench.say(`/file #${id} model`);
    // Nothing of this chat waits but the file: what is said next is how far it is.
    await expect.poll(() => store.fileSends.countFileSends(ANN), PATIENT).toBe(1);
    const passing = setInterval(() => clock.pass(500), 50);
    try {
      const told = await bench.sees(/^model\.safetensors · sending, [1-9]\d? % of 20 MB$/);
      expect(told?.entities).toEqual([{ type: 'code', offset: 0, length: 'model.safetensors'.length }]);
      expect(await bench.ask(`/files #${id}`)).toContain('org/many:all · 12 files');
      await bench.say(`/file #${twin} config.json`, { userId: BOB });
      await documentsCome(1, BOB);
      expect(documents()).toEqual([]);
      goOn();
      expect((await documentsCome(1))?.document?.file_size).toBe(large);
      await expect.poll(() => now(told), PATIENT).toBeUndefined();
    } finally {
      clearInterval(passing);
    }
  });

  it('gives an upload up over which nothing moves, says so, and sends it when the way is open again', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock });
    const { store, telegram } = bench;
    resize(id, 'model.safetensors', 9_000_000);
    const goOn = telegram.holdUploads(100_000);
    await bench.say(`/file #${id} model`);
    const told = /^model\.safetensors · sending, \d+ % of 9 MB$/;
    const isTold = (): boolean => {
      // Not so fast that it stalls before it is told how far it is.
      clock.pass(20);
      return bench.shown().some(({ text }) => told.test(text ?? ''));
    };
    await expect.poll(isTold, PATIENT).toBe(true);
    const attempts = (): number | undefined => {
      clock.pass(1000);
      return store.fileSends.listFileSends(1)[0]?.attempts;
    };
    await expect.poll(attempts, PATIENT).toBe(1);
    await bench.sees(/^model\.safetensors · did not get through to Telegram, is tried again in a moment$/);
    goOn();
    clock.pass(120_000);
    expect((await documentsCome(1))?.document?.file_size).toBe(9_000_000);
  });

  it('takes one wish for one file, and so many from one chat as anybody waits for', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock });
    bench.telegram.setFault({ method: 'sendDocument', kind: 'reset', times: 1 });
    await bench.say(`/file #${id} config.json`);
    await expect.poll(() => bench.store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(1);
    expect(await bench.ask(`/file #${id} config.json`)).toBe('It is on its way already.');
    const { copyId = 0 } = bench.store.models.getModel(id) ?? {};
    const { fileSends } = bench.store;
    const wish = { chatId: ANN, threadId: null, replyTo: null, askedBy: ANN, modelId: id, copyId: copyId ?? 0 };
    bench.store.atomically(() => {
      for (let at = 2; at < 20; at += 1) {
        fileSends.createFileSend({ ...wish, updateId: 1_000_000 + at, path: `x-${at}` });
        // For as long as anything is put off.
        fileSends.putOff(fileSends.listFileSends(100).at(-1)?.id ?? 0, toIso(clock.now() + 120_000));
      }
    });
    bench.telegram.setFault({ method: 'sendDocument', kind: 'reset', times: 1 });
    await bench.say(`/file #${id} part-1`);
    expect(await bench.ask(`/file #${id} part-2`)).toBe(
      'Twenty files are on their way to this chat: ask for more when these have come.',
    );
  });

  it('sends nothing to who was put out meanwhile, and says so where its model is gone', async () => {
    const clock = createRunningClock();
    const id = await openWith({ clock });
    const { store, telegram } = bench;
    telegram.setFault({ method: 'sendDocument', kind: 'reset', times: 1 });
    await bench.say(`/file #${id} config.json`);
    await expect.poll(() => store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(1);
    store.models.removeModel(id);
    clock.pass(60_000);
    await bench.sees('config.json is not in this library any more');
    const other = await add('org/twin');
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    store.users.setRole(BOB, 'member');
    telegram.setFault({ method: 'sendDocument', kind: 'reset', times: 1 });
    await bench.say(`/file #${other} config.json`);
    await expect.poll(() => store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(1);
    store.users.setRole(BOB, 'owner');
    store.users.setRole(ANN, 'denied');
    clock.pass(60_000);
    await expect.poll(() => store.fileSends.countFileSends(ANN), PATIENT).toBe(0);
    expect(sends()).toHaveLength(2);
  });
});
