import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

let bench: BotBench;
let group: number;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  const { telegram, store } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  group = telegram.addGroup({ title: 'Lab', type: 'supergroup', members: [ANN, BOB] }).id;
  store.chats.upsertChat({ chatId: group, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(group, 'approved');
});
afterEach(() => bench?.close());

const now = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);
const ofBob = { userId: BOB, chatId: BOB };

describe('/quota', () => {
  it('shows what one has and may have, with a bar for what has a limit', async () => {
    const { store } = bench;
    for (const name of ['a/a', 'b/b', 'c/c'])
      store.models.createModel({ chatId: BOB, name, requestedBy: BOB, sizeBytes: 5 });
    bench.settings.setSystem('models_per_person', '4');
    bench.settings.setSystem('bytes_per_person', '10GB');
    bench.settings.setSystem('adds_per_hour', '5000');
    expect((await bench.ask('/quota', ofBob)).split('\n')).toEqual([
      'What you may have',
      'Models · 3 of 4',
      '██████████░░░░ 75 %',
      'On disk · 0 B of 10 GB',
      '░░░░░░░░░░░░░░ 0 %',
      'Downloads at once · 0, no limit',
      'Added within an hour · 0 of 5,000',
      '░░░░░░░░░░░░░░ 0 %',
      'An owner of this bot can allow more.',
    ]);
    expect((await bench.ask('/quota')).split('\n')).toEqual([
      'What you may have',
      'Models · 0, no limit',
      'On disk · 0 B, no limit',
      'Downloads at once · 0, no limit',
      'Added within an hour · 0, no limit',
    ]);
  });

  it('shows in a group what that may have, and of nobody what they have elsewhere', async () => {
    const { store } = bench;
    store.models.createModel({ chatId: BOB, name: 'a/a', requestedBy: BOB });
    store.models.createModel({ chatId: group, name: 'b/b', requestedBy: ANN });
    const said = await bench.ask('/quota@hubgram_bot', { userId: BOB, chatId: group });
    expect(said.split('\n').slice(0, 2)).toEqual(['What this group may have', 'Models · 1, no limit']);
    expect(said).not.toContain('Bob');
  });

  it('lets an owner say what somebody may have, and take it back', async () => {
    const { quotas } = bench;
    const said = await bench.ask('/quota @bob models=50 bytes=500GB running=2 adds=none');
    expect(said.split('\n')).toEqual([
      'What Bob (@bob) may have',
      'Models · 0 of 50 · set by an owner',
      '░░░░░░░░░░░░░░ 0 %',
      'On disk · 0 B of 500 GB · set by an owner',
      '░░░░░░░░░░░░░░ 0 %',
      'Downloads at once · 0 of 2 · set by an owner',
      '░░░░░░░░░░░░░░ 0 %',
      'Added within an hour · 0, no limit · set by an owner',
      `By one line: /quota ${BOB} models=50 bytes=500GB running=2 adds=100`,
      'none lifts a limit, default takes back what was said.',
    ]);
    expect(quotas.viewOf(BOB).words).toEqual({ models: 50, bytes: 5e11, running: 2, adds_per_hour: null });
    await bench.ask(`/quota ${group} models=7`);
    expect(quotas.viewOf(group).words).toEqual({ models: 7 });
    await bench.ask('/quota bob models=default bytes=default running=default adds=default');
    expect(quotas.viewOf(BOB).words).toEqual({});
  });

  it('offers buttons: what is chosen counts, and is marked', async () => {
    const { quotas } = bench;
    const [page] = await bench.say('/quota Lab');
    await bench.press(page, 'Models');
    expect(now(page)?.text).toMatch(/^Lab · Models\nNow: no limit, as usual\. Used: 0\./);
    await bench.press(now(page), '50');
    expect(quotas.viewOf(group).words).toEqual({ models: 50 });
    expect(now(page)?.text).toMatch(/^Lab · Models\nNow: 50, set by an owner/);
    const labels = now(page)
      ?.reply_markup?.inline_keyboard.flat()
      .map(({ text }) => text);
    expect(labels).toEqual(['0', '10', '✓ 50', '200', 'No limit', 'As usual', '‹ Back']);
    await bench.press(now(page), 'As usual');
    expect(quotas.viewOf(group).words).toEqual({});
    await bench.press(now(page), '‹ Back');
    expect(now(page)?.text).toMatch(/^What Lab may have\n/);
  });

  it('asks which one where several are called so', async () => {
    const { store } = bench;
    store.users.upsertUser({ userId: 77, firstName: 'Bob Two', username: null });
    const [question] = await bench.say('/quota bo models=5');
    expect(question?.text).toBe('Whom do you mean?');
    expect(bench.quotas.viewOf(BOB).words).toEqual({});
    await bench.press(question, 'Bob Two');
    expect(now(question)?.text).toMatch(/^What Bob Two may have\n/);
    expect(await bench.ask('/quota Bob')).toMatch(/^What Bob \(@bob\) may have\n/);
  });

  it('is for owners alone where it is about others, and not where others read it', async () => {
    expect(await bench.ask(`/quota ${ANN}`, ofBob)).toBe('Only the owner of this bot can say what others may have.');
    expect(await bench.ask('/quota models=5000', ofBob)).toBe(
      'Only the owner of this bot can say what others may have.',
    );
    expect(await bench.ask('/quota@hubgram_bot bob models=5', { userId: ANN, chatId: group })).toBe(
      'What one person or group may have is said in our own chat only.',
    );
    expect(bench.quotas.viewOf(BOB).words).toEqual({});
  });

  it.each([
    ['bob models=many', 'models= takes a whole number from 0, none for as much as there is, or default.'],
    ['bob bytes=-1', 'bytes= takes a size such as 500GB, none for as much as there is, or default.'],
    ['bob disk=5', /^There is no option “disk”/],
    ['nobody', /^I know nobody called “nobody”/],
    ['models=5', /^Nothing was changed/],
  ])('refuses what it cannot read: %s', async (line, refusal) => {
    expect(await bench.ask(`/quota ${line}`)).toMatch(
      typeof refusal === 'string' ? new RegExp(`^${refusal}$`) : refusal,
    );
    expect(bench.quotas.viewOf(BOB).words).toEqual({});
  });
});

describe('what is too much', () => {
  it('of a list is left out by name, and what fits before it is looked up', async () => {
    bench.settings.setSystem('models_per_person', '2');
    expect(await bench.ask('/add a/a b/b c/c d/d', ofBob)).toMatch(
      /^Not added: c\/c, d\/d\. You have 0 models, 2 more are being looked up, and may have 2: this would be one more\./,
    );
    expect(bench.store.addRequests.getAddRequest(1)?.ref).toBe('a/a');
    expect(bench.store.addRequests.getAddRequest(2)?.ref).toBe('b/b');
    expect(bench.store.addRequests.getAddRequest(3)).toBeUndefined();
    expect(bench.refusals.counts().quota).toBe(2);
    expect(recentActivity(bench.store, 50).filter(({ action }) => action === 'quota_refused')).toMatchObject([
      { userId: BOB, chatId: BOB, result: 'refused' },
    ]);
  });

  it('is said where only one was asked for', async () => {
    bench.settings.setSystem('adds_per_hour', '1');
    await bench.say('/add a/a', ofBob);
    // What became of the first is told in its own time, before the answer or after it.
    expect(await bench.ask('/add b/b', ofBob)).toMatch(/^You have added 1 within an hour, and may not add more\./m);
  });

  it('is waited for on the card, which says how much there may be', async () => {
    bench.settings.setSystem('bytes_per_person', '1kB');
    const about = { commitSha: 'a'.repeat(40), files: [], requestedBy: BOB };
    bench.store.models.createModel({ chatId: BOB, name: 'big/one', sizeBytes: 5000, ...about });
    bench.queue.wake();
    await bench.say('/model big/one', ofBob);
    const card = await bench.sees(/^big\/one · pending/, BOB);
    expect(card.text).toContain(
      'It would take 5 kB. You may have 1 kB in all, and 0 B are taken. It starts by itself when enough was removed,',
    );
    expect(await bench.ask('/queue', ofBob)).toContain('waits: over the quota');
  });

  it('is a model that was removed, when there may be no more of them', async () => {
    bench.settings.setSystem('models_per_person', '1');
    const one = bench.store.models.createModel({ chatId: BOB, name: 'a/a', requestedBy: BOB });
    bench.queue.remove(one.id, { taking: 'nothing', freedBytes: 0 });
    bench.store.models.createModel({ chatId: BOB, name: 'b/b', requestedBy: BOB });
    expect(await bench.ask('/undo', ofBob)).toMatch(/^You have 1 model and may have 1/);
    expect(bench.store.removedModels.keptIn(BOB)).toEqual([one.id]);
  });
});

describe('who sends more than is heard', () => {
  it('is told once in the chat, and its taps are answered; others there are heard', async () => {
    bench.settings.setSystem('updates_per_minute', '20');
    const alone = { userId: BOB, chatId: group };
    const [menu] = await bench.say('/help@hubgram_bot', alone);
    // All at once: on a slow machine he would be heard again meanwhile.
    for (let said = 1; said <= 20; said += 1) bench.telegram.say(BOB, group, '/quota@hubgram_bot');
    const told = await bench.sees(/^That was more than 20 messages and taps within a minute\./, group);
    expect(told.reply_to_message?.text).toBe('/quota@hubgram_bot');
    await bench.say('/quota@hubgram_bot', alone);
    await bench.say('/start@hubgram_bot', { userId: ANN, chatId: group });
    await bench.sees(/^I keep this machine stocked/, group);
    const before = bench.telegram.answers.length;
    await bench.press(menu, 'Topics', alone);
    await bench.telegram.waitFor(({ answers }) => answers.length > before);
    expect(bench.telegram.answers.at(-1)?.text).toBeUndefined();
    const all = bench.shown(group).filter(({ text = '' }) => text.startsWith('That was more than'));
    expect(all).toHaveLength(1);
    expect(recentActivity(bench.store, 50).filter(({ action }) => action === 'too_fast')).toMatchObject([
      { userId: BOB, chatId: group, result: 'refused' },
    ]);
    expect(bench.refusals.counts().too_fast).toBe(3);
  });
});
