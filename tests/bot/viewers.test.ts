import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOOK_ONLY } from '../../src/bot/feature.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_077;
const ALONE = { userId: BOB };
const IN_GROUP = { userId: BOB, chatId: GROUP };

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  const { store, telegram } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
  store.users.setRole(BOB, 'viewer');
  telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(GROUP, 'approved');
});
afterEach(() => bench?.close());

const labelsOf = (message: SimMessage | undefined): readonly string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const letThemLook = (): void => bench.store.chats.setRole(GROUP, 'viewer');

describe('who may only look', () => {
  it('reads beside the settings that they are to be looked at, and of nothing else how it is changed', async () => {
    const [all] = await bench.say('/settings', ALONE);
    expect(all?.text?.split('\n').at(-1)).toBe(LOOK_ONLY);
    await bench.press(all, 'Sound', ALONE);
    const sound = bench.shown(BOB).find(({ message_id: id }) => id === all?.message_id);
    expect(sound?.text).toMatch(/^Sound\nNow: on\n/);
    expect(sound?.text).toContain(LOOK_ONLY);
    expect(sound?.text).not.toContain('/settings');
    expect(labelsOf(sound)).toEqual(['‹ Back']);
    expect(await bench.ask('/timezone', ALONE)).not.toContain('/timezone');
    expect(await bench.ask('/update', ALONE)).toBe('Nothing newer is known.');
    expect(await bench.ask('/export', ALONE)).toBe('This library is empty: there is nothing to export.');
  });

  it('has in /help what they may use, and nothing that would be refused', async () => {
    const [help] = await bench.say('/help', ALONE);
    expect(help?.text).toMatch(/^What you may use here:\n\/search · /);
    const named = [...(help?.text ?? '').matchAll(/\/([a-z]+)/g)].map(([, name]) => name);
    expect(named).toEqual(expect.arrayContaining(['search', 'library', 'queue', 'quota', 'help']));
    for (const name of ['add', 'pause', 'remove', 'keep', 'invite', 'hold']) expect(named).not.toContain(name);
    await bench.press(help, 'Topics', ALONE);
    const now = () => bench.shown(BOB).find(({ message_id: id }) => id === help?.message_id);
    await bench.press(now(), '‹ All commands', ALONE);
    expect(now()?.text).toBe(help?.text);
    const [theirs] = await bench.say('/help', { userId: ANN });
    expect(theirs?.text).toMatch(/^What I understand:\n\/add · /);
  });

  it('sees cards, lists and openers without the buttons that change something, and a member sees all of them', async () => {
    const theirs = bench.put('gpt2', 'pending', BOB);
    bench.put('gpt2', 'pending');
    await bench.say(`/model #${theirs}`, ALONE);
    expect(labelsOf(await bench.sees(/^gpt2 · /, BOB))).toEqual(['Details']);
    await bench.say('/model gpt2');
    expect(labelsOf(await bench.sees(/^gpt2 · /))).toEqual(expect.arrayContaining(['Pause', 'Cancel', 'Details']));
    const [started] = await bench.say('/start', ALONE);
    expect(started?.text).not.toContain('/add');
    expect(started?.reply_markup?.inline_keyboard[0]).toHaveLength(2);
    expect(labelsOf(started)).toEqual(['Library', 'Queue', 'Schedule', 'Settings', 'Status', 'Help']);
    const [queue] = await bench.say('/queue', ALONE);
    expect(labelsOf(queue)).toEqual(['Refresh', `#${theirs}`]);
    const [library] = await bench.say('/library', ALONE);
    expect(labelsOf(library)).toEqual([expect.stringMatching(/^#\d+ gpt2 · /), 'Export']);
    await bench.say(`/model #${theirs}`, ALONE);
    const { message_id: last = 0 } = library ?? {};
    const card = (): SimMessage | undefined => bench.shown(BOB).find(({ message_id: id }) => id > last);
    await bench.telegram.waitFor(() => card() !== undefined);
    await bench.press(card(), 'Details', ALONE);
    const all = bench.shown(BOB).flatMap(labelsOf);
    expect(all).toContain('Show the card here');
    expect(all).not.toContain('Edit');
  });

  it('is told so in one sentence by whatever changes something, and nothing of it comes about', async () => {
    const id = bench.put('gpt2', 'pending', BOB);
    const lines = [
      '/add gpt2',
      '/pause all',
      `/remove #${id}`,
      '/queue smallest',
      '/update all',
      '/first gpt2',
      '/schedule add daily 23:00',
      '/categories add LoRA',
      '/settings sound=off',
      '/timezone Berlin',
    ];
    for (const line of lines) expect([line, await bench.ask(line, ALONE)]).toEqual([line, LOOK_ONLY]);
    // It changes nothing: so it says why.
    expect(await bench.ask('/check gpt2', ALONE)).toMatch(/^A check reads whole models off the disk/);
    expect(bench.store.models.getModel(id)?.status).toBe('pending');
    expect(bench.store.chats.getChat(BOB)?.startOrder).toBe('added');
    expect(bench.store.schedules.listSchedules(BOB)).toEqual([]);
    expect(await bench.ask('/update', ALONE)).not.toContain(LOOK_ONLY);
  });

  it('begins no schedule and changes none, neither alone nor in a group of viewers, but looks at what there is', async () => {
    const [alone] = await bench.say('/schedule', ALONE);
    expect(alone?.text).toMatch(/^No schedule yet/);
    expect(labelsOf(alone)).toEqual([]);
    await bench.say('/schedule add daily 23:00 name=night', { chatId: GROUP });
    const [before] = await bench.say('/schedule', { chatId: GROUP });
    expect(labelsOf(before)).toContain('New schedule');
    letThemLook();
    // Drawn when the group could still change something.
    expect(await bench.press(before, 'New schedule', IN_GROUP)).toBe(LOOK_ONLY);
    const [theirs] = await bench.say('/schedule', IN_GROUP);
    expect(labelsOf(theirs)).toEqual(['night · on']);
    const [one = ''] = labelsOf(theirs);
    await bench.press(theirs, one, IN_GROUP);
    const page = bench.shown(GROUP).find(({ message_id: id }) => id === theirs?.message_id);
    expect(page?.text).toMatch(/^night/);
    expect(labelsOf(page)).toEqual(['‹ Back']);
  });

  it('is offered nothing for a link, a list or a deep link, and told what there is to look at', async () => {
    const link = Buffer.from('gpt2').toString('base64url');
    for (const line of ['https://huggingface.co/gpt2', 'gpt2\nsample/tiny-llama', 'hello']) {
      expect(await bench.ask(line, ALONE)).toBe(`${LOOK_ONLY}\nTry /library, /queue or /search; /help lists the rest.`);
    }
    expect(await bench.ask(`/start add_${link}`, ALONE)).toMatch(/^I keep/);
    letThemLook();
    expect(await bench.ask('https://huggingface.co/gpt2', IN_GROUP)).toBe('');
  });

  it('is told so where a command stands under a document', async () => {
    letThemLook();
    const { telegram, store } = bench;
    telegram.sendDocument(BOB, GROUP, { name: 'models.json', data: '{}', caption: '/import' });
    expect((await bench.sees(LOOK_ONLY, GROUP)).text).toBe(LOOK_ONLY);
    expect(store.imports.getImport(1)).toBeUndefined();
  });

  it('cannot use a list that was drawn while they were a member', async () => {
    const { store } = bench;
    store.users.setRole(BOB, 'member');
    const id = bench.put('gpt2', 'pending', BOB);
    bench.put('sample/tiny-llama', 'pending', BOB);
    const [order] = await bench.say('/queue', ALONE);
    await bench.press(order, 'Change the order', ALONE);
    const [queue] = await bench.say('/queue', ALONE);
    const [schedule] = await bench.say('/schedule add daily 23:00', ALONE);
    store.users.setRole(BOB, 'viewer');
    expect(await bench.press(queue, 'Pause all', ALONE)).not.toMatch(/paused/);
    expect(store.models.getModel(id)?.status).toBe('pending');
    expect(await bench.press(order, 'Smallest first', ALONE)).toBe(LOOK_ONLY);
    expect(store.chats.getChat(BOB)?.startOrder).toBe('added');
    expect(await bench.press(schedule, 'Switch off', ALONE)).toBe(LOOK_ONLY);
    expect(store.schedules.listSchedules(BOB)).toMatchObject([{ enabled: true }]);
  });

  it('is told so by /settings too, and of no group where there is none', async () => {
    expect(await bench.ask('/settings start=now', ALONE)).toBe(LOOK_ONLY);
  });

  it('is asked no more by a dialogue that began before', async () => {
    const { store } = bench;
    store.users.setRole(BOB, 'member');
    await bench.say('/add', ALONE);
    store.users.setRole(BOB, 'viewer');
    expect(await bench.ask('gpt2', ALONE)).toBe(LOOK_ONLY);
    expect(store.quotas.nthNewestAddOf(BOB, 1)).toBeUndefined();
    store.users.setRole(BOB, 'member');
    expect(await bench.ask('gpt2', ALONE)).toMatch(/^Write \/add/);
  });

  it('may be told of the end of a download', async () => {
    letThemLook();
    const { id } = bench.store.models.createModel({ chatId: GROUP, name: 'gpt2', requestedBy: ANN, sizeBytes: 5 });
    await bench.say(`/model #${id}`, IN_GROUP);
    const card = await bench.sees(/^gpt2 · /, GROUP);
    expect(labelsOf(card)).toEqual(['Details', 'Tell me too']);
    await bench.press(card, 'Tell me too', IN_GROUP);
    expect(bench.store.followers.followersOf(id)).toEqual([BOB]);
    expect(await bench.ask('/pause all', { userId: ANN, chatId: GROUP })).toMatch(/paused/);
  });
});
