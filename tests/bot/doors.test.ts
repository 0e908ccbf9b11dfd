import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { invite, USUAL_OFFER } from '../../src/people/invitations.ts';
import type { RefusalReason } from '../../src/people/refusals.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';
import { everybody, recentActivity } from '../helpers/rows.ts';

const ADMIN = 1003;
const DENIED = 1004;
const LAB = -1_001_000_000_077;
const OTHER_GROUP = -1_001_000_000_078;
const CHANNEL = -1_001_000_000_079;
const ANONYMOUS = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
const IN_LAB = { chatId: LAB };

let bench: BotBench;
let clock: TestClock;
let lines: string[];
let modelId: number;
beforeEach(async () => {
  clock = createRunningClock();
  lines = [];
  const info = (fields: object, said: string) => void lines.push(`${said} ${JSON.stringify(fields)}`);
  bench = await openBot({ concurrency: 0, clock, log: { ...silentLog, info } });
  const { store, telegram } = bench;
  for (const [userId, role] of [
    [ADMIN, 'pending'],
    [DENIED, 'denied'],
  ] as const) {
    telegram.addUser({ id: userId, firstName: `Person ${userId}`, started: true });
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, role);
  }
  telegram.addGroup({ id: LAB, title: 'Lab', members: [ANN, BOB, ADMIN, DENIED], type: 'supergroup' });
  telegram.addMember(LAB, ADMIN, 'administrator');
  store.chats.upsertChat({ chatId: LAB, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(LAB, 'approved');
  modelId = store.models.createModel({ chatId: LAB, name: 'gpt2', requestedBy: ANN, sizeBytes: 5 }).id;
});
afterEach(() => bench?.close());

const group = (id: number) => ({ id, type: 'supergroup', title: `Group ${id}` });
const channel = { id: CHANNEL, type: 'channel', title: 'News' };
const person = (id: number) => ({ id, is_bot: false, first_name: `Person ${id}` });

let messageId = 9000;
const message = (fields: object, text = '/pause all') => {
  messageId += 1;
  const entities = text.startsWith('/') ? [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]?.length }] : [];
  return { message_id: messageId, date: 1_800_000_000, chat: group(LAB), text, entities, ...fields };
};

/** Lets what was delivered be handled: chats are handled in order, each by itself. */
const settle = async (): Promise<void> => {
  await bench.say('/help', { userId: ADMIN, chatId: LAB });
  await bench.say('/help');
};

const refused = (): Partial<Record<RefusalReason, number>> =>
  Object.fromEntries(Object.entries(bench.refusals.counts()).filter(([, times]) => times > 0));

const isPaused = (): boolean => bench.store.models.getModel(modelId)?.status === 'paused';

describe('nobody is heard', () => {
  it.each<[string, string, object, RefusalReason]>([
    [
      'a post of the channel that belongs to the group',
      'message',
      message({ from: person(777_000), sender_chat: channel, is_automatic_forward: true }),
      'channel',
    ],
    [
      'who speaks in a channel’s name',
      'message',
      message({ from: { ...person(136_817_688), is_bot: true }, sender_chat: channel }),
      'channel',
    ],
    [
      'an owner who speaks in a channel’s name, as older servers tell it',
      'message',
      message({ from: person(ANN), sender_chat: channel }),
      'channel',
    ],
    ['an admin of another group', 'message', message({ from: ANONYMOUS, sender_chat: group(OTHER_GROUP) }), 'channel'],
    ['who only says that they are an anonymous admin', 'message', message({ from: ANONYMOUS }), 'bot'],
    ['another bot', 'message', message({ from: { ...person(555), is_bot: true } }), 'bot'],
    ['what stands in a channel', 'message', message({ from: person(ANN), chat: channel }), 'channel'],
    [
      'a button in a channel',
      'callback_query',
      { id: '1', from: person(ANN), chat_instance: '1', data: 'pause:1', message: message({ chat: channel }) },
      'channel',
    ],
    [
      'a button that another bot presses',
      'callback_query',
      { id: '1', from: { ...person(555), is_bot: true }, chat_instance: '1', data: 'pause:1', message: message({}) },
      'bot',
    ],
    ['an edited post', 'edited_message', message({ from: person(777_000), sender_chat: channel }), 'channel'],
  ])('%s, and it is counted', async (_, kind, body, reason) => {
    bench.telegram.deliver(kind, body);
    await settle();
    expect(isPaused()).toBe(false);
    expect(bench.shown(LAB).filter(({ text }) => !text?.startsWith('What I understand'))).toEqual([]);
    expect(refused()).toEqual({ [reason]: 1 });
    // The same from who may: nothing else kept it from being done.
    await bench.say('/pause all', { userId: ANN, ...IN_LAB });
    expect(isPaused()).toBe(true);
  });

  it('what channels post as such is no update that was asked for', async () => {
    for (const kind of ['channel_post', 'edited_channel_post'])
      bench.telegram.deliver(kind, message({ chat: channel, sender_chat: channel }));
    await settle();
    expect(refused()).toEqual({});
    expect(bench.store.chats.getChat(CHANNEL)).toBeUndefined();
  });

  it.each(['message', 'edited_message'])(
    'an invitation in a post of the group’s channel lets nobody in: %s',
    async (kind) => {
      const { store, telegram } = bench;
      telegram.addGroup({ id: OTHER_GROUP, title: 'Other', members: [ANN, BOB], type: 'supergroup' });
      const { code } = invite(store, clock, { userId: ANN, chatId: ANN }, { ...USUAL_OFFER, isForGroup: true });
      const post = {
        from: person(777_000),
        sender_chat: channel,
        chat: group(OTHER_GROUP),
        is_automatic_forward: true,
      };
      telegram.deliver(kind, message(post, `/start join_${code}`));
      await settle();
      expect(store.chats.getChat(OTHER_GROUP)?.access ?? 'pending').toBe('pending');
      expect(refused()).toEqual({ channel: 1 });
      await bench.say(`/start join_${code}`, { userId: BOB, chatId: OTHER_GROUP });
      expect(store.chats.getChat(OTHER_GROUP)?.access).toBe('approved');
    },
  );

  it('a post of the group’s channel with a link is not offered', async () => {
    const post = { from: person(777_000), sender_chat: channel, is_automatic_forward: true };
    bench.telegram.deliver('message', message(post, 'https://huggingface.co/gpt2'));
    await settle();
    expect(bench.shown(LAB).filter(({ text }) => text?.startsWith('Add '))).toEqual([]);
    expect(bench.store.users.getUser(777_000)).toBeUndefined();
  });
});

describe('an anonymous admin', () => {
  it('may what the group’s admins may', async () => {
    const speaking = { from: ANONYMOUS, sender_chat: group(LAB) };
    bench.telegram.deliver('message', message(speaking, '/schedule add daily 23:00'));
    bench.telegram.deliver('message', message(speaking, '/cancel gpt2'));
    bench.telegram.deliver('message', message(speaking, '/hold'));
    await settle();
    expect(bench.store.schedules.listSchedules(LAB)).toHaveLength(1);
    expect(bench.shown(LAB).some(({ text }) => /Cancel gpt2|cancel/i.test(text ?? ''))).toBe(true);
    expect(bench.queue.isHeld()).toBe(false);
    expect(refused()).toEqual({ role: 1 });
  });
});

describe('who may do nothing', () => {
  it.each([
    ['a stranger', BOB, BOB, 'stranger'],
    ['who was denied', DENIED, DENIED, 'denied'],
    ['who was denied, in a group that was let in', DENIED, LAB, 'denied'],
  ] as const)('%s comes in by no door', async (_, userId, chatId, reason) => {
    const { telegram, store } = bench;
    const { message_id: written } = telegram.say(userId, chatId, '/add gpt2');
    telegram.editMessage(userId, chatId, written, '/pause all');
    telegram.say(userId, chatId, `/start add_${Buffer.from('gpt2').toString('base64url')}`);
    telegram.sendDocument(userId, chatId, { name: 'models.json', data: '{}', caption: '/import' });
    telegram.pressForged(userId, chatId, written, `pause:${modelId}`);
    telegram.pressForged(userId, chatId, written, 'queue/0/0/list/x');
    telegram.askInline(userId, 'tiny');
    await settle();
    expect(isPaused()).toBe(false);
    expect(store.addRequests.requestStates(chatId, written)).toEqual([]);
    expect(store.models.countModels(chatId)).toBe(chatId === LAB ? 1 : 0);
    expect(bench.hub.requests).toEqual([]);
    expect(telegram.inlineAnswers.map(({ results }) => results)).toEqual([[]]);
    // In a group, a file is not said to the bot.
    expect(refused()).toEqual({ [reason]: chatId === LAB ? 6 : 7 });
  });

  it('does not ask to be let in by blocking the bot, or by adding it to a group', async () => {
    const { telegram, store } = bench;
    telegram.blockBot(BOB);
    telegram.unblockBot(BOB);
    telegram.addGroup({ id: OTHER_GROUP, title: 'Other', members: [BOB], type: 'supergroup', bot: 'left' });
    telegram.addBot(BOB, OTHER_GROUP);
    await settle();
    expect(store.accessRequests.waiting()).toEqual([]);
    expect(store.chats.getChat(OTHER_GROUP)?.access ?? 'pending').toBe('pending');
    expect(refused()).toEqual({});
    // A command there is what asks.
    await bench.say('/add gpt2@', { userId: BOB, chatId: OTHER_GROUP });
    expect(store.accessRequests.waiting()).toEqual([OTHER_GROUP]);
  });

  it('leaves a line in the log and a handful of rows, however often they write', async () => {
    const { telegram, store } = bench;
    const rows = () => [
      store.accessRequests.waiting().length,
      recentActivity(store, 5000).filter(({ userId }) => userId === BOB).length,
      everybody(store).length,
      bench.shown(BOB).length,
    ];
    await bench.say('hello', { userId: BOB });
    const before = rows();
    for (let count = 0; count < 1000; count += 1) {
      telegram.deliver('message', {
        ...message({ chat: { id: BOB, type: 'private', first_name: 'Bob' }, from: person(BOB) }, '/add gpt2'),
      });
    }
    await settle();
    // Some are heard; the rest of a flood is not even that.
    const { stranger, too_fast: tooFast } = bench.refusals.counts();
    expect([stranger + tooFast, stranger < 500]).toEqual([1001, true]);
    expect(rows()).toEqual(before);
    expect(lines.filter((line) => line.startsWith('Refused'))).toEqual([
      `Refused ${JSON.stringify({ user: BOB, chat: BOB, reason: 'stranger' })}`,
    ]);
  });
});

it('what is refused of one update counts once, however many models it is about', async () => {
  bench.store.models.createModel({ chatId: LAB, name: 'sample/tiny-llama', requestedBy: ANN, sizeBytes: 5 });
  await bench.say('/cancel all', { userId: BOB, ...IN_LAB });
  expect(refused()).toEqual({ role: 1 });
});

describe('a dialogue', () => {
  it.each(['/schedule', '/edit gpt2'])('of an admin behind %s ends when they are one no more', async (command) => {
    const { telegram, store } = bench;
    const admin = { userId: ADMIN, ...IN_LAB };
    const [menu] = await bench.say(command, admin);
    if (command === '/schedule') {
      const schedule = store.schedules.createSchedule({ chatId: LAB, name: 'night', type: 'daily', time: '23:00' });
      const [shown] = await bench.say(`/schedule edit #${schedule.id}`, admin);
      await bench.press(shown, 'Name', admin);
    } else await bench.press(menu, 'Title', admin);
    telegram.removeMember(LAB, ADMIN);
    telegram.addMember(LAB, ADMIN);
    // As long as a group's list of admins is believed.
    clock.pass(5 * 60_000);
    const question = bench.shown(LAB).at(-1)?.message_id;
    expect(await bench.ask('Mine now', admin, question ? { replyTo: question } : {})).toMatch(
      /an admin (?:of this group )?or the bot’s owner/,
    );
    expect(store.schedules.listSchedules(LAB).map(({ name }) => name)).not.toContain('Mine now');
    expect(store.models.getModel(modelId)?.title).toBeNull();
    expect(refused()).toEqual({ role: 1 });
  });
});
