import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
let aheadMs = 0;
beforeAll(async () => {
  const clock = { now: () => Date.now() + aheadMs, monotonic: () => Math.floor(performance.now()) + aheadMs };
  bench = await openBot({ concurrency: 0, clock });
});
afterAll(() => bench.close());

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

/** What was ever asked for. */
const asked = (): string[] => {
  const refs: string[] = [];
  for (let id = 1; ; id += 1) {
    const request = bench.store.addRequests.getAddRequest(id);
    if (!request) return refs;
    refs.push(request.options?.url ?? request.ref);
  }
};

describe('the address of a file that is pasted', () => {
  it.each([
    ['https://files.example.org/a.gguf', 'https://files.example.org/a.gguf'],
    ['look (https://files.example.org/b.bin), fine?', 'https://files.example.org/b.bin'],
    [
      `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=M&tr=${encodeURIComponent('http://t.example.org/key')}`,
      `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=M`,
    ],
  ])('is offered, and nothing is asked for before a tap: %s', async (text, shown) => {
    const before = asked().length;
    const [offer, ...more] = await bench.say(text);
    expect(more).toEqual([]);
    expect(offer?.text).toBe(`Add ${shown} to this library?`);
    expect(labels(offer)).toEqual(['Add now', 'Add for later', 'Leave it']);
    expect(asked()).toHaveLength(before);
  });

  it('is asked for by a tap, as a whole, and left by another one', async () => {
    const [offer] = await bench.say('https://files.example.org/c.gguf?token=topsecret');
    expect(offer?.text).toBe('Add https://files.example.org/c.gguf?token=••• to this library?');
    await bench.press(offer, 'Add now');
    // Its key is sealed, and opened where the file is asked for.
    expect(asked().at(-1)).toMatch(/^https:\/\/files\.example\.org\/c\.gguf\?token=sealed\./);
    const [other] = await bench.say('https://files.example.org/d.gguf');
    const before = asked();
    await bench.press(other, 'Leave it');
    expect(bench.shown().find(({ message_id: id }) => id === other?.message_id)?.text).toBe('Nothing was added.');
    expect(asked()).toEqual(before);
  });

  it('is offered beside others, each in a message of its own, and the tapped one is asked for', async () => {
    const offers = (): SimMessage[] =>
      bench.shown().filter(({ text }) => /^Add \S*(?:two|tiny-llama)/.test(text ?? ''));
    await bench.say(
      'https://files.example.org/two-a.bin\nhttps://huggingface.co/sample/tiny-llama https://files.example.org/two-b.bin',
    );
    while (offers().length < 3) {
      const before = offers().length;
      await bench.telegram.waitFor(() => offers().length > before);
      aheadMs += 5000;
    }
    const last = offers().find(({ text }) => text?.includes('two-b.bin'));
    await bench.press(last, 'Add for later');
    expect(asked()).toContain('https://files.example.org/two-b.bin');
    expect(asked()).not.toContain('https://files.example.org/two-a.bin');
  });

  it.each([
    ['https://github.com/org/name/releases', /GitHub’s page about a release/],
    ['https://t.me/somechannel/42', /link into Telegram/],
    ['https://ann:secret@example.org/a.bin', /with a name and a password in it is not taken/],
    ['magnet:?xt=nothing', /names no torrent/],
  ])('is told to be none where that is known: %s', async (text, sentence) => {
    const [answer, ...more] = await bench.say(text);
    expect(more).toEqual([]);
    expect(answer?.text).toMatch(sentence);
    expect(labels(answer)).toEqual([]);
  });

  it('is nobody’s business in a group, unless the bot is spoken of', async () => {
    const group = bench.telegram.addGroup({
      title: 'Lab',
      members: [ANN],
      type: 'supergroup',
      bot: 'administrator',
    }).id;
    const there = { userId: ANN, chatId: group };
    await bench.say('/start', there);
    expect(await bench.say('https://files.example.org/a.gguf', there)).toEqual([]);
    const [offer] = await bench.say('@hubgram_bot https://files.example.org/a.gguf', there);
    expect(offer?.text).toBe('Add https://files.example.org/a.gguf to this library?');
    await bench.press(offer, 'Add for later', there);
    expect(asked().at(-1)).toBe('https://files.example.org/a.gguf');
  });
});

describe('a list of addresses', () => {
  it('behind /add is taken line by line', async () => {
    const before = asked().length;
    await bench.say('/add https://files.example.org/l1.bin\nhttps://files.example.org/l2.bin later');
    expect(asked().slice(before)).toEqual(['https://files.example.org/l1.bin', 'https://files.example.org/l2.bin']);
  });

  it('as a text document is offered as one', async () => {
    bench.telegram.sendDocument(ANN, ANN, {
      name: 'list.txt',
      data: 'https://files.example.org/t1.bin\nsample/tiny-llama\nhttps://t.me/x/1\n',
    });
    const offer = await bench.sees(/^Add these 2 models/);
    expect(offer.text).toBe(
      'Add these 2 models to this library? sample/tiny-llama, https://files.example.org/t1.bin\nNot understood: line 3 “https://t.me/x/1”.',
    );
    await bench.press(offer, 'Add for later');
    expect(asked()).toContain('https://files.example.org/t1.bin');
  });
});
