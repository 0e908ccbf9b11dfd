import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../src/log/log.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

/** All that was ever asked for, in order: their numbers begin at 1. */
const requested = (): string[] =>
  Array.from({ length: 40 }, (_, index) => bot.store.addRequests.getAddRequest(index + 1)?.ref ?? []).flat();

const names = (): string[] =>
  bot.store.models
    .listModels(ANN)
    .map(({ name }) => name)
    .toSorted();

/** Sends a document and waits until it was handled. @returns what the bot answered */
const send = async (
  data: string | Buffer,
  more: { name?: string; caption?: string; chatId?: number } = {},
): Promise<string> => {
  const { chatId = ANN, ...document } = more;
  const { message_id: sent } = bot.telegram.sendDocument(ANN, chatId, { data, name: 'models.txt', ...document });
  await bot.telegram.waitFor((api) => api.pendingUpdates().length === 0);
  await vi.waitUntil(() => bot.store.updates.waitingUpdates().length === 0, { timeout: 60_000, interval: 5 });
  return bot
    .shown(chatId)
    .filter(({ message_id: id }) => id > sent)
    .map(({ text = '' }) => text)
    .join('\n');
};

const offer = (): Promise<SimMessage> => bot.sees(/^Add th/);

describe('/add with several models', () => {
  it('looks up each, with the options of all, in a card of its own', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add sample/tiny-llama, sample/sharded-llama\nlater priority=low');
    const first = await bot.sees('sample/tiny-llama · pending');
    const second = await bot.sees('sample/sharded-llama · pending');
    expect(first.message_id).not.toBe(second.message_id);
    expect(first.reply_to_message?.message_id).toBe(second.reply_to_message?.message_id);
    const models = bot.store.models.listModels(ANN);
    expect(models.map(({ priority, onDemand }) => [priority, onDemand])).toEqual([
      ['low', true],
      ['low', true],
    ]);
  });

  it('takes none if one of them is no reference', async () => {
    bot = await openBot();
    expect(await bot.ask('/add sample/tiny-llama org/--x')).toContain('is not a name the Hub could have');
    expect(requested()).toEqual([]);
  });

  it('does not take a word for a model', async () => {
    bot = await openBot();
    expect(await bot.ask('/add gpt2 please')).toContain('I do not understand “please”.');
    expect(requested()).toEqual([]);
  });

  it('takes twenty and tells of the rest', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.hub.takeDown('hub');
    const refs = Array.from({ length: 23 }, (_, index) => `org/model-${index + 1}`);
    expect(await bot.ask(`/add ${refs.join(' ')}`)).toContain(
      'There are 23 models in this message. The first 20 are looked up; send the others again in another one.',
    );
    expect(requested()).toEqual(refs.slice(0, 20));
  });

  it('answers the question of a bare /add with several', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add');
    await bot.say('sample/tiny-llama\nsample/sharded-llama');
    await bot.sees('sample/tiny-llama · pending');
    await bot.sees('sample/sharded-llama · pending');
    expect(names()).toEqual(['sample/sharded-llama', 'sample/tiny-llama']);
  });
});

describe('a message with a name on each line', () => {
  it('can be left alone', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('- sample/tiny-llama\n- sample/sharded-llama');
    await bot.press(await offer(), 'Leave it');
    expect(bot.shown().map(({ text, reply_markup: buttons }) => [text, buttons?.inline_keyboard.length ?? 0])).toEqual([
      ['Nothing was added.', 0],
    ]);
    expect(requested()).toEqual([]);
  });

  it('is offered as one, and a tap adds all of it', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('- sample/tiny-llama\n- sample/sharded-llama');
    const list = await offer();
    expect(list.text).toBe('Add these 2 models to this library? sample/tiny-llama, sample/sharded-llama');
    expect(requested()).toEqual([]);
    await bot.press(list, 'Add for later');
    await bot.sees('sample/tiny-llama · pending');
    await bot.sees('sample/sharded-llama · pending');
    const again = bot.telegram.pressForged(ANN, ANN, list.message_id, `list:${list.reply_to_message?.message_id}:1`);
    await bot.telegram.waitFor((api) => api.answers.find(({ callbackQueryId }) => callbackQueryId === again));
    expect(names()).toEqual(['sample/sharded-llama', 'sample/tiny-llama']);
    await bot.sees('2 models are looked up, each with its own card.');
    await bot.say('Sample/tiny-llama\nsample/terms-llama');
    const other = await bot.sees(/^Add these 2 models to this library\? Sample\/tiny-llama, sample\/terms-llama/);
    expect(other.text?.split('\n').slice(1)).toEqual(['In this library already: sample/tiny-llama']);
  });

  it('may hold links beside names', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('sample/tiny-llama\nhttps://huggingface.co/gpt2');
    expect((await offer()).text).toBe(
      'Add these 2 models to this library? sample/tiny-llama, https://huggingface.co/gpt2',
    );
  });

  it.each([
    ['lines that are no names', 'hello\nis anybody there?'],
    ['words', 'hello\nthere'],
    ['names among words', 'look at\norg/name\nthis is good'],
  ])('is none with %s', async (_name, text) => {
    bot = await openBot();
    expect(await bot.ask(text)).toMatch(/^Write \/add and the name of a model/);
  });

  it('is nobody’s business in a group', async () => {
    bot = await openBot();
    const group = -1_001_700_000_004;
    bot.telegram.addGroup({ id: group, title: 'Lab', members: [ANN], type: 'supergroup', bot: 'administrator' });
    await bot.say('/start', { userId: ANN, chatId: group });
    expect(await bot.ask('org/a\norg/b', { userId: ANN, chatId: group })).toBe('');
  });
});

describe('a text document', () => {
  it('is offered with what it lists, and what it does not', async () => {
    bot = await openBot({ concurrency: 0 });
    await send('\uFEFF# mine\nsample/tiny-llama\nftp://example.org/x\nsample/sharded-llama\n');
    const list = await offer();
    expect(list.text).toBe(
      'Add these 2 models to this library? sample/tiny-llama, sample/sharded-llama\nNot understood: line 3 “ftp://example.org/x”.',
    );
    await bot.press(list, 'Add them now');
    await bot.sees('sample/tiny-llama · pending');
    await bot.sees('sample/sharded-llama · pending');
    expect(names()).toEqual(['sample/sharded-llama', 'sample/tiny-llama']);
  });

  it('with /add under it is added at once, with its options', async () => {
    bot = await openBot({ concurrency: 0 });
    const said = await send('sample/tiny-llama\nsome more words\n', { caption: '/add later priority=high' });
    expect(said).toContain('Not understood: line 2 “some more words”.');
    await bot.sees('sample/tiny-llama · pending');
    expect(bot.store.models.listModels(ANN)).toMatchObject([{ priority: 'high', onDemand: true }]);
  });

  it('as Windows writes it is read too', async () => {
    bot = await openBot();
    await send(Buffer.from('\uFEFForg/a\r\norg/b\r\n', 'utf16le'));
    expect((await offer()).text).toContain('org/a, org/b');
  });

  it('for another bot is left alone', async () => {
    bot = await openBot();
    expect(await send('org/a', { caption: '/add@other_bot' })).toBe('');
    expect(requested()).toEqual([]);
  });

  it.each([
    ['too long', Buffer.alloc(65_537, 'a/b\n'), 'A list may have 65.5 kB. This one is 65.5 kB.'],
    ['no text', Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62]), 'This document is no text.'],
    ['text with zeros', Buffer.from('org/a\0org/b'), 'This document is no text.'],
    ['no list', 'nothing at all to be read here\n', 'I find no models in it.'],
    ['hostile', `${'a/'.repeat(20_000)}\n`, 'I find no models in it.'],
  ])('that is %s is refused in a sentence', async (_name, data, sentence) => {
    bot = await openBot();
    expect(await send(data)).toContain(sentence);
    expect(requested()).toEqual([]);
  });

  it('of a stranger is not fetched', async () => {
    bot = await openBot();
    bot.telegram.sendDocument(BOB, BOB, { data: 'org/a', name: 'models.txt' });
    await bot.sees('This is a private bot', BOB);
    expect(bot.telegram.calls.filter(({ method }) => method === 'getFile')).toEqual([]);
  });

  it('that is gone is told so, and the token stays out of the log', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'debug', readable: false, write: (line) => void lines.push(line) });
    bot = await openBot({ log });
    bot.telegram.deliver('message', {
      message_id: 9000,
      from: { id: ANN, is_bot: false, first_name: 'Ann' },
      chat: { id: ANN, type: 'private', first_name: 'Ann' },
      date: 1,
      document: { file_id: 'gone', file_unique_id: 'x', file_name: 'models.txt', mime_type: 'text/plain' },
    });
    await bot.sees('Telegram does not give me that document.');
    expect(lines.join('')).not.toContain(bot.telegram.token.split(':')[1]);
  });

  it('of another kind is answered as before', async () => {
    bot = await openBot();
    expect(await send('x', { name: 'picture.png' })).toMatch(/^\/keep as the answer to a file keeps it/);
  });
});
