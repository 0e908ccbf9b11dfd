import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { SEED } from '../helpers/seed-example.ts';
import { textIn } from '../helpers/sent-document.ts';
import { ANN, BOB, type BotBench, type BotBenchOptions, openBot } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const repo = (id: string) => defineRepo({ id, files: [{ path: 'config.json', content: '{}' }] });
const NAMES = ['facebook/bart-large-cnn', 'bert-base-uncased', 'gpt2'];

const open = async (options: BotBenchOptions = {}): Promise<void> => {
  bot = await openBot({ concurrency: 0, hub: { repos: NAMES.map(repo) }, ...options });
};

/** Sends a document and waits until it was handled. @returns its id */
const send = async (
  data: string | Buffer,
  more: { name?: string; mime?: string; caption?: string; chatId?: number; userId?: number } = {},
): Promise<number> => {
  const { userId = ANN, chatId = userId, ...document } = more;
  const { message_id: sent } = bot.telegram.sendDocument(userId, chatId, { data, name: 'models.json', ...document });
  await bot.telegram.waitFor((api) => api.pendingUpdates().length === 0);
  await vi.waitUntil(() => bot.store.updates.waitingUpdates().length === 0, { timeout: 60_000, interval: 5 });
  return sent;
};

const labels = (message: SimMessage): string[] =>
  message.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const bringIn = async (file: string, button = 'Import', place: { chatId?: number; userId?: number } = {}) => {
  await send(file, place);
  const chatId = place.chatId ?? place.userId ?? ANN;
  const card = await bot.sees(/^models\.json · import\?/, chatId);
  await bot.press(card, button, { ...place, chatId });
  return bot.sees(/^models\.json · imported/, chatId);
};

const exported = async (): Promise<{ models: Record<string, unknown>[]; settings: object; metadata: object }> => {
  const [answer] = await bot.say('/export');
  const file = JSON.parse(await textIn(bot.telegram, answer)) as { models: Record<string, unknown>[] };
  return { ...file, models: byName(file.models) } as never;
};

const byName = <T extends { name?: unknown }>(all: readonly T[]): T[] =>
  all.toSorted((left, right) => NAMES.indexOf(String(left.name)) - NAMES.indexOf(String(right.name)));

/** In the order of the file: they are looked up side by side. */
const models = (chatId = ANN) => byName(bot.store.models.listModels(chatId));
const withModels = (...entries: unknown[]): string => JSON.stringify({ models: entries });

describe('a models.json that is sent', () => {
  it('says first what would come, and changes nothing before somebody taps', async () => {
    await open();
    await send(SEED);
    const card = await bot.sees(/^models\.json · import\?/);
    expect(card.text).toBe(
      [
        'models.json · import?',
        '3 new models: facebook/bart-large-cnn, bert-base-uncased, gpt2.',
        '',
        'For this library it sets check_frequency weekly (now daily).',
        'Not applied to the machine: max_total_size 100GB (now none), auto_cleanup true (now false). Only an owner can have that done.',
        '',
        'What comes waits for /download, unless you choose otherwise.',
      ].join('\n'),
    );
    expect(labels(card)).toEqual(['Import', 'Import and download', 'Apply the machine’s settings', 'Cancel']);
    expect(models()).toEqual([]);
    await bot.press(card, 'Cancel');
    await bot.sees('models.json · cancelled\nNothing was changed.');
    expect(models()).toEqual([]);
    expect(bot.store.addRequests.openLookUpsOf(ANN)).toBe(0);
  });

  it('comes, is written down and comes again, equal in all that it said', async () => {
    await open();
    await bringIn(SEED);
    expect(models().map(({ name, status, onDemand }) => [name, status, onDemand])).toEqual(
      NAMES.map((name) => [name, 'pending', true]),
    );
    const first = await exported();
    const seed = JSON.parse(SEED) as { models: object[]; metadata: { created: string } };
    expect(first.models).toMatchObject(seed.models);
    expect(first.settings).toMatchObject({ check_frequency: 'weekly' });
    expect(first.metadata).toMatchObject({ version: '1.0', created: seed.metadata.created });
    await send(JSON.stringify(first));
    await bot.sees('models.json · imported\nThere is nothing in it to import.\n3 here already, as the file has them.');
    expect((await exported()).models).toEqual(first.models);
    bot.telegram.addUser({ id: 2002, firstName: 'Cleo', started: true });
    bot.store.users.upsertUser({ userId: 2002, firstName: 'Cleo', username: null });
    bot.store.users.setRole(2002, 'member');
    bot.store.chats.upsertChat({ chatId: 2002, kind: 'private', title: 'Cleo' });
    await bringIn(JSON.stringify(first), 'Import', { userId: 2002 });
    const fields = (chatId: number) =>
      models(chatId).map(({ name, description, priority, enabled, category, metadata, id }) => [
        [name, description, priority, enabled, category, metadata?.sizeEstimate],
        bot.store.models.tagsOf(id),
      ]);
    expect(fields(2002)).toEqual(fields(ANN));
  });

  it('downloads only what the button says, and never what is switched off', async () => {
    await open({ concurrency: 2 });
    await bringIn(SEED, 'Import and download');
    await vi.waitUntil(() => bot.store.models.countModels(ANN, { status: 'completed' }) === 2, { timeout: 60_000 });
    expect(models().map(({ status }) => status)).toEqual(['completed', 'completed', 'pending']);
  });

  it('sends no message for each: a thousand of them would bury everything else', async () => {
    await open({ hub: { repos: [...NAMES, 'org/by-hand', 'org/later'].map(repo) } });
    bot.hub.setFault({ kind: 'silence', path: '/gpt2' });
    await send(SEED);
    await bot.press(await bot.sees(/^models\.json · import\?/), 'Import');
    await bot.sees('models.json · importing\n2 of 3 are done; 1 being looked up.');
    // What is added by hand has a card: those of the others would have been drawn before it.
    await bot.say('/add org/by-hand later');
    await bot.sees('org/by-hand · pending');
    bot.hub.clearFaults();
    await bot.sees(/^models\.json · imported/);
    await bot.say('/add org/later later');
    await bot.sees('org/later · pending');
    expect(bot.shown().map(({ text = '' }) => text.split('\n')[0])).toEqual([
      'models.json · imported',
      'org/by-hand · pending',
      'org/later · pending',
    ]);
  });

  it('that was exported and not touched changes nothing, also of sizes that no file had said', async () => {
    await open();
    const id = bot.put('sample/one', 'completed');
    bot.store.models.updateModelDetails(id, { sizeBytes: 551_234_567 });
    const file = await exported();
    expect(file.models).toMatchObject([{ name: 'sample/one', size_estimate: '551MB' }]);
    await send(JSON.stringify(file));
    await bot.sees('models.json · imported\nThere is nothing in it to import.\n1 here already, as the file has it.');
    await send(withModels({ name: 'sample/one', size_estimate: '2GB' }));
    await bot.sees('1 changed: sample/one (size_estimate).');
  });

  it('says more of what somebody has added meanwhile, and leaves a pause to who made it', async () => {
    const quants = ['Q4_K_M', 'Q8_0'].map((label) => ({ path: `m-${label}.gguf`, size: 5000, seed: label }));
    await open({ hub: { repos: [defineRepo({ id: 'org/gguf', files: quants })] } });
    await send(withModels({ name: 'org/gguf', description: 'from a file', tags: ['nlp'] }));
    const card = await bot.sees(/^models\.json · import\?\n1 new model/);
    await bot.say('/add org/gguf:Q4_K_M');
    await bot.sees(/^org\/gguf:Q4_K_M · pending/);
    const [model] = models();
    bot.queue.pause(model?.id ?? 0);
    await bot.press(card, 'Import');
    await bot.sees(/^models\.json · imported/);
    expect(models()).toMatchObject([{ id: model?.id, status: 'paused', description: 'from a file' }]);
    expect(bot.store.models.tagsOf(model?.id ?? 0)).toEqual(['nlp']);
  });

  it('takes the usual quantization where nobody is asked', async () => {
    const quants = ['Q4_K_M', 'Q8_0'].map((label) => ({ path: `m-${label}.gguf`, size: 5000, seed: label }));
    await open({ hub: { repos: [defineRepo({ id: 'org/gguf', files: quants })] } });
    await bringIn(withModels({ name: 'org/gguf' }));
    expect(models().map(({ selection }) => selection)).toEqual(['{"quantize":"Q4_K_M","include":[],"exclude":[]}']);
  });

  it('changes what is here, field by field, and leaves how far it is', async () => {
    await open();
    const id = bot.put('sample/one', 'completed');
    bot.store.models.updateModelDetails(id, { description: 'mine', priority: 'high' });
    bot.store.models.setTags(id, ['old']);
    await send(withModels({ name: 'sample/one', status: 'failed', tags: ['new'], priority: 'low', category: 'LoRA' }));
    const card = await bot.sees(/^models\.json · import\?/);
    expect(card.text).toContain('1 changed: sample/one (priority, category, tags).');
    expect(labels(card)).toEqual(['Import', 'Cancel']);
    await bot.press(card, 'Import');
    await bot.sees('models.json · imported\n1 changed.');
    expect(models()).toMatchObject([{ status: 'completed', description: 'mine', priority: 'low', category: 'LoRA' }]);
    expect(bot.store.models.tagsOf(id)).toEqual(['new']);
  });

  it('does not resume what somebody has paused, nor begin what waits for a person', async () => {
    await open({ concurrency: 2 });
    await bringIn(SEED);
    bot.queue.pause(models()[1]?.id ?? 0);
    const file = await exported();
    const again = file.models.map((model) => ({ ...model, status: 'completed', description: 'said anew' }));
    await send(JSON.stringify({ ...file, models: again }));
    const card = await bot.sees(/^models\.json · import\?\n3 changed/);
    await bot.press(card, 'Import');
    await bot.sees(/^models\.json · imported\n3 changed/);
    expect(models().map(({ status, description }) => [status, description])).toEqual([
      ['pending', 'said anew'],
      ['paused', 'said anew'],
      ['pending', 'said anew'],
    ]);
  });

  it('tapped twice comes once', async () => {
    await open();
    await send(SEED);
    const card = await bot.sees(/^models\.json · import\?/);
    await bot.press(card, 'Import');
    const data = card.reply_markup?.inline_keyboard[0]?.[1]?.callback_data ?? '';
    const pressed = bot.telegram.pressForged(ANN, ANN, card.message_id, data);
    await bot.sees(/^models\.json · imported/);
    await bot.telegram.waitFor(({ answers }) => answers.some(({ callbackQueryId }) => callbackQueryId === pressed));
    expect(bot.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === pressed)?.text).toBe(
      'That was decided already.',
    );
    expect(models().map(({ onDemand }) => onDemand)).toEqual([true, true, true]);
  });

  it('names what it does not take, and sends all of it as a file where it is much', async () => {
    await open();
    const named = Array.from({ length: 12 }, (_, index) => ({ name: `org/--${index}` }));
    await send(JSON.stringify({ models: [{ name: 'gpt2' }, ...named, { tags: [] }] }, null, 1));
    const card = await bot.sees(/^models\.json · import\?/);
    expect(card.text).toContain('13 lines not taken:\nline 6 · org/--0: “org/--0” is not a name the Hub could have.');
    expect(card.text).toContain('and 10 more; a button below sends the list.');
    await bot.press(card, 'All that is not taken');
    const report = await textIn(bot.telegram, bot.shown().at(-1));
    expect(report.trim().split('\n')).toHaveLength(13);
    expect(report).toMatch(/^line \d+: it has no name$/m);
    expect(report).toContain('line 39: org/--11: “org/--11” is not a name the Hub could have.');
  });

  it('says in passing where by now there is nothing that was not taken', async () => {
    await open();
    await send(withModels({ name: 'gpt2' }));
    const card = await bot.sees(/^models\.json · import\?/);
    const pressed = bot.telegram.pressForged(ANN, ANN, card.message_id, 'refusals:1');
    await bot.telegram.waitFor(({ answers }) => answers.some(({ callbackQueryId }) => callbackQueryId === pressed));
    expect(bot.telegram.answers.at(-1)?.text).toBe('By now all of the file was taken.');
    expect(bot.shown().some(({ document }) => document !== undefined)).toBe(false);
  });

  it('tells what the Hub does not have, and tries it again', async () => {
    await open();
    await send(withModels({ name: 'gpt2' }, { name: 'nobody/nothing' }));
    await bot.press(await bot.sees(/^models\.json · import\?/), 'Import');
    const card = await bot.sees(/^models\.json · imported/);
    expect(card.text).toMatch(
      /\n1 new model in this library, waiting for \/download\.\n\n1 could not be had:\nline 1 · nobody\/nothing: /,
    );
    expect(labels(card)).toEqual(['Try again']);
    await bot.press(card, 'Try again');
    await bot.sees(/^models\.json · imported/);
    expect(models().map(({ name }) => name)).toEqual(['gpt2']);
  });

  it.each([
    ['{"models": [\n{"name": "gpt2"},\n]}', 'Line 3 is no JSON: there is a comma too many before “]”.'],
    [Buffer.from([0, 1, 2, 0]), 'This document is no text.'],
    [Buffer.alloc(10_000_001, ' '), 'A list may have 10 MB. This one is 10 MB.'],
  ])('that is none is refused with why', async (data, sentence) => {
    await open();
    await send(data);
    await bot.sees(sentence);
    expect(bot.store.imports.getImport(1)).toBeUndefined();
  });

  it('is read in the letters of Windows too', async () => {
    await open();
    await send(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(SEED, 'utf16le')]));
    await bot.sees(/^models\.json · import\?\n3 new models/);
  });

  it('shows names and reasons as they are, within what Telegram takes', async () => {
    await open();
    const entries = Array.from({ length: 9 }, (_, index) => ({ name: `<b>${'🦙'.repeat(200)}${index}` }));
    const long = Array.from({ length: 9 }, (_, index) => ({ name: `o${index}/${'n'.repeat(90)}` }));
    await send(withModels(...entries, ...long));
    const { text = '', entities = [] } = await bot.sees(/^models\.json · import\?/);
    expect(text.length).toBeLessThan(4096);
    expect(entities.filter(({ type }) => type !== 'bot_command')).toMatchObject([{ type: 'code', offset: 0 }]);
    expect(text).toContain('line 1 · <b>🦙');
  });
});

describe('/import', () => {
  it('is for the document it answers, or stands under', async () => {
    await open();
    const sent = await send('gpt2\nbert-base-uncased\n', { name: 'list.txt', caption: '/import' });
    const first = await bot.sees(/^models\.json · import\?\n2 new models/);
    expect(first.reply_to_message?.message_id).toBe(sent);
    const other = await send('gpt2\n', { name: 'other.txt', caption: 'my list' });
    await bot.say('/import', {}, { replyTo: other });
    await bot.sees(/^models\.json · import\?\n1 new model/);
    expect(bot.store.addRequests.getAddRequest(1)).toBeUndefined();
  });

  it('alone says how', async () => {
    await open();
    expect(await bot.ask('/import')).toMatch(/^Send me a file first/);
  });

  it('is not needed under a models.json that a client calls text', async () => {
    await open();
    await send(SEED, { mime: 'text/plain' });
    await bot.sees(/^models\.json · import\?\n3 new models/);
  });

  it('leaves other documents alone', async () => {
    await open();
    await send(SEED, { name: 'other.json' });
    expect(bot.store.imports.getImport(1)).toBeUndefined();
  });
});

describe('what a file says beside its models', () => {
  it('holds for the machine only when an owner has tapped, and for the library when it comes', async () => {
    await open();
    await send(SEED);
    const card = await bot.sees(/^models\.json · import\?/);
    await bot.press(card, 'Apply the machine’s settings');
    const config = (key: string): string | undefined => bot.store.config.getSystemConfig(key);
    expect([config('max_total_size'), config('auto_cleanup')]).toEqual(['100GB', 'true']);
    const noted = recentActivity(bot.store, 10).filter(({ action }) => action === 'config_set');
    expect(noted.map(({ userId, metadata }) => [userId, metadata])).toEqual(
      expect.arrayContaining([
        [ANN, { key: 'max_total_size', value: '100GB' }],
        [ANN, { key: 'auto_cleanup', value: 'true' }],
      ]),
    );
    await bot.telegram.waitFor(() => {
      const shown = bot.shown().find(({ message_id: id }) => id === card.message_id);
      return shown !== undefined && !labels(shown).includes('Apply the machine’s settings');
    });
    expect(bot.store.chatSettings.listChatSettings(ANN).size).toBe(0);
    await bot.press(card, 'Import');
    const done = await bot.sees(/^models\.json · imported/);
    expect(done.text).not.toContain('Not applied');
    expect(bot.store.chatSettings.listChatSettings(ANN).get('check_frequency')).toBe('weekly');
  });

  it('does not hold by a button that an older message still has, when the import was left', async () => {
    await open();
    await send(SEED);
    const card = await bot.sees(/^models\.json · import\?/);
    await bot.press(card, 'Cancel');
    await bot.sees('models.json · cancelled\nNothing was changed.');
    const pressed = bot.telegram.pressForged(ANN, ANN, card.message_id, 'machine:1');
    await bot.telegram.waitFor(({ answers }) => answers.some(({ callbackQueryId: id }) => id === pressed));
    expect(bot.telegram.answers.at(-1)?.text).toBe('That was decided already.');
    expect(bot.store.config.getSystemConfig('max_total_size')).toBeUndefined();
  });

  it('is listed as not applied where nobody has', async () => {
    await open();
    const done = await bringIn(SEED);
    expect(done.text).toContain(
      'Not applied to the machine: max_total_size 100GB (now none), auto_cleanup true (now false)',
    );
    expect(bot.store.config.getSystemConfig('max_total_size')).toBeUndefined();
  });

  it('is not for a member to decide, and in a group neither for who is no admin of it', async () => {
    await open();
    const group = -1_001_000_000_777;
    bot.store.users.setRole(BOB, 'member');
    bot.telegram.addGroup({ id: group, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    bot.store.chats.upsertChat({ chatId: group, kind: 'supergroup', title: 'Lab' });
    bot.store.chats.setAccess(group, 'approved');
    await send(SEED, { userId: BOB, chatId: group, caption: '/import@hubgram_bot' });
    const card = await bot.sees(/^models\.json · import\?/, group);
    const place = { userId: BOB, chatId: group };
    expect(await bot.press(card, 'Apply the machine’s settings', place)).toContain('Only an owner of this bot');
    await bot.press(card, 'Import', place);
    const done = await bot.sees(/^models\.json · imported/, group);
    expect(done.text).toContain('Not set for this library: check_frequency weekly (now daily)');
    expect(bot.store.chatSettings.listChatSettings(group).size).toBe(0);
  });
});
