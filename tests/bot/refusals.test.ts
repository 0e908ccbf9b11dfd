import { describe, expect, it, onTestFinished } from 'vitest';
import { EVER } from '../helpers/clock.ts';
import type { Fault } from '../../playground/telegram/faults.ts';
import { openBot } from './setup.ts';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';

/** A forum with a topic for models. */
const openForum = async (): Promise<{ talk: Talk; forum: number; topic: number }> => {
  const talk = await openTalk();
  const members = [ANN, BOB];
  const forum = talk.telegram.addGroup({ title: 'Lab', type: 'supergroup', isForum: true, members }).id;
  return { talk, forum, topic: talk.telegram.addTopic(forum, 'Models') };
};

const refuse = (talk: Talk, description: string, times: number, method = 'sendMessage'): void => {
  const fault: Fault = { method, kind: '400', times, description: `Bad Request: ${description}` };
  talk.telegram.setFault(fault);
};

/** Where the bot's messages stand: the topic, or undefined for the general one. */
const places = (talk: Talk, chatId: number): (readonly [string | undefined, number | undefined])[] =>
  talk.shown(chatId).map(({ text, message_thread_id: thread }) => [text?.split('\n')[0], thread] as const);

describe('a topic that is closed', () => {
  it('in mid-download: its card stays there, and the end is told in the general topic', async () => {
    const { talk, forum, topic } = await openForum();
    const model = talk.add(forum, 'gpt2', { threadId: topic });
    await talk.sees(forum, 'gpt2 · pending');
    talk.run(model);
    talk.telegram.closeTopic(forum, topic);
    talk.end(model, 'completed');
    await talk.within(5, () => talk.shown(forum).length === 2);
    expect(places(talk, forum)).toEqual([
      ['gpt2 · completed', topic],
      ['gpt2 · completed', undefined],
    ]);
    expect(talk.shown(forum)[1]).toMatchObject({ silent: false });
  });

  it('before the card was sent: card and end stand in the general topic', async () => {
    const { talk, forum, topic } = await openForum();
    const { message_id: replyTo } = talk.telegram.say(ANN, forum, '/add@hubgram_bot gpt2', { threadId: topic });
    talk.telegram.closeTopic(forum, topic);
    const model = talk.add(forum, 'gpt2', { threadId: topic, replyTo });
    await talk.within(5, () => talk.shown(forum).length === 1);
    talk.telegram.reopenTopic(forum, topic);
    talk.end(model, 'failed', 'The Hub is down.');
    await talk.within(5, () => talk.shown(forum).length === 2);
    expect(places(talk, forum)).toEqual([
      ['gpt2 · failed', undefined],
      ['gpt2 · failed', undefined],
    ]);
  });

  it('and the model is removed while its card is on its way: nothing is left to be written down', async () => {
    const { talk, forum, topic } = await openForum();
    talk.telegram.closeTopic(forum, topic);
    const { id } = talk.add(forum, 'gpt2', { threadId: topic });
    // It stands in the general topic, and the bot does not know yet.
    talk.telegram.onChange((change) => {
      if (change.kind === 'message' && change.chat.id === forum) talk.store.models.removeModel(id);
    });
    await talk.within(5, () => talk.shown(forum).length === 1);
    await talk.settled();
    expect(talk.store.models.getModel(id)).toBe(undefined);
    expect(talk.complaints).toEqual([]);
  });

  it('with the general topic closed as well: all of it waits, and comes when one is reopened', async () => {
    const { talk, forum, topic } = await openForum();
    for (const each of [1, topic]) talk.telegram.closeTopic(forum, each);
    const model = talk.add(forum, 'gpt2', { threadId: topic });
    talk.end(model, 'completed');
    for (let minute = 0; minute < 30; minute += 1) {
      talk.pass(60_000);
      await talk.settled();
    }
    expect(talk.shown(forum)).toEqual([]);
    talk.telegram.reopenTopic(forum, topic);
    await talk.within(400, () => talk.shown(forum).length === 2);
    expect(places(talk, forum)).toEqual([
      ['gpt2 · completed', topic],
      ['gpt2 · completed', topic],
    ]);
    expect(talk.complaints).toContain('Telegram does not take a card now');
  });

  // userbotindo/Anjani#366: the bot dropped what it had to say.
  it('being the general one, where it was asked: the end waits until it is reopened', async () => {
    const { talk, forum } = await openForum();
    const model = talk.add(forum, 'gpt2');
    await talk.sees(forum, 'gpt2 · pending');
    talk.telegram.closeTopic(forum, 1);
    talk.end(model, 'completed');
    for (let second = 0; second < 5; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(talk.shown(forum)).toHaveLength(1);
    talk.telegram.reopenTopic(forum, 1);
    await talk.within(400, () => talk.shown(forum).length === 2);
  });
});

describe('what is refused with a 400, or says nothing', () => {
  it.each([
    // SideCloudGroup/BetterForward#58, LiveHelperChat/telegram#69
    ['TOPIC_DELETED', 1],
    ['message to be replied not found', 1],
    // As with any text that nobody has heard of.
    ['SOMETHING_NEW_INVALID', 4],
    ["can't parse entities: unsupported entity", 1],
    ['BUTTON_DATA_INVALID', 1],
  ])('by “%s” is said all the same', async (description, times) => {
    const { talk, forum, topic } = await openForum();
    const model = talk.add(forum, 'gpt2', { threadId: topic });
    await talk.sees(forum, 'gpt2 · pending');
    refuse(talk, description, times);
    talk.end(model, 'failed', 'The Hub is down.');
    await talk.within(120, () => talk.shown(forum).length === 2);
    expect(talk.shown(forum)[1]?.text).toContain('The Hub is down.');
  });

  it.each(['TOPIC_DELETED', 'SOMETHING_NEW_INVALID', 'BUTTON_URL_INVALID'])(
    'by “%s” when a card is sent is sent all the same',
    async (description) => {
      const { talk, forum, topic } = await openForum();
      refuse(talk, description, 1);
      talk.add(forum, 'gpt2', { threadId: topic });
      await talk.within(10, () => talk.shown(forum).length === 1);
      expect(talk.complaints.length).toBeLessThanOrEqual(1);
    },
  );

  // FreiFahren/FreiFahren#893: a bot that was restricted for a day lost everything; python-telegram-bot#3956: Telegram's own fault.
  it('because the bot may not write there comes when it may, the card too', async () => {
    const { talk, forum } = await openForum();
    talk.store.chats.upsertChat({ chatId: forum, kind: 'supergroup', title: 'Lab' });
    talk.telegram.letBotWrite(forum, false);
    const model = talk.add(forum, 'gpt2');
    talk.end(model, 'completed');
    await talk.settled();
    expect(talk.store.chats.getChat(forum)?.reachable).toBe(false);
    talk.telegram.letBotWrite(forum, true);
    for (let hour = 0; hour < 2; hour += 1) {
      talk.pass(61 * 60_000);
      await talk.settled();
    }
    expect(places(talk, forum)).toHaveLength(2);
  });

  it('as too long can never be said: it is dropped with a line in the log, and alone', async () => {
    const talk = await openTalk();
    const models = ['one', 'two'].map((name) => talk.add(ANN, name));
    await talk.within(5, () => talk.shown(ANN).length === 2);
    // The message with both, then the first of them.
    refuse(talk, 'message is too long', 2);
    talk.budget.hold(ANN, talk.clock.monotonic() + 1000);
    for (const model of models) {
      talk.end(model, 'completed');
      talk.store.cards.setDrawn(model.id, 'in its last state', true);
    }
    await talk.within(20, () => talk.shown(ANN).length === 3);
    expect(talk.shown(ANN)[2]?.text).toContain('two · completed');
    expect(talk.complaints).toEqual(['Telegram refused a notice']);
  });

  it('being unreadable is put aside: what comes behind it is said, and nothing is left to say', async () => {
    const talk = await openTalk();
    talk.store.outbox.addNotice({ chatId: ANN, kind: 'praise' } as never);
    talk.store.outbox.addNotice({ chatId: ANN, kind: 'access_granted' });
    await talk.sees(ANN, 'let you in');
    expect(talk.store.outbox.dueNotices(EVER, 1)).toEqual([]);
  });

  it('whenever a card is edited, that card is sent anew', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'gpt2');
    const { message_id: first } = await talk.sees(ANN, 'gpt2 · pending');
    refuse(talk, 'MESSAGE_STRANGE', Number.POSITIVE_INFINITY, 'editMessageText');
    talk.run(model);
    for (let minute = 0; minute < 8; minute += 1) {
      talk.pass(60_000);
      await talk.settled();
    }
    expect(talk.shown(ANN)[1]?.text).toContain('gpt2 · downloading');
    expect(talk.store.cards.cardOf(model.id)?.messageId).not.toBe(first);
  });
});

it('a tap that could not be answered in time does what it asks for', async () => {
  const bot = await openBot({ concurrency: 0 });
  onTestFinished(() => bot.close());
  bot.put('gpt2');
  await bot.say('/model gpt2');
  const card = await bot.sees('gpt2 · pending');
  const description = 'Bad Request: query is too old and response timeout expired or query ID is invalid';
  bot.telegram.setFault({ method: 'answerCallbackQuery', kind: '400', times: 1, description });
  await bot.tap(card, 'Cancel');
  await bot.sees('Cancel gpt2?');
});
