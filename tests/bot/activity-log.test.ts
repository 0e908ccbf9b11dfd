import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aboutModel, inLog, ITSELF } from '../../src/domain/activity/activity.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';
import type { Activity } from '../../src/store/people/activity-log.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { createTestClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const LAB = -1_002_000_000_009;
const BOT_TOKEN = '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-';
const HUB_TOKEN = 'hf_abcdefghijklmnopqrstuvwxyzABCDEFGH';

const TINY = defineRepo({ id: 'org/tiny', files: [{ path: 'config.json', content: '{}' }] });

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  bench.telegram.addGroup({ id: LAB, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  bench.store.chats.upsertChat({ chatId: LAB, kind: 'supergroup', title: 'Lab' });
  bench.store.chats.setAccess(LAB, 'approved');
});
afterEach(() => bench?.close());

/** Oldest first, without what the clock and the database say. */
const lines = (): Partial<Activity>[] =>
  recentActivity(bench.store, 100)
    .toReversed()
    .map(({ userId, chatId, action, result, metadata }) => ({ userId, chatId, action, result, metadata }));

describe('what people do', () => {
  it('is written down: who, where, by what, as it was written', async () => {
    await bench.say('/add gpt2 later');
    await bench.say('/LIST', { chatId: LAB, userId: BOB });
    expect(lines()).toEqual([
      { userId: ANN, chatId: ANN, action: 'add', result: 'done', metadata: { by: 'command', said: 'gpt2 later' } },
      { userId: BOB, chatId: LAB, action: 'library', result: 'done', metadata: { by: 'command' } },
    ]);
  });

  it('names the model by the name it had, also when it is gone', async () => {
    const id = bench.put('org/name', 'paused');
    const [question] = await bench.say('/remove name');
    await bench.press(question, 'Yes, remove');
    const model = { id, name: 'org/name' };
    expect(bench.store.models.getModel(id)).toBeUndefined();
    expect(lines()).toMatchObject([
      { action: 'remove', metadata: { by: 'command', said: 'name', model } },
      { action: 'erase', metadata: { by: 'button', model } },
    ]);
  });

  it('says of a talk that did not begin that it failed, and of what came back what it was', async () => {
    const id = bench.put('org/name', 'paused');
    await bench.say(`/try #${id} Hello`);
    await bench.press((await bench.say(`/remove #${id}`))[0], 'Yes, remove');
    await bench.say('/undo');
    const model = { id, name: 'org/name' };
    expect(lines().filter(({ action }) => action === 'try' || action === 'undo')).toMatchObject([
      { action: 'try', result: 'failed', metadata: { model } },
      { action: 'undo', result: 'done', metadata: { model } },
    ]);
  });

  it('says of a button that stands for one of many which one it was', async () => {
    const [all] = await bench.say('/settings');
    await bench.press(all, 'Start');
    const question = bench.shown().at(-1);
    await bench.press(question, 'at once');
    expect(lines()).toMatchObject([
      { action: 'settings', metadata: { by: 'command' } },
      { action: 'setting', result: 'done', metadata: { by: 'button', said: 'start:now' } },
    ]);
  });

  it('is refused where they may not, which is said once a minute however often they try', async () => {
    await bench.say('/hold', { chatId: LAB, userId: BOB });
    await bench.say('/hold', { chatId: LAB, userId: BOB });
    await bench.say('/settings start=now', { chatId: LAB, userId: BOB });
    expect(lines()).toMatchObject([
      { userId: BOB, chatId: LAB, action: 'hold', result: 'refused' },
      { userId: BOB, chatId: LAB, action: 'settings', result: 'refused', metadata: { said: 'start=now' } },
    ]);
  });

  it('fails with the kind of the failure', async () => {
    await bench.say('/settings start=never');
    await bench.say('/remove nothing');
    expect(lines()).toMatchObject([
      { action: 'settings', result: 'failed', metadata: { error: 'validation' } },
      { action: 'remove', result: 'failed', metadata: { error: 'not_found' } },
    ]);
  });

  it('is one line where the deed has a line of its own', async () => {
    await bench.say('/hold');
    expect(lines()).toMatchObject([{ userId: ANN, action: 'downloads_hold', result: 'done' }]);
  });

  it('is noted of a menu where a button changes something, and of a dialogue, a document and what is typed in any chat', async () => {
    bench.put('gpt2', 'failed');
    const [queue] = await bench.say('/queue');
    await bench.press(queue, 'Retry failed');
    await bench.say('https://huggingface.co/openai-community/gpt2');
    expect(lines()).toMatchObject([
      { action: 'queue', metadata: { by: 'command' } },
      { action: 'queue', metadata: { by: 'menu', said: 'Retry failed' } },
      { action: 'add', metadata: { by: 'message', said: 'https://huggingface.co/openai-community/gpt2' } },
    ]);
  });

  it('is not noted of what people of a group say to each other', async () => {
    await bench.say('See you at eight', { chatId: LAB, userId: BOB });
    await bench.say('/unheardof', { chatId: LAB, userId: BOB });
    expect(lines()).toEqual([]);
  });

  it('holds no secret that somebody wrote', async () => {
    await bench.say(`/add ${HUB_TOKEN}`);
    await bench.say(`/remove ${BOT_TOKEN}`);
    await bench.say('/start claim_Secret-Code_0123456789');
    await bench.say('/files https://cdn.example/file?Expires=1&X-Amz-Signature=abcdef&key=hunter2');
    await bench.say(`/library ${'x'.repeat(250)}${HUB_TOKEN}`);
    const all = JSON.stringify(lines());
    for (const secret of [HUB_TOKEN, HUB_TOKEN.slice(3, 20), BOT_TOKEN.slice(11), 'Secret', 'abcdef', 'hunter2'])
      expect(all).not.toContain(secret);
    expect(lines().map(({ action }) => action)).toEqual(['token', 'remove', 'start', 'files', 'library']);
  });
});

describe('looks', () => {
  it('are noted once a minute for each person, chat and list, deeds each time', async () => {
    const clock = createTestClock();
    await bench.close();
    bench = await openBot({ concurrency: 0, clock });
    await bench.say('/library');
    await bench.say('/library');
    await bench.say('/categories add LoRA');
    await bench.say('/categories remove LoRA');
    clock.pass(60_000);
    await bench.say('/library');
    expect(lines().map(({ action }) => action)).toEqual(['library', 'categories', 'categories', 'library']);
  });
});

describe('what the program does by itself', () => {
  it('is noted of downloads, by nobody', async () => {
    await bench.close();
    bench = await openBot({ hub: { repos: [TINY] } });
    await bench.say('/add org/tiny');
    await bench.sees(/org\/tiny · completed/);
    const { id } = bench.store.models.listModels(ANN)[0] ?? { id: 0 };
    const model = { id, name: 'org/tiny' };
    expect(lines()).toMatchObject([
      { userId: ANN, action: 'add' },
      { userId: ITSELF, chatId: ANN, action: 'download_started', metadata: { model } },
      { userId: ITSELF, chatId: ANN, action: 'download_completed', result: 'done', metadata: { model } },
    ]);
  });
});

describe('a model in the log', () => {
  it('is told apart from others of its repository', () => {
    const { id } = bench.store.models.createModel({
      chatId: ANN,
      name: 'org/name-GGUF',
      selection: selectionKey({ quantize: 'Q4_K_M', include: [], exclude: [] }),
    });
    const model = bench.store.models.getModel(id);
    expect(model && aboutModel(model)).toEqual({ model: { id, name: 'org/name-GGUF:Q4_K_M' } });
  });
});

describe('a text in the log', () => {
  it('is cut behind what was made unreadable, never within a secret', () => {
    const kept = inLog(`${'x'.repeat(190)} ${HUB_TOKEN}`);
    expect(kept.length).toBeLessThanOrEqual(200);
    expect(kept).not.toContain('hf_');
  });
});
