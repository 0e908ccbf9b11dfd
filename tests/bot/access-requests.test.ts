import { describe, expect, it } from 'vitest';
import { askToBeLetIn } from '../../src/people/newcomers.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const openOwned = async (): Promise<Talk> => {
  const talk = await openTalk();
  talk.store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: 'ann' });
  talk.store.users.setRole(ANN, 'owner');
  return talk;
};

const ask = ({ store }: Talk, id: number, name = `Newcomer ${id}`): void => {
  if (id < 0) store.chats.upsertChat({ chatId: id, kind: 'supergroup', title: name });
  else store.users.upsertUser({ userId: id, firstName: name, username: null });
  askToBeLetIn(store, { userId: id < 0 ? BOB : id, chatId: id, isPrivate: id > 0 });
};

const heard = (messages: readonly SimMessage[]): number => messages.filter(({ silent }) => !silent).length;

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

describe('requests to be let in', () => {
  it('come as soon as an owner writes to the bot for the first time, to whom nothing could be sent before', async () => {
    const talk = await openOwned();
    talk.telegram.blockBot(ANN);
    ask(talk, BOB, 'Bob');
    await talk.settled();
    expect(talk.shown(ANN)).toEqual([]);
    talk.telegram.unblockBot(ANN);
    talk.store.chats.upsertChat({ chatId: ANN, kind: 'private', title: null });
    talk.store.chats.updateChatActivity(ANN);
    await talk.within(10, () => talk.shown(ANN).some(({ text }) => text?.startsWith('Bob')));
  });

  it('of sixty groups in a minute are one message, heard once', async () => {
    const talk = await openOwned();
    for (let group = 1; group <= 60; group += 1) {
      ask(talk, -1_001_000_000_000 - group, `Group ${group}`);
      talk.pass(1000);
      await talk.settled();
    }
    await talk.within(10, () => talk.shown(ANN).some(({ text }) => text?.startsWith('60 people and groups')));
    const [message, ...more] = talk.shown(ANN);
    expect(more).toEqual([]);
    expect(heard([message as SimMessage])).toBe(1);
    expect(message?.text).toBe(
      [
        '60 people and groups · ask to use hubgram',
        ...Array.from({ length: 8 }, (_, index) => `Group ${index + 1} · group`),
        '… and 52 more. They come up as you decide.',
        'Tap one to let them in or keep them out.',
      ].join('\n'),
    );
    expect(labels(message)).toHaveLength(8);
  });

  it('that go on all day are three that are heard, and quiet ones once an hour at most', async () => {
    const talk = await openOwned();
    for (let minute = 0; minute < 24 * 60; minute += 20) {
      ask(talk, 5000 + minute);
      talk.pass(20 * MINUTE_MS);
      await talk.settled();
    }
    expect(heard(talk.shown(ANN))).toBe(3);
    expect(talk.shown(ANN).length).toBeLessThanOrEqual(24);
    // A day without any, and the next one is heard again.
    for (const id of talk.store.accessRequests.waiting()) talk.store.users.setRole(id, 'denied');
    talk.pass(25 * HOUR_MS);
    ask(talk, BOB, 'Bob');
    talk.pass(1000);
    await talk.sees(ANN, /^Bob · asks to use hubgram/);
    expect(heard(talk.shown(ANN))).toBe(4);
  });

  it('are a new message after the clock was set back: nobody knows how old the last one is', async () => {
    const talk = await openOwned();
    ask(talk, BOB, 'Bob');
    talk.pass(1000);
    await talk.sees(ANN, 'Bob · asks');
    talk.clock.turn(-30 * 24 * HOUR_MS);
    ask(talk, 1003, 'Carol');
    talk.pass(1000);
    await talk.sees(ANN, '2 people and groups');
    expect(heard(talk.shown(ANN))).toBe(2);
  });

  it('of two who come together are told at once, and told apart', async () => {
    const talk = await openOwned();
    ask(talk, BOB, 'Bob');
    ask(talk, 1003, 'Bob');
    talk.pass(1000);
    const message = await talk.sees(ANN, '2 people and groups');
    expect(message.text).toContain('Bob · Telegram id 1002\nBob · Telegram id 1003');
  });

  it('of somebody whose name shows nothing can be answered like the others', async () => {
    const talk = await openOwned();
    for (const [id, name] of [
      [-1001, '\u202E'],
      [-1002, 'Lab'],
    ] as const)
      ask(talk, id, name);
    await talk.settled();
    expect(labels(talk.shown(ANN).at(-1))).toEqual(['Lab', '…']);
  });

  it('after an answer are a new message, that is heard', async () => {
    const talk = await openOwned();
    ask(talk, BOB, 'Bob');
    talk.pass(1000);
    await talk.sees(ANN, 'Bob · asks');
    talk.store.users.setRole(BOB, 'member');
    ask(talk, 1003, 'Carol');
    talk.pass(1000);
    await talk.sees(ANN, 'Carol · asks');
    expect(heard(talk.shown(ANN))).toBe(2);
  });

  it('of who was let in, removed, and asks again within the hour are a new message, that is heard', async () => {
    const talk = await openOwned();
    ask(talk, BOB, 'Bob');
    talk.pass(1000);
    const { message_id: id } = await talk.sees(ANN, 'Bob · asks');
    talk.store.users.setRole(BOB, 'member');
    talk.store.users.setRole(BOB, 'pending');
    ask(talk, BOB, 'Bob');
    talk.pass(1000);
    await talk.within(10, () => talk.shown(ANN).length === 2);
    const last = talk.shown(ANN).at(-1);
    expect([last?.text?.split('\n')[0], last?.message_id === id]).toEqual(['Bob · asks to use hubgram', false]);
    expect(heard(talk.shown(ANN))).toBe(2);
  });

  it('whose message was deleted are sent anew', async () => {
    const talk = await openOwned();
    ask(talk, BOB, 'Bob');
    talk.pass(1000);
    const { message_id: id } = await talk.sees(ANN, 'Bob · asks');
    talk.telegram.deleteMessage(ANN, id);
    ask(talk, 1003, 'Carol');
    talk.pass(1000);
    const again = await talk.sees(ANN, '2 people and groups');
    expect(again.message_id).not.toBe(id);
  });

  it('are not told to somebody who is no owner any more', async () => {
    const talk = await openOwned();
    ask(talk, BOB, 'Bob');
    talk.store.users.setRole(ANN, 'pending');
    talk.pass(1000);
    await talk.settled();
    expect(talk.shown(ANN)).toEqual([]);
  });
});
