import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const HOUR_MS = 3_600_000;
const GROUP = -1_002_000_000_001;

let bench: BotBench;
let clock: TestClock;
beforeEach(async () => {
  clock = createRunningClock();
  bench = await openBot({ clock, concurrency: 0 });
});
afterEach(() => bench?.close());

/** A day later, by everybody's clock. @param messages so much was written and tapped in the chat: that is counted a moment later */
const aDayPasses = async (messages: number, chatId = ANN): Promise<void> => {
  await vi.waitFor(() => expect(bench.store.chats.getChat(chatId)?.messageCount).toBe(messages), { timeout: 60_000 });
  clock.pass(24 * HOUR_MS);
  bench.telegram.advance(24 * HOUR_MS);
};

const isGone = ({ message_id: id, chat }: SimMessage): boolean =>
  bench.telegram.messages(chat.id).find((message) => message.message_id === id)?.deleted === true;

const goes = (message: SimMessage | undefined): Promise<unknown> =>
  bench.telegram.waitFor(() => message && isGone(message));

const written = (text: string, chatId = ANN): SimMessage | undefined =>
  bench.telegram.messages(chatId).findLast((message) => message.text === text);

describe('what people and the bot have said', () => {
  it('goes after a day: answers, commands, menus and pictures; not what people said besides', async () => {
    const [library] = await bench.say('/library');
    const [help] = await bench.say('/help');
    const [picture] = await bench.say('/storage picture');
    const [chatter] = await bench.say('well');
    await aDayPasses(4);
    for (const message of [library, help, picture, chatter, written('/help')]) await goes(message);
    const said = bench.telegram.messages(ANN).filter(({ deleted }) => !deleted);
    expect(said.map(({ text }) => text)).toEqual(['well']);
  });

  it('stays as far as it is a file, is pinned, or asks in a dialogue that is open', async () => {
    bench.put('org/mine', 'completed');
    const [file] = await bench.say('/export');
    const [pinned] = await bench.say('/library');
    bench.telegram.pinMessage(ANN, ANN, pinned?.message_id ?? 0);
    const [later] = await bench.say('/queue');
    // Noted as a row, it is struck out; before that it becomes none.
    await vi.waitFor(() => expect(bench.store.chats.getChat(ANN)?.clearAt).not.toBeNull(), { timeout: 60_000 });
    bench.telegram.pinMessage(ANN, ANN, later?.message_id ?? 0);
    const [help] = await bench.say('/help');
    const [question] = await bench.say('/add');
    expect(file?.document).toBeDefined();
    await aDayPasses(7);
    await goes(help);
    expect([file, pinned, later, question].filter((message) => message && isGone(message))).toEqual([]);
    expect(bench.store.conversations.read(`${ANN}:${ANN}`)).toBeDefined();
    // What was asked a day ago can be answered as if it had been now.
    expect(await bench.ask('nonsense nonsense')).not.toContain('/help lists the rest');
  });

  it('stays as far as it holds a link that is known nowhere else', async () => {
    const [invitation] = await bench.say('/invite');
    const [help] = await bench.say('/help');
    expect(invitation?.text).toContain('join_');
    await aDayPasses(2);
    await goes(help);
    expect(invitation && isGone(invitation)).toBe(false);
  });

  it('stays in a group as far as it is a command that the bot does not have', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN], type: 'supergroup' });
    bench.telegram.addBot(ANN, GROUP, 'administrator');
    const place = { chatId: GROUP };
    await bench.say('/start', place);
    await bench.say('/dance', place);
    await bench.say('/dance@other_bot', place);
    const [answer] = await bench.say('/queue@hubgram_bot', place);
    await aDayPasses(4, GROUP);
    await goes(answer);
    await goes(written('/queue@hubgram_bot', GROUP));
    const said = bench.telegram.messages(GROUP).filter(({ deleted, text }) => !deleted && text);
    // Whoever wrote the first was nobody yet.
    expect(said.map(({ text }) => text)).toEqual(['/start', '/dance', '/dance@other_bot']);
  });
});
