import { afterEach, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

/** How far its clock is ahead: the pauses between messages need not be waited for. */
let aheadMs = 0;

const open = async (): Promise<void> => {
  aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs, monotonic: () => Math.floor(performance.now()) + aheadMs };
  bot = await openBot({ concurrency: 0, clock });
};

const offers = (): SimMessage[] => bot.shown(ANN).filter(({ text }) => text?.startsWith('Add ') === true);

const offered = (): string[] => offers().map(({ text }) => text?.split(' ')[1] ?? '');

/** Waits until so many offers stand in the chat. */
const until = async (amount: number): Promise<void> => {
  while (offers().length < amount) {
    const before = offers().length;
    await bot.telegram.waitFor(() => offers().length > before);
    aheadMs += 5000;
  }
};

const hf = (id: string): string => `https://huggingface.co/${id}`;

// mccxiv/tc#251, alfem/telegram-download-daemon#33: of several links only the first was taken.
it('each of several links in a message is offered, and each offer becomes its own card', async () => {
  await open();
  const names = ['sample/tiny-llama', 'sample/sharded-llama', 'gpt2'];
  const { length } = await bot.say(`Three for tonight:\n- ${names.map(hf).join('\n- ')}`);
  expect(length).toBeLessThanOrEqual(3);
  await until(3);
  expect(offered()).toEqual(names);
  for (const offer of offers()) {
    expect(offer.reply_to_message?.text).toContain('Three for tonight');
    await bot.press(offer, 'Add for later');
  }
  for (const name of names) await bot.sees(`${name} · pending`);
  expect(bot.shown(ANN)).toHaveLength(3);
  expect(bot.store.models.listModels(ANN).map(({ name }) => name)).toHaveLength(3);
});

it('a tap on one of several offers, twice, adds it once', async () => {
  await open();
  await bot.say(`${hf('sample/sharded-llama')} ${hf('sample/tiny-llama')}`);
  await until(2);
  const [, second] = offers();
  bot.telegram.press(ANN, ANN, second?.message_id ?? 0, 'Add now');
  bot.telegram.press(ANN, ANN, second?.message_id ?? 0, 'Add now');
  await bot.telegram.waitFor((api) => api.answers.length === 2);
  await bot.telegram.waitFor(() => bot.store.models.countModels(ANN) === 1);
  expect(bot.store.addRequests.openLookUpsOf(ANN)).toBe(0);
  expect(offered()).toEqual(['sample/sharded-llama']);
});

it('what one message names twice, behind words, or with nothing between is offered once each', async () => {
  await open();
  const text = `gpt2 is here, and ${hf('org/one')},${hf('org/two')};${hf('org/one')}`;
  await bot.say(text, {}, { entities: [{ type: 'text_link', offset: 0, length: 4, url: hf('gpt2') }] });
  await until(3);
  expect(offered()).toEqual(['org/one', 'org/two', 'gpt2']);
});

it('links under a picture or a document are offered as well', async () => {
  await open();
  const caption = `${hf('org/one')} ${hf('org/two')}`;
  bot.telegram.sendDocument(ANN, ANN, { data: 'x', name: 'list.txt', mime: 'text/plain', caption });
  await until(2);
  expect(offered()).toEqual(['org/one', 'org/two']);
});

it('of more than twenty links the first twenty are offered, and the person is told', async () => {
  await open();
  const ids = Array.from({ length: 23 }, (_, index) => `org/model-${index + 1}`);
  expect(await bot.ask(ids.map(hf).join('\n'))).toContain(
    'There are 23 links in this message. Here are the first 20; send the others again in another one.',
  );
  await until(20);
  expect(offered()).toEqual(ids.slice(0, 20));
});
