import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const FORUM = -1_001_000_000_055;
const IN_FORUM = { chatId: FORUM };

let bench: BotBench;
/** Its id is that of the message that has opened it. */
let topic: number;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  const members = [ANN, BOB];
  bench.telegram.addGroup({
    id: FORUM,
    title: 'Lab',
    type: 'supergroup',
    isForum: true,
    members,
    bot: 'administrator',
  });
  topic = bench.telegram.addTopic(FORUM, 'Models');
  await bench.say('/start', IN_FORUM);
});
afterEach(() => bench?.close());

/** What answers nobody answers what has opened the topic. */
const askInTopic = (text: string): Promise<string> => bench.ask(text, IN_FORUM, { threadId: topic, replyTo: topic });

it('the answer to a question is what is said to the bot: nothing to somebody else, nor in another topic', async () => {
  const asked = () => bench.store.addRequests.getAddRequest(1)?.ref;
  expect(await askInTopic('/add')).toMatch(/^Which model\?/);
  const his = bench.telegram.say(BOB, FORUM, 'Which one do you like?', { threadId: topic });
  expect(await bench.ask('bert', IN_FORUM, { replyTo: his.message_id })).toBe('');
  expect(await bench.ask('bert', IN_FORUM)).toBe('');
  expect(asked()).toBeUndefined();
  await askInTopic('gpt2');
  expect(asked()).toBe('gpt2');
});
