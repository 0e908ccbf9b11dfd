import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_001;

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterAll(() => bench?.close());

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

describe('a pasted link to what is no model', () => {
  const links: [string, RegExp][] = [
    ['https://huggingface.co/papers/2307.09288', /is a paper\./],
    ['look: https://hf.co/collections/meta-llama/llama-31-669fc079a0c406a149a5738f', /is a collection\./],
    ['https://huggingface.co/spaces', /is a Space:/],
    ['https://huggingface.co/blog/gguf', /is an article\./],
    ['https://huggingface.co/settings/tokens', /is a page of the Hub/],
  ];

  it.each(links)('is told as what it is: %s', async (message, said) => {
    expect(await bench.ask(message)).toMatch(said);
  });

  it.each(links)('is told as what it is behind /add: %s', async (message, said) => {
    expect(await bench.ask(`/add ${message.replace('look: ', '')}`)).toMatch(said);
  });

  it('is talk in a group, and none of the bot’s business', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup', bot: 'administrator' });
    await bench.say('/start', { chatId: GROUP });
    expect(await bench.say('https://huggingface.co/papers/2307.09288', { userId: BOB, chatId: GROUP })).toEqual([]);
  });

  it('of a person or an organisation says what to send instead', async () => {
    await bench.say('/add https://huggingface.co/meta-llama');
    await bench.sees(/If it is a person or an organisation, send the link of one of its models/);
  });
});

describe('a Space', () => {
  const SPACE = 'https://huggingface.co/spaces/sample/tiny-demo';

  it.each([SPACE, `look at ${SPACE}`, `/add ${SPACE}`, '/add spaces/sample/tiny-demo'])(
    'is told as what it is, with what it uses: %s',
    async (message) => {
      const before = bench.shown().length;
      await bench.say(message);
      const card = await bench.telegram.waitFor(() =>
        bench
          .shown()
          .slice(before)
          .find((shown) => labels(shown).length > 0),
      );
      expect(card.text?.split('\n').slice(1)).toEqual([
        'It is an app, not a model. I keep models and datasets.',
        'It uses these:',
      ]);
      expect(card.text).toMatch(/^spaces\/sample\/tiny-demo · a Space\n/);
      expect(labels(card)).toEqual([
        'Add sample/tiny-llama',
        'Add sample/tiny-diffusion',
        'Add datasets/sample/tiny-dataset',
      ]);
      await bench.press(card, 'Add datasets/sample/tiny-dataset');
      await bench.telegram.waitFor(() =>
        bench.shown().find(({ message_id: id, text }) => id === card.message_id && /tiny-dataset · /.test(text ?? '')),
      );
    },
  );

  it('of which the Hub says nothing is told as what it is', async () => {
    await bench.say('/add https://huggingface.co/spaces/org/unknown');
    await bench.sees(/unknown · a Space\nIt is an app, not a model\. .*\nSend the link of one that its page names\.$/);
  });
});

describe('a pasted link to what is here already', () => {
  it('says so, and leads to its card', async () => {
    const id = bench.put('sample/tiny-llama', 'completed');
    const [offer] = await bench.say('https://huggingface.co/sample/tiny-llama');
    expect(offer?.text).toBe('This library has it already: sample/tiny-llama · completed.');
    expect(labels(offer)).toEqual([`Show #${id} sample/tiny-llama`, 'Look it up again']);
    await bench.press(offer, `Show #${id} sample/tiny-llama`);
    await bench.sees(/^sample\/tiny-llama · completed/);
  });

  it('does not mean another revision, or what another chat has', async () => {
    bench.put('sample/sharded-llama', 'completed', BOB);
    expect(await bench.ask('https://huggingface.co/sample/tiny-llama/tree/other')).toMatch(
      /^Add sample\/tiny-llama@other/,
    );
    expect(await bench.ask('https://huggingface.co/sample/sharded-llama')).toMatch(/^Add sample\/sharded-llama to/);
  });

  it('is looked up again by a tap', async () => {
    bench.put('sample/many-files', 'paused');
    const [offer] = await bench.say('https://huggingface.co/sample/many-files');
    await bench.press(offer, 'Look it up again');
    const shown = (): string =>
      bench.shown().find(({ message_id: messageId }) => messageId === offer?.message_id)?.text ?? '';
    await bench.telegram.waitFor(() => shown().startsWith('sample/many-files · '));
    expect(shown()).toMatch(/^sample\/many-files · /);
  });
});
