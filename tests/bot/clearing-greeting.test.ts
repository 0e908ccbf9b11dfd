import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_002_000_000_001;
const LINE = 'After 24 hours without a word here I delete my old messages. Cards of models and open questions stay.';

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ concurrency: 0 });
  bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
});
afterAll(() => bench?.close());

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const now = (message: SimMessage | undefined, chatId = ANN): SimMessage | undefined =>
  bench.shown(chatId).find(({ message_id: id }) => id === message?.message_id);

describe('that old messages go', () => {
  it('is said at /start, and one tap keeps them; then it is said no more', async () => {
    const [hello] = await bench.say('/start');
    expect(hello?.text?.split('\n').at(-1)).toBe(LINE);
    expect(labels(hello)).toContain('Keep old messages');
    expect(await bench.press(hello, 'Keep old messages')).toBe('Saved.');
    expect(bench.store.chats.getChat(ANN)).toMatchObject({ autoClearEnabled: false });
    expect(now(hello)?.text).toMatch(/^Old messages\nNow: they stay\n/);
    const [again] = await bench.say('/start');
    expect(again?.text).not.toContain('old messages');
    expect(labels(again)).not.toContain('Keep old messages');
    expect(await bench.ask('/settings')).toContain('Old messages · they stay\nTime zone');
    await bench.press(now(hello), 'deleted after a while');
    expect(bench.store.chats.getChat(ANN)).toMatchObject({ autoClearEnabled: true });
  });

  it('is said with the hours that were chosen, by buttons or by a line', async () => {
    const [screen] = await bench.say('/settings');
    await bench.press(screen, 'Deleted after');
    expect(labels(now(screen))).toEqual(['1 hour', '6 hours', '12 hours', '✓ 24 hours', '47 hours', '‹ Back']);
    await bench.press(now(screen), '1 hour');
    expect((await bench.ask('/start')).split('\n').at(-1)).toMatch(/^After 1 hour without a word here/);
    expect(await bench.ask('/settings auto_clear_hours=36')).toContain('Deleted after · 36 hours');
    expect(await bench.ask('/settings auto_clear_hours=48')).toContain('a whole number from 1 to 47');
    expect(await bench.ask('/settings auto_clear_hours=usual')).toContain('Deleted after · 24 hours');
  });

  it('is said to a group that is let in, by whose owner says so in it, and holds as that person likes it', async () => {
    await bench.say('/settings auto_clear_hours=6');
    const [hello] = await bench.say('/start', { chatId: GROUP });
    expect(hello?.text).toBe(`This group may use hubgram now. Try /add gpt2, or /help.\n${LINE.replace('24', '6')}`);
    expect(bench.store.chats.getChat(GROUP)?.broughtBy).toBe(ANN);
    const [screen] = await bench.say('/settings', { chatId: GROUP });
    await bench.press(screen, 'Deleted after', { chatId: GROUP });
    expect(now(screen, GROUP)?.text).toContain('what the person who brought me here has chosen');
    await bench.press(hello, 'Keep old messages', { chatId: GROUP });
    expect(bench.store.chats.getChat(GROUP)).toMatchObject({ autoClearEnabled: false, autoClearHours: 6 });
    expect(bench.store.chats.getChat(ANN)).toMatchObject({ autoClearEnabled: true });
    await bench.say('/settings auto_clear_hours=usual');
  });

  it('is said to who is let in', async () => {
    await bench.say('hello', { userId: BOB });
    await bench.press(await bench.sees(/Bob.*asks to use/), 'Approve');
    const hello = await bench.sees('The owner of this bot let you in', BOB);
    expect(hello.text).toContain(LINE);
    await bench.press(hello, 'Keep old messages', { userId: BOB });
    expect(bench.store.preferences.getPreferences(BOB)).toMatchObject({ autoClearEnabled: false });
  });
});
