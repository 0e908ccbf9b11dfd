import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { overviewText } from '../../src/bot/storage/text.ts';
import { diskBar } from '../../src/bot/ui/storage/disk-bar.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -4001;
const HELD = 2 ** 20;
const REPO = defineRepo({
  id: 'org/held',
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: 2_000_000, seed: 'held' },
  ],
});

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  const { store, telegram } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob <b>' });
  telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(GROUP, 'approved');
});
afterEach(() => bench?.close());

const shownNow = (id = 0, chatId = ANN) => bench.shown(chatId).find(({ message_id: one }) => one === id);
const labels = (id = 0, chatId = ANN): string[] =>
  shownNow(id, chatId)
    ?.reply_markup?.inline_keyboard.flat()
    .map(({ text }) => text) ?? [];

/** The lines of a text, with the sizes of this machine's disk left out. */
const said = (text = ''): string =>
  text.replace(/^[█▓░▁]+$/m, 'BAR').replace(/, [\d.]+ .?B other files, [\d.]+ .?B free of [\d.]+ .?B\./, ', DISK.');

describe('/storage', () => {
  it('tells an owner alone what takes room in all chats, and its buttons tell more', async () => {
    bench.put('org/large', 'completed');
    bench.put('org/both', 'completed');
    bench.put('org/both', 'completed', BOB);
    const [message] = await bench.say('/storage');
    expect(said(message?.text)).toBe(
      [
        'Storage',
        'BAR',
        '0 B models, DISK.',
        '2 different models in 2 chats: 10 B; 5 B of it in more than one chat, and once on the disk.',
      ].join('\n'),
    );
    const id = message?.message_id;
    expect(labels(id)).toEqual(['Models · 2', 'Chats · 2', 'What could go', 'Picture', 'Look again']);
    const before = shownNow(id)?.text;
    const told = await bench.press(message, 'Look again');
    // Other programs write to the disk of the tests too.
    expect(told).toBe(shownNow(id)?.text === before ? 'Looked again: nothing new.' : undefined);
    await bench.press(message, 'Models · 2');
    expect(shownNow(id)?.text).toBe('Models, the largest first\n5 B · #1 org/large\n5 B · #2 org/both · in 2 chats');
    await bench.press(shownNow(id), '‹ Storage');
    await bench.press(shownNow(id), 'Chats · 2');
    expect(shownNow(id)?.text).toBe(
      [
        'Chats, by what they have',
        '10 B · Ann · 2 models · 5 B of it others have too',
        '5 B · Bob <b> · 1 model · 5 B of it others have too',
      ].join('\n'),
    );
  });

  it('says why the models are more than the disk holds of them', () => {
    const told = (modelBytes: number): string => {
      const report = {
        lookedAt: 0,
        totalBytes: 1e9,
        freeBytes: 5e8,
        cacheBytes: modelBytes,
        modelBytes,
        partials: [],
        unowned: [],
      };
      const sum = { copies: 2, sizeBytes: 100, sharedBytes: 0 };
      const view = { report, floorBytes: 0, limit: undefined, sum, removedBytes: 0, chats: 1 };
      return overviewText({ ...view, partials: { bytes: 0, folders: 0 } }, 'all').text;
    };
    const sentence = 'Files that several of them have lie on the disk once.';
    expect(told(99)).toMatch(new RegExp(`2 models in 1 chat: 100 B\\.\n${sentence}$`));
    expect(told(100)).not.toContain(sentence);
  });

  it('answers at once where thousands of repositories are to be looked through, and tells of the disk in the same message', async () => {
    for (let at = 0; at < 201; at += 1) bench.put(`org/m${at}`, 'completed');
    const saidOf = (id = 0): string[] => shownNow(id)?.history.map(({ text }) => said(text)) ?? [];
    const looking = 'The disk is still being looked through. “Look again” tells the rest in a moment.';
    const whole = 'Storage\nBAR\n0 B models, DISK.\n201 models in 1 chat: 1 kB.';
    // What is asked next does not wait for the disk.
    const { promise: walked, resolve: letWalk } = Promise.withResolvers<void>();
    vi.spyOn(bench.store.storage, 'repoSums').mockImplementation(async () => (await walked, []));
    const [first] = await bench.say('/storage');
    expect(await bench.ask('/queue')).toContain('waits');
    expect(saidOf(first?.message_id)).toHaveLength(1);
    letWalk();
    await bench.telegram.waitFor(() => saidOf(first?.message_id).length > 1);
    expect(saidOf(first?.message_id)).toEqual([`Storage\n${looking}\n201 models in 1 chat: 1 kB.`, whole]);
    // Now it is known.
    const [again] = await bench.say('/storage');
    expect(saidOf(again?.message_id)).toEqual([whole]);
  });

  it('tells others of their own chat only, and a group of none but its own, whoever asks', async () => {
    bench.put('org/secret', 'completed');
    bench.put('org/mine', 'completed', BOB);
    for (const place of [{ userId: BOB }, { chatId: GROUP }]) {
      const chatId = place.chatId ?? BOB;
      const [message] = await bench.say(place.chatId === undefined ? '/storage' : '/storage@hubgram_bot', place);
      const id = message?.message_id;
      expect(said(message?.text)).toMatch(
        chatId === BOB ? /1 model in this chat: 5 B\.$/ : /No model of this chat is here completely yet\.$/,
      );
      for (const part of ['c', 'u', 'm', 'p']) {
        bench.telegram.pressForged(place.userId ?? ANN, chatId, id ?? 0, `storage:${part}`);
        await bench.say('/help', place);
        expect(shownNow(id, chatId)?.text).not.toMatch(/secret|Ann|library/);
      }
    }
  });

  it('goes page by page, and says what it does not know', async () => {
    for (let at = 0; at < 12; at += 1) bench.put(`org/m${at}`, 'completed');
    const [message] = await bench.say('/storage');
    const id = message?.message_id;
    await bench.press(message, 'Models · 12');
    expect(labels(id)).toEqual(['Smaller ›', '‹ Storage']);
    await bench.press(shownNow(id), 'Smaller ›');
    expect(shownNow(id)?.text?.split('\n')).toHaveLength(3);
    expect(shownNow(id)?.text).toMatch(/^Models, the largest first · page 2 of 2\n/);
    expect(labels(id)).toEqual(['‹ Larger', '‹ Storage']);
    expect(await bench.ask('/storage everything')).toMatch(
      /^“everything” is nothing that .*\. Write \/storage, \/storage picture, or the name of a machine/,
    );
  });

  it('tells what could go, with a button that asks before it removes', async () => {
    await bench.close();
    const clock = createRunningClock();
    bench = await openBot({ concurrency: 1, hub: { repos: [REPO] }, clock });
    await bench.say('/add org/held');
    await bench.sees('verified and ready');
    const before = (await bench.say('/storage')).find(({ text }) => text?.startsWith('Storage'));
    await bench.press(before, 'What could go');
    expect(shownNow(before?.message_id)?.text).toMatch(/^Nothing that I have fetched was left unused/);
    clock.pass(41 * 86_400_000);
    const message = (await bench.say('/storage')).find(({ text }) => text?.startsWith('Storage'));
    const id = message?.message_id;
    await bench.press(message, 'What could go');
    expect(shownNow(id)?.text).toBe(
      [
        'What could go',
        'What frees most and was unused for longest comes first. Nothing goes unless you say so.',
        '2 MB · #1 org/held · added or kept 41 days ago',
      ].join('\n'),
    );
    await bench.press(shownNow(id), 'Remove org/held');
    expect(bench.shown().at(-1)?.text).toMatch(/^Remove org\/held\? Its entry only, or the files too\?/);
    expect(bench.store.models.listModels(ANN, {})).toHaveLength(1);
  });

  it('tells what has come in part by what it waits for', async () => {
    await bench.close();
    bench = await openBot({ concurrency: 1, hub: { repos: [REPO] } });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'org/held/model', bytes: HELD });
    await bench.say('/add org/held');
    await bench.sees(/^org\/held · downloading/);
    const [{ id: number } = { id: 0 }] = bench.store.models.listModels(ANN, {});
    await expect.poll(() => bench.queue.snapshot(number)?.bytesReady).toBeGreaterThan(HELD);
    await bench.say('/pause all');
    letGo();
    await expect.poll(() => bench.queue.snapshot(number)).toBeUndefined();
    const [message] = await bench.say('/storage');
    expect(message?.text).toMatch(/\n1\.\d+ MB have come in part, of 1 repository\.$/);
    await bench.press(message, 'Come in part');
    expect(shownNow(message?.message_id)?.text).toMatch(/^Come in part\n1\.\d+ MB · #1 org\/held: paused$/);
  });
});

describe('the bar', () => {
  it.each([
    [{ cacheBytes: 1, otherBytes: 1e12, freeBytes: 1e12, floorBytes: 2e9 }, '█▓▓▓▓▓▓▓░░░░░░░░░▁'],
    [{ cacheBytes: 0, otherBytes: 0, freeBytes: 10, floorBytes: 10 }, '▁'.repeat(18)],
    [{ cacheBytes: 10, otherBytes: 0, freeBytes: 0, floorBytes: 0 }, '█'.repeat(18)],
  ])('has a cell for whatever is there at all, and always as many in all: %j', (parts, drawn) => {
    expect(diskBar(parts)).toBe(drawn);
  });
});
