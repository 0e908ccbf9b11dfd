import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
let forum: number;
let threadId: number;

beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  const { telegram, store } = bench;
  const members = [ANN, BOB];
  forum = telegram.addGroup({ title: 'Lab', type: 'supergroup', isForum: true, bot: 'administrator', members }).id;
  threadId = telegram.addTopic(forum, 'Models');
  store.chats.upsertChat({ chatId: forum, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(forum, 'approved');
});
afterEach(() => bench?.close());

const ask = (said: string): Promise<string> => bench.ask(said, { chatId: forum }, { threadId });

/** There, what replies to nobody comes as a reply to what has opened the topic. */
describe('in a topic of a group', () => {
  it('/history alone is that of the chat', async () => {
    const { sessions } = bench.store;
    for (const name of ['org/one', 'org/two']) {
      const id = bench.put(name, 'completed', forum);
      sessions.updateDownloadSession(sessions.startOrContinue(id, 5).id, 'completed');
    }
    expect(await ask('/history')).toMatch(/^History\n2 downloads/);
  });

  it('/update alone lists what is newer', async () => {
    for (const name of ['org/one', 'org/two']) bench.put(name, 'completed', forum);
    expect(await ask('/update')).toMatch(/^Nothing newer is known\./);
  });

  it('/file with a name alone is about the model of that name', async () => {
    bench.put('org/one', 'completed', forum);
    expect(await ask('/file org/none')).toContain('There is no “org/none” in this chat’s library.');
  });
});

describe('in a supergroup without topics', () => {
  it('what is said to somebody else is not for the model, also where it begins a thread', async () => {
    const { telegram, store } = bench;
    const chatId = telegram.addGroup({
      title: 'Hall',
      type: 'supergroup',
      bot: 'administrator',
      members: [ANN, BOB],
    }).id;
    store.chats.upsertChat({ chatId, kind: 'supergroup', title: 'Hall' });
    store.chats.setAccess(chatId, 'approved');
    const modelId = bench.put('org/talks', 'completed', chatId);
    const talk = store.talks.createTalk({ chatId, userId: ANN, threadId: null, modelId });
    const { message_id: replyTo } = telegram.say(BOB, chatId, 'What do you think?');
    expect(await bench.ask('I like it', { chatId }, { replyTo })).toBe('');
    expect(store.talks.listTurns(10)).toEqual([]);
    expect(store.talks.talkOf(chatId, ANN)?.id).toBe(talk.id);
  });
});
