import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterAll(() => bench.close());

const deepLink = (ref: string): string => `/start add_${Buffer.from(ref).toString('base64url')}`;

/** How much was ever asked for. */
const asked = (): number => {
  let count = 0;
  while (bench.store.addRequests.getAddRequest(count + 1)) count += 1;
  return count;
};

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

describe('a link of somebody else’s that opens the bot', () => {
  it('offers what it names, and downloads nothing before a tap', async () => {
    const [offer, ...more] = await bench.say(deepLink('sample/tiny-llama'));
    expect(more).toEqual([]);
    expect(offer?.text).toBe('Add sample/tiny-llama to this library?');
    expect(labels(offer)).toEqual(['Add now', 'Add for later']);
    expect(asked()).toBe(0);
    await bench.press(offer, 'Add for later');
    const card = await bench.sees('sample/tiny-llama · pending');
    expect(card.message_id).toBe(offer?.message_id);
  });

  it.each([
    // Whoever made the link would choose the files, too, and the moment.
    'gpt2 now quantize=all',
    'gpt2\nnow',
    '../../etc/passwd',
    'https://example.org/gpt2',
    '\u202Egpt2',
  ])('adds nothing and says why for %j', async (ref) => {
    const before = asked();
    const answers = await bench.say(deepLink(ref));
    expect(answers).toHaveLength(1);
    expect(labels(answers[0])).toEqual([]);
    expect(asked()).toBe(before);
  });

  it('that names one file shows which', async () => {
    const [offer] = await bench.say(deepLink('hf://gpt2@main/config.json'));
    expect(offer?.text).toBe('Add hf://gpt2@main/config.json to this library?');
  });
});
