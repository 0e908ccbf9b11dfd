import { describe, expect, it } from 'vitest';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';

const HOUR_MS = 3_600_000;
const GROUP = -4001;

/** Sends something without the bot's own parts. @returns its id */
const send = async ({ telegram }: Talk, chatId: number, text: string): Promise<number> => {
  const answer = await fetch(`${telegram.apiRoot}/bot${telegram.token}/sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chat_id: chatId, text }),
  });
  const { result } = (await answer.json()) as { result: { message_id: number } };
  return result.message_id;
};

/** The same, as an answer of the bot that may go. */
const answer = async (talk: Talk, chatId: number, text: string, userId: number | null = null): Promise<number> => {
  const messageId = await send(talk, chatId, text);
  const sentAt = talk.clock.iso();
  talk.store.clearing.noteMessages([{ chatId, messageId, userId, command: false, sentAt }]);
  return messageId;
};

/** A command of somebody that may go. */
const command = (talk: Talk, chatId: number, text: string, userId = ANN): number => {
  const messageId = talk.telegram.say(userId, chatId, text).message_id;
  const sentAt = talk.clock.iso();
  talk.store.clearing.noteMessages([{ chatId, messageId, userId, command: true, sentAt }]);
  return messageId;
};

const openChat = async (): Promise<Talk> => {
  const talk = await openTalk();
  talk.store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
  return talk;
};

const openGroup = async (bot: 'member' | 'administrator'): Promise<Talk> => {
  const talk = await openTalk();
  talk.telegram.addGroup({ id: GROUP, title: 'Lab', type: 'group', members: [ANN, BOB] });
  talk.telegram.addBot(ANN, GROUP, bot);
  talk.store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
  return talk;
};

/** All that is there, people's messages too. */
const there = ({ telegram }: Talk, chatId: number): string[] =>
  telegram.messages(chatId).flatMap(({ deleted, text }) => (deleted || text === undefined ? [] : [text]));

const deletions = ({ telegram }: Talk) => telegram.calls.filter(({ method }) => /^deletemessage/i.test(method));

/** Some looks, a second apart. */
const look = async (talk: Talk, times = 5): Promise<void> => {
  for (let time = 0; time < times; time += 1) {
    await talk.settled();
    talk.pass(4000);
  }
  await talk.settled();
};

describe('a chat that is still for as long as it says', () => {
  it('loses what the bot has answered and the commands, and keeps what it was not told of', async () => {
    const talk = await openChat();
    await send(talk, ANN, 'before the upgrade');
    talk.telegram.say(ANN, ANN, 'thanks');
    command(talk, ANN, '/queue');
    await answer(talk, ANN, 'Nothing runs.');
    talk.pass(24 * HOUR_MS - 60_000);
    await look(talk);
    expect(there(talk, ANN)).toEqual(['before the upgrade', 'thanks', '/queue', 'Nothing runs.']);
    talk.pass(60_000);
    await look(talk);
    expect(there(talk, ANN)).toEqual(['before the upgrade', 'thanks']);
    expect(deletions(talk)).toHaveLength(1);
    expect(talk.store.chats.getChat(ANN)?.clearAt).toBeNull();
  });

  it('keeps all as long as somebody writes or taps, and what is younger after that', async () => {
    const talk = await openChat();
    await answer(talk, ANN, 'old');
    talk.pass(20 * HOUR_MS);
    talk.store.chats.updateChatActivity(ANN);
    await answer(talk, ANN, 'younger');
    talk.pass(5 * HOUR_MS);
    await look(talk);
    expect(there(talk, ANN)).toEqual(['old', 'younger']);
    talk.pass(19 * HOUR_MS);
    await look(talk);
    expect(there(talk, ANN)).toEqual([]);
  });

  it('keeps the card and the newest notice of each model', async () => {
    const talk = await openChat();
    const model = talk.add(ANN, 'gpt2');
    await talk.sees(ANN, 'gpt2');
    talk.end(model, 'completed');
    await talk.within(20, () => talk.shown(ANN).length === 2);
    for (const { message_id: messageId } of talk.shown(ANN))
      talk.store.clearing.noteMessages([
        { chatId: ANN, messageId, userId: null, command: false, sentAt: talk.clock.iso() },
      ]);
    await answer(talk, ANN, 'an answer');
    talk.pass(25 * HOUR_MS);
    await look(talk);
    expect(talk.shown(ANN).map(({ text }) => text?.split('\n')[0])).toEqual(['gpt2 · completed', 'gpt2 · completed']);
  });

  it('keeps everything where that is what it says', async () => {
    const talk = await openChat();
    talk.store.preferences.setPreferences(ANN, { autoClearEnabled: false });
    await answer(talk, ANN, 'an answer');
    talk.pass(30 * HOUR_MS);
    await look(talk);
    expect(there(talk, ANN)).toEqual(['an answer']);
    expect(deletions(talk)).toEqual([]);
  });

  it('loses a hundred with each call, and one call every few seconds', async () => {
    const talk = await openChat();
    for (let number = 1; number <= 201; number += 1) await answer(talk, ANN, `answer ${number}`);
    talk.pass(24 * HOUR_MS);
    await talk.settled();
    await talk.settled();
    expect(deletions(talk)).toHaveLength(1);
    expect(there(talk, ANN)).toHaveLength(101);
    await look(talk);
    expect(there(talk, ANN)).toEqual([]);
    expect(deletions(talk)).toHaveLength(3);
  });

  it('is left alone with what is 48 hours old: nobody asks Telegram for that', async () => {
    const talk = await openChat();
    talk.store.preferences.setPreferences(ANN, { autoClearEnabled: false });
    await answer(talk, ANN, 'too old');
    talk.pass(30 * HOUR_MS);
    await answer(talk, ANN, 'old');
    talk.pass(18 * HOUR_MS);
    talk.store.preferences.setPreferences(ANN, { autoClearEnabled: true, autoClearHours: 6 });
    await look(talk);
    expect(there(talk, ANN)).toEqual(['too old']);
    expect(deletions(talk)).toHaveLength(1);
    expect(talk.raw.prepare('SELECT count(*) FROM clearable_messages').pluck().get()).toBe(0);
  });
});

it('many chats take their turns: what Telegram lets the bot do at once', async () => {
  const talk = await openTalk();
  const people = Array.from({ length: 12 }, (_, number) => 2000 + number);
  for (const id of people) {
    talk.telegram.addUser({ id, firstName: 'Somebody', started: true });
    talk.store.chats.upsertChat({ chatId: id, kind: 'private', title: 'Somebody' });
    await answer(talk, id, 'an answer');
  }
  talk.pass(24 * HOUR_MS);
  await talk.within(0, () => deletions(talk).length > 0);
  const atOnce = deletions(talk).length;
  expect(atOnce).toBeLessThanOrEqual(3);
  await look(talk);
  expect(people.map((id) => there(talk, id))).toEqual(people.map(() => []));
  expect(deletions(talk)).toHaveLength(12);
});

describe('what Telegram does not let the bot delete', () => {
  it('are commands in a group where it is no admin: they stay, and it asks once', async () => {
    const talk = await openGroup('member');
    command(talk, GROUP, '/queue@hubgram_bot');
    await answer(talk, GROUP, 'Nothing runs.');
    talk.pass(24 * HOUR_MS);
    await look(talk);
    expect(there(talk, GROUP)).toEqual(['/queue@hubgram_bot']);
    command(talk, GROUP, '/library@hubgram_bot');
    talk.store.chatSettings.setChatSetting(GROUP, 'auto_clear_hours', '1');
    talk.raw.prepare('UPDATE clearable_messages SET sent_at = ?').run(talk.clock.iso(-2 * HOUR_MS));
    await look(talk);
    expect(talk.raw.prepare('SELECT count(*) FROM clearable_messages').pluck().get()).toBe(0);
    expect(talk.telegram.calls.filter(({ method }) => method === 'getChatMember')).toHaveLength(1);
    expect(deletions(talk)).toHaveLength(1);
  });

  it('is nothing where it is an admin that may delete', async () => {
    const talk = await openGroup('administrator');
    command(talk, GROUP, '/queue', BOB);
    await answer(talk, GROUP, 'Nothing runs.');
    talk.pass(24 * HOUR_MS);
    await look(talk);
    expect(there(talk, GROUP)).toEqual([]);
    expect(talk.complaints).toEqual([]);
  });

  it('stays alone: the others of its call go, and it is not tried again', async () => {
    const talk = await openGroup('member');
    const ids = [];
    for (let number = 1; number <= 9; number += 1) ids.push(await answer(talk, GROUP, `answer ${number}`));
    const theirs = talk.telegram.say(BOB, GROUP, '/not@hubgram_bot ours').message_id;
    talk.store.clearing.noteMessages([
      { chatId: GROUP, messageId: theirs, userId: null, command: false, sentAt: talk.clock.iso() },
    ]);
    talk.pass(24 * HOUR_MS);
    await look(talk, 30);
    expect(there(talk, GROUP)).toEqual(['/not@hubgram_bot ours']);
    const asked = deletions(talk).length;
    expect(asked).toBeLessThan(10);
    expect(talk.store.chats.getChat(GROUP)?.clearAt).toBeNull();
    talk.pass(2 * HOUR_MS);
    await look(talk);
    expect(deletions(talk)).toHaveLength(asked);
    expect(talk.complaints).toEqual([]);
  });
});

describe('clearing goes on', () => {
  it('after the program was killed between the deletion and its note, and deletes nothing twice', async () => {
    const talk = await openChat();
    for (let number = 1; number <= 150; number += 1) await answer(talk, ANN, `answer ${number}`);
    talk.pass(24 * HOUR_MS);
    talk.trouble('SQLITE_FULL');
    await talk.settled();
    await talk.settled();
    expect(there(talk, ANN)).toHaveLength(50);
    await talk.restart();
    talk.trouble(undefined);
    await look(talk);
    expect(there(talk, ANN)).toEqual([]);
    expect(talk.raw.prepare('SELECT count(*) FROM clearable_messages').pluck().get()).toBe(0);
  });

  it('a minute after the disk was full: what is gone is not asked for again and again', async () => {
    const talk = await openChat();
    await answer(talk, ANN, 'an answer');
    talk.pass(24 * HOUR_MS);
    talk.trouble('SQLITE_FULL');
    await look(talk, 10);
    expect(there(talk, ANN)).toEqual([]);
    expect(deletions(talk)).toHaveLength(1);
    talk.trouble(undefined);
    talk.pass(60_000);
    await look(talk);
    expect(talk.store.chats.getChat(ANN)?.clearAt).toBeNull();
    expect(deletions(talk)).toHaveLength(2);
  });

  it('when Telegram has had the pause that it asked for', async () => {
    const talk = await openChat();
    await answer(talk, ANN, 'an answer');
    talk.pass(24 * HOUR_MS);
    talk.telegram.setFault({ method: 'deleteMessages', kind: '429', retryAfter: 300, times: 1 });
    await look(talk, 20);
    expect(deletions(talk)).toHaveLength(1);
    talk.pass(300_000);
    await look(talk);
    expect(there(talk, ANN)).toEqual([]);
    expect(deletions(talk)).toHaveLength(2);
  });

  it.each(['500', 'reset', 'reset_after_accept'] as const)('a minute after a failure (%s)', async (kind) => {
    const talk = await openChat();
    await answer(talk, ANN, 'an answer');
    talk.pass(24 * HOUR_MS);
    talk.telegram.setFault({ method: 'deleteMessages', kind, times: 1 });
    await look(talk);
    expect(deletions(talk)).toHaveLength(1);
    talk.pass(60_000);
    await look(talk);
    expect(there(talk, ANN)).toEqual([]);
    expect(talk.raw.prepare('SELECT count(*) FROM clearable_messages').pluck().get()).toBe(0);
  });

  it('not where the bot was removed, until it is back', async () => {
    const talk = await openGroup('member');
    await answer(talk, GROUP, 'an answer');
    talk.telegram.removeBot(ANN, GROUP);
    talk.pass(24 * HOUR_MS);
    await look(talk, 20);
    expect(deletions(talk)).toHaveLength(1);
    expect(talk.store.chats.getChat(GROUP)?.reachable).toBe(false);
    talk.telegram.addBot(ANN, GROUP, 'member');
    talk.store.chats.setReachable(GROUP, true);
    await look(talk);
    expect(there(talk, GROUP)).toEqual([]);
  });

  it('not in a group that became a supergroup: its messages have other numbers there', async () => {
    const talk = await openGroup('administrator');
    await answer(talk, GROUP, 'an answer');
    const supergroup = talk.telegram.migrateGroup(GROUP);
    talk.pass(24 * HOUR_MS);
    await look(talk);
    expect(talk.store.chats.getChat(supergroup)).toMatchObject({ kind: 'supergroup', clearAt: null });
    expect(talk.raw.prepare('SELECT count(*) FROM clearable_messages').pluck().get()).toBe(0);
    expect(deletions(talk)).toHaveLength(1);
  });

  it('though the clock was set back by days', async () => {
    const talk = await openChat();
    await answer(talk, ANN, 'an answer');
    await look(talk, 1);
    talk.clock.turn(-72 * HOUR_MS);
    await look(talk, 1);
    talk.pass(24 * HOUR_MS);
    await look(talk);
    expect(there(talk, ANN)).toEqual([]);
  });

  it('stops where somebody writes meanwhile', async () => {
    const talk = await openChat();
    for (let number = 1; number <= 150; number += 1) await answer(talk, ANN, `answer ${number}`);
    talk.pass(24 * HOUR_MS);
    await talk.settled();
    await talk.settled();
    expect(there(talk, ANN)).toHaveLength(50);
    talk.store.chats.updateChatActivity(ANN);
    await look(talk);
    expect(there(talk, ANN)).toHaveLength(50);
  });
});

it('what was deleted is not edited: it comes anew when it has something to say', async () => {
  const talk = await openChat();
  const { request } = talk.store.addRequests.createAddRequest({
    chatId: ANN,
    userId: ANN,
    threadId: null,
    messageId: 1,
    ref: 'gpt9',
    options: {},
  });
  talk.raw.exec("UPDATE add_requests SET state = 'failed', error_message = 'There is no gpt9.'");
  const { message_id: messageId } = await talk.sees(ANN, 'There is no gpt9.');
  talk.store.clearing.noteMessages([
    { chatId: ANN, messageId, userId: null, command: false, sentAt: talk.clock.iso() },
  ]);
  talk.pass(24 * HOUR_MS);
  await look(talk);
  expect(there(talk, ANN)).toEqual([]);
  const before = talk.telegram.calls.length;
  talk.raw.exec("UPDATE add_requests SET error_message = 'There is no gpt10.', settled = 0");
  await talk.sees(ANN, 'There is no gpt10.');
  const made = talk.telegram.calls.slice(before).map(({ method }) => method);
  expect(made.filter((method) => /^(edit|send)/.test(method))).toEqual(['sendMessage']);
  expect(talk.store.addRequests.getAddRequest(request.id)?.cardMessageId).not.toBe(messageId);
});
