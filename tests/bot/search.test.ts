import { afterEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const labels = (message: SimMessage): string[][] =>
  (message.reply_markup?.inline_keyboard ?? []).map((row) => row.map(({ text }) => text));

/** The list of hits, once nothing is asked for any more. */
const found = (title: string): Promise<SimMessage> =>
  bot.telegram.waitFor(() =>
    bot
      .shown()
      .find(({ text = '' }) => text.startsWith(title) && !/ · searching|Exact sizes are on their way/.test(text)),
  );

describe('/search', () => {
  it('shows what there is to know of each hit, with what its usual choice takes', async () => {
    bot = await openBot();
    await bot.say('/search llama gguf');
    const list = await found('Search: llama gguf · trending first');
    expect(list.text?.split('\n').slice(1)).toEqual([
      '',
      '1 sample/Tiny-Llama-GGUF',
      '85.5 MB as Q4_K_M · apache-2.0 · text-generation',
      expect.stringMatching(/^[\d.]+K downloads · updated 5 Jan 2026$/),
    ]);
    expect(labels(list)).toEqual([['Add 1'], ['Most downloaded', 'Newest']]);
    const [link] = (list.entities ?? []).filter(({ type }) => type === 'text_link');
    expect(link).toMatchObject({ url: expect.stringMatching(/^http.*\/sample\/Tiny-Llama-GGUF$/) });
  });

  it('says of weights on other branches no less than they take', async () => {
    bot = await openBot();
    await bot.say('/search exl2');
    expect((await found('Search: exl2')).text).toContain('sample/tiny-llama-exl2\nat most 8');
  });

  it('that finds nothing by options alone does not speak of its words', async () => {
    bot = await openBot();
    await bot.say('/search author=nobody-at-all');
    expect((await found('Search: author=nobody-at-all')).text).toContain(
      'Words in place of the options may find more.',
    );
  });

  it('says that a hit is gated, and by whom', async () => {
    bot = await openBot();
    await bot.say('/search gated');
    expect((await found('Search: gated')).text).toContain('gated: its authors decide who may have it');
  });

  it('alone shows what is trending, page by page', async () => {
    bot = await openBot();
    await bot.say('/search');
    const first = await found('Search: everything · trending first');
    expect(labels(first)[2]).toEqual(['More ›']);
    await bot.press(first, 'More ›');
    const second = await found('Search: everything · page 2');
    expect(second.message_id).toBe(first.message_id);
    expect(second.text).toMatch(/^6 /m);
    expect(labels(second).slice(0, 3)).toEqual([
      ['Add 6', 'Add 7', 'Add 8'],
      ['Add 9', 'Add 10'],
      ['‹ Back', 'More ›'],
    ]);
    await bot.press(second, '‹ Back');
    expect((await found('Search: everything · trending first')).text).toBe(first.text);
  });

  it('puts first what was asked for', async () => {
    bot = await openBot();
    await bot.say('/search llama');
    await bot.press(await found('Search: llama · trending first'), 'Most downloaded');
    const ids = (await found('Search: llama · most downloaded first')).text?.match(/(?<=^\d )\S+$/gm) ?? [];
    const page = await fetch(`${bot.hub.url}/api/models?search=llama&sort=downloads&limit=5`);
    expect(ids).toEqual(((await page.json()) as { id: string }[]).map(({ id }) => id));
  });

  it('adds a hit in a message of its own, and says then that it is here', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/search author=openai-community');
    const list = await found('Search: author=openai-community');
    expect(list.text).toMatch(/^1 openai-community\/gpt2\n551 MB · mit · text-generation$/m);
    await bot.press(list, 'Add 1');
    await bot.sees('openai-community/gpt2 · pending');
    expect(bot.store.models.listModels(ANN).map(({ name }) => name)).toEqual(['openai-community/gpt2']);
    const again = await bot.telegram.waitFor(() =>
      bot.shown().findLast(({ text = '' }) => text.includes('in this library already')),
    );
    expect(again.message_id).toBe(list.message_id);
    expect(labels(again)[0]).toEqual(['Show 1']);
    await bot.press(again, 'Show 1');
    expect(bot.store.models.countModels(ANN)).toBe(1);
    bot.store.models.removeModel(bot.store.models.listModels(ANN)[0]?.id ?? 0);
    await bot.say('/queue');
    await bot.telegram.waitFor(() =>
      bot.shown().some((message) => message.message_id === list.message_id && labels(message)[0]?.[0] === 'Add 1'),
    );
  });

  it('offers another quantization of what the library has in one', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add sample/Tiny-Llama-GGUF:Q4_K_M');
    await bot.sees(/^sample\/Tiny-Llama-GGUF:Q4_K_M · pending/);
    await bot.say('/search Tiny-Llama-GGUF');
    const list = await bot.telegram.waitFor(() =>
      bot.shown().find((message) => labels(message).flat().includes('Another of 1')),
    );
    expect(labels(list).slice(0, 2)).toEqual([['Show 1'], ['Another of 1']]);
    await bot.press(list, 'Another of 1');
    await bot.sees('sample/Tiny-Llama-GGUF · which one?');
  });

  it('has its buttons in rows that a phone does not break', async () => {
    bot = await openBot();
    await bot.say('/search sample');
    expect(labels(await found('Search: sample')).map((row) => row.length)).toEqual([3, 2, 1, 2]);
  });

  it('that finds nothing says so', async () => {
    bot = await openBot();
    await bot.say('/search nothing-like-it');
    const list = await found('Search: nothing-like-it');
    expect(list.text).toContain('The Hub has nothing like that.');
    expect(labels(list)).toEqual([]);
  });

  it('that the Hub does not answer can be tried again in the same message', async () => {
    bot = await openBot();
    await bot.hub.takeDown('hub');
    await bot.say('/search llama');
    const failed = await bot.sees('Search: llama · failed');
    await bot.hub.bringUp('hub');
    await bot.press(failed, 'Try again');
    expect((await found('Search: llama · trending first')).message_id).toBe(failed.message_id);
  });

  it('answers a tap on a list of before', async () => {
    bot = await openBot();
    await bot.say('/search');
    const list = await found('Search: everything');
    await bot.press(list, 'Most downloaded');
    const button = list.reply_markup?.inline_keyboard[0]?.[0];
    const data = button && 'callback_data' in button ? button.callback_data : '';
    const pressed = bot.telegram.pressForged(ANN, ANN, list.message_id, String(data));
    const told = await bot.telegram.waitFor((api) =>
      api.answers.find(({ callbackQueryId }) => callbackQueryId === pressed),
    );
    expect(told.text).toBe('This list has changed since. Tap on what it shows now.');
    expect(bot.store.addRequests.requestsToDraw()).toEqual([]);
  });

  it('refuses what it does not understand, in a sentence', async () => {
    bot = await openBot();
    expect(await bot.ask('/search llama sort=size')).toBe(
      'What comes first is trending, downloads or recent, for example sort=downloads.',
    );
    expect(bot.hub.requests).toEqual([]);
  });

  it('is not for strangers', async () => {
    bot = await openBot();
    expect(await bot.ask('/search llama', { userId: BOB })).toContain('This is a private bot');
    expect(bot.hub.requests).toEqual([]);
  });
});
