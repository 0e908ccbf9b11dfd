import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_001;

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot();
});
afterEach(() => bench?.close());

describe('whoever waits for an answer', () => {
  it('hears once an hour that there is none yet, whatever they write', async () => {
    const clock = createTestClock(Date.UTC(2026, 10, 29, 12));
    await bench.close();
    bench = await openBot({ clock });
    const start = (): Promise<string> => bench.ask('/start', { userId: BOB });
    expect(await start()).toMatch(/I asked its owner/);
    expect(await start()).toBe('');
    clock.pass(3_600_000);
    expect(await bench.ask('/add gpt2', { userId: BOB })).toMatch(
      /^I asked the owner of this bot to let you in, and they have not answered yet; .* What is written until then is not taken up\.$/,
    );
    expect(await start()).toBe('');
    expect(await bench.ask('hello?', { userId: BOB })).toBe('');
  });
});

const refuseBob = async (): Promise<void> => {
  await bench.say('/start', { userId: BOB });
  const request = await bench.sees(/Bob.*asks to use/);
  await bench.press(request, 'Deny');
  await bench.press(await bench.sees('Keep Bob out?'), 'Yes, keep out');
};

const heardBy = (id: number): string[] => bench.shown(id).map(({ text = '' }) => text);

describe('Deny', () => {
  it('asks first, and Back leads to the request as it was', async () => {
    await bench.say('/start', { userId: BOB });
    const request = await bench.sees(/Bob.*asks to use/);
    await bench.press(request, 'Deny');
    const question = await bench.sees('Keep Bob out?');
    expect(question.message_id).toBe(request.message_id);
    expect(bench.store.users.getUser(BOB)?.role).toBe('pending');
    await bench.press(question, '‹ Back');
    await bench.press(await bench.sees(/Bob.*asks to use/), 'Approve');
    await bench.sees('Bob may use hubgram now');
    expect(bench.store.users.getUser(BOB)?.role).toBe('member');
  });

  it('tells the person once, politely, and nothing they write later', async () => {
    await refuseBob();
    await bench.sees('has not let you in', BOB);
    const before = heardBy(BOB);
    for (const text of ['/start', 'please', '/add gpt2']) expect(await bench.say(text, { userId: BOB })).toEqual([]);
    expect(heardBy(BOB)).toEqual(before);
    expect(before.filter((text) => text.includes('has not let you in'))).toHaveLength(1);
  });

  it('is undone by the button under its answer, later too', async () => {
    await refuseBob();
    await bench.sees('has not let you in', BOB);
    await bench.say('/queue');
    await bench.press(await bench.sees('Bob may not use hubgram'), 'Let them in after all');
    await bench.sees('Bob may use hubgram now');
    await bench.sees('let you in. Try', BOB);
    expect(await bench.ask('/queue', { userId: BOB })).toMatch(/Nothing is downloading/);
  });

  it('is not undone by an old Approve, which then shows what was decided', async () => {
    await refuseBob();
    const answer = await bench.sees('Bob may not use hubgram');
    bench.telegram.pressForged(ANN, ANN, answer.message_id, `approve:${BOB}`);
    await bench.telegram.waitFor(({ answers }) => answers.some(({ text }) => text === 'That was decided already.'));
    expect(bench.store.users.getUser(BOB)?.role).toBe('denied');
    expect((await bench.sees('Bob may not use hubgram')).reply_markup?.inline_keyboard.flat()).toHaveLength(1);
  });

  it.each(['refuse', 'unsure', 'admit'])('cannot be pressed by others: %s', async (step) => {
    await refuseBob();
    const id = bench.telegram.pressForged(BOB, BOB, bench.shown(BOB)[0]?.message_id ?? 0, `${step}:${BOB}`);
    const { text } = await bench.telegram.waitFor(({ answers }) =>
      answers.find(({ callbackQueryId }) => callbackQueryId === id),
    );
    expect(text).toMatch(/not yours/);
    expect(bench.store.users.getUser(BOB)?.role).toBe('denied');
  });

  it('of a group is told there once, and undone in the same way', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [BOB], type: 'supergroup' });
    const place = { userId: BOB, chatId: GROUP };
    await bench.say('/start', place);
    await bench.press(await bench.sees(/Lab.*asks to use/), 'Deny');
    await bench.press(await bench.sees('Keep Lab out?'), 'Yes, keep out');
    await bench.sees('has not let this group in', GROUP);
    expect(await bench.say('/queue', place)).toEqual([]);
    await bench.press(await bench.sees('Lab may not use hubgram'), 'Let them in after all');
    await bench.sees('let this group in. Try', GROUP);
    expect(await bench.ask('/queue', place)).toMatch(/Nothing is downloading/);
  });
});

describe('a group that waits to be let in', () => {
  beforeEach(() => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  });

  it('is let in by the owner’s own /start', async () => {
    const place = { chatId: GROUP };
    expect(await bench.ask('/queue', place)).toMatch(/You own this bot: \/start lets it in/);
    expect(await bench.ask('/start', place)).toMatch(/This group may use hubgram now/);
    expect(await bench.ask('/queue', { userId: BOB, chatId: GROUP })).toMatch(/Nothing is downloading/);
    expect(heardBy(ANN)).toEqual([]);
  });

  it('is not let in by anybody else’s', async () => {
    expect(await bench.ask('/start', { userId: BOB, chatId: GROUP })).toMatch(/I asked its owner/);
    expect(bench.store.chats.getChat(GROUP)?.access).toBe('pending');
  });

  it('the request about it shows that it is decided', async () => {
    await bench.say('/start', { userId: BOB, chatId: GROUP });
    const request = await bench.sees(/Lab.*asks to use/);
    await bench.say('/start', { chatId: GROUP });
    expect(await bench.press(request, 'Approve')).toBe('That was decided already.');
    await bench.sees('Lab may use hubgram now');
  });
});

it('somebody who was refused is no reason to ask about a group that is in', async () => {
  await refuseBob();
  bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  await bench.say('/start', { chatId: GROUP });
  expect(await bench.say('/queue', { userId: BOB, chatId: GROUP })).toEqual([]);
  expect(heardBy(ANN).filter((text) => text.includes('Lab'))).toEqual([]);
});

describe('several who ask', () => {
  it('are one message; a tap on one leads to their request, and from its answer to the others', async () => {
    bench.telegram.addUser({ id: 1003, firstName: 'Carol', started: true });
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    await bench.say('/start', { userId: BOB });
    await bench.say('/start', { userId: 1003 });
    await bench.say('/start', { userId: BOB, chatId: GROUP });
    const all = await bench.sees('3 people and groups · ask to use hubgram');
    await bench.press(all, 'Lab');
    await bench.press(await bench.sees('Lab · asks to use hubgram'), 'Approve');
    await bench.press(await bench.sees('Lab may use hubgram now'), '2 more ask ›');
    await bench.press(await bench.sees('2 people and groups'), 'Bob');
    await bench.press(await bench.sees(/^Bob.*asks/), 'Deny');
    await bench.press(await bench.sees('Keep Bob out?'), 'Yes, keep out');
    await bench.press(await bench.sees('Bob may not use hubgram'), '1 more asks ›');
    await bench.press(await bench.sees(/^Carol.*asks/), 'Approve');
    await bench.sees('Carol may use hubgram now');
    expect(bench.shown(ANN)).toHaveLength(1);
    expect(bench.store.users.getUser(1003)?.role).toBe('member');
  });

  it('are shown to owners only', async () => {
    await bench.say('/start', { userId: BOB });
    const request = await bench.sees(/Bob.*asks to use/);
    await bench.press(request, 'Approve');
    const [own] = await bench.say('/start', { userId: BOB });
    bench.telegram.pressForged(BOB, BOB, own?.message_id ?? 0, 'waiting:0');
    await bench.telegram.waitFor(({ answers }) => answers.some(({ text = '' }) => text.includes('Only the owner')));
  });
});
