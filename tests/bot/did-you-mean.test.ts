import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { ANN, type BotBench, type BotBenchOptions, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const open = async (hub: BotBenchOptions['hub'] = {}, clock: Clock = systemClock): Promise<void> => {
  bot = await openBot({ concurrency: 1, hub, clock });
};

/** Labels of the buttons under a message, those that shine marked. */
const buttons = (message: SimMessage): string[] =>
  (message.reply_markup?.inline_keyboard ?? []).flat().map(({ text, ...more }) => {
    const style = 'style' in more && more.style ? ` (${String(more.style)})` : '';
    return `${text}${style}`;
  });

const withButton = (label: string): Promise<SimMessage> =>
  bot.telegram.waitFor(() => bot.shown(ANN).find((message) => buttons(message).includes(label)));

describe('a name that the Hub does not know', () => {
  it('is answered by what was most likely meant, and a tap adds that in the same message', async () => {
    await open();
    await bot.say('/add sample/tiny-lama');
    const offer = await withButton('Add sample/tiny-llama');
    const [title, reason, question] = offer.text?.split('\n') ?? [];
    expect([title, question]).toEqual(['sample/tiny-lama · failed', 'Did you mean this one?']);
    expect(reason).toMatch(/sample\/tiny-lama/);
    expect(buttons(offer)).toEqual(['Add sample/tiny-llama', 'Try again']);
    await bot.press(offer, 'Add sample/tiny-llama');
    const card = await bot.sees(/sample\/tiny-llama · (pending|downloading|completed)/);
    expect(card.message_id).toBe(offer.message_id);
    expect(bot.store.models.countModels(ANN)).toBe(1);
  });

  it('keeps the options that were typed', async () => {
    await open();
    await bot.say('/add datasets/sample/tiny-datasset include=*.md later');
    const offer = await withButton('Add datasets/sample/tiny-dataset');
    await bot.press(offer, 'Add datasets/sample/tiny-dataset');
    await bot.sees(/tiny-dataset.* · pending/);
    const [model] = bot.store.models.listModels(ANN);
    expect(model && bot.store.models.modelFiles(model.id).map(({ path }) => path)).toEqual(['README.md']);
  });

  it('of a revision that is not there is answered by the repository without it', async () => {
    await open();
    await bot.say('/add sample/tiny-llama@mian later');
    const offer = await withButton('Add sample/tiny-llama');
    await bot.press(offer, 'Add sample/tiny-llama');
    await bot.sees(/sample\/tiny-llama.* · pending/);
    expect(bot.store.models.listModels(ANN)[0]?.revision).toBe('main');
  });

  it('that is like none is answered without a guess, and trying again is not the main thing', async () => {
    await open();
    await bot.say('/add sample/nothing-like-anything');
    await bot.hub.waitForRequest(({ path }) => path.startsWith('/api/models?') || path === '/api/models');
    expect(buttons(await bot.sees('sample/nothing-like-anything · failed'))).toEqual(['Try again']);
  });

  it('is answered at once also where the search does not work', async () => {
    await open();
    bot.hub.setFault({ kind: 'status', status: 500, path: /^\/api\/models$/ });
    await bot.say('/add sample/tiny-lama');
    const card = await bot.sees('sample/tiny-lama · failed');
    await bot.hub.waitForRequest(({ path, status }) => path.startsWith('/api/models') && status === 500);
    expect(buttons(card)).toEqual(['Try again']);
  });

  it('of a model that is to be chosen yet is told where that stands', async () => {
    await open();
    await bot.say('/add sample/Tiny-Llama-GGUF quantize=ask');
    await bot.sees('sample/Tiny-Llama-GGUF · which one?');
    expect(await bot.ask('/cancel tiny-llama')).toBe(
      'sample/Tiny-Llama-GGUF waits for an answer: one is chosen under its question, or “Leave it” ends it. /queue lists such questions.',
    );
    expect(await bot.ask('/cancel tiny-lama')).toMatch(/^There is no “tiny-lama”/);
  });

  it('of a question that has gone up out of sight brings it to the end of the chat again', async () => {
    await open();
    await bot.say('/add sample/Tiny-Llama-GGUF quantize=ask');
    const first = await bot.sees('sample/Tiny-Llama-GGUF · which one?');
    const [list] = await bot.say('/queue');
    expect(list?.text).toBe('Waiting for an answer\nsample/Tiny-Llama-GGUF');
    expect(await bot.press(list, 'Ask again')).toBe('Look at the end of this chat.');
    const again = await bot.telegram.waitFor(() =>
      bot.shown().find(({ text = '', message_id: id }) => text.includes('which one?') && id > (list?.message_id ?? 0)),
    );
    expect(bot.shown().some(({ message_id: id }) => id === first.message_id)).toBe(false);
    await bot.press(again, 'Leave it');
    await bot.sees(/^sample\/Tiny-Llama-GGUF · cancelled/);
    expect(await bot.press(list, 'Ask again')).not.toBe('Look at the end of this chat.');
  });

  it('of what is being looked up is told so, and /queue has it', async () => {
    await open();
    await bot.hub.takeDown('hub');
    await bot.say('/add sample/tiny-llama');
    await bot.sees(/^sample\/tiny-llama · looking up\n.*Trying again/);
    expect(await bot.ask('/queue')).toBe('Being looked up\nsample/tiny-llama');
    expect(await bot.ask('/cancel tiny-llama')).toBe(
      'sample/tiny-llama is being looked up and is no model yet. If a look fails, “Leave it” under it ends that.',
    );
  });

  it('of a repository that waits for access is told so, and /queue has it', async () => {
    await open();
    await bot.say('/add sample/gated-llama');
    await bot.sees('sample/gated-llama · waits for access');
    expect(await bot.ask('/cancel gated-llama')).toBe(
      'sample/gated-llama waits for access and is no model yet: “Leave it” under its answer ends that.',
    );
    expect(await bot.ask('/queue')).toBe('Waiting for access\nsample/gated-llama');
    await bot.press(await bot.sees('sample/gated-llama · waits for access'), 'Leave it');
    expect(await bot.ask('/queue')).toMatch(/^Nothing is downloading/);
    expect(await bot.ask('/cancel gated-llama')).toMatch(/^There is no “gated-llama”/);
  });

  it('is told by a sample Hub that it is one, and how to see what it has', async () => {
    await open({ namesRepos: true });
    await bot.say('/add org/whatever');
    const { text } = await bot.sees('org/whatever · failed');
    expect(text).toContain(' This is a sample Hub: /search shows what it has, such as sample/tiny-llama.');
  });
});

describe('a failure that trying again will not mend', () => {
  it('has no bright “Try again”: a wish that nothing fits; of a gated repository it is what a person does next', async () => {
    await open();
    await bot.say('/add sample/gated-llama');
    expect(buttons(await bot.sees('sample/gated-llama · waits for access'))).toEqual([
      'Try again (primary)',
      'Leave it',
    ]);
    await bot.say('/add sample/tiny-llama:Q6_K');
    expect(buttons(await bot.sees('sample/tiny-llama:Q6_K · failed'))).toEqual([]);
  });

  it('in mid-download: card and notice offer it without shining', async () => {
    await open();
    bot.hub.setFault({ kind: 'status', status: 403, path: '/resolve/' });
    await bot.say('/add sample/tiny-llama');
    const notice = await bot.telegram.waitFor(() => bot.shown(ANN).find(({ silent }) => !silent));
    expect(buttons(notice)).toEqual(['Try again']);
    expect(buttons(await bot.sees('sample/tiny-llama · failed'))).toEqual(['Try again', 'Remove', 'Details']);
  });

  it('but of a Hub that is down shines', async () => {
    // The transfer tries again and again before it gives up.
    await open({}, createRunningClock(undefined, 8));
    bot.hub.setFault({ kind: 'status', status: 500, path: '/resolve/' });
    await bot.say('/add sample/tiny-llama');
    const notice = await bot.telegram.waitFor(() => bot.shown(ANN).find(({ silent }) => !silent));
    expect(buttons(notice)).toEqual(['Try again (primary)']);
  });
});

it('the model that an adapter is for is added by a tap under its card, until the library has it', async () => {
  await open();
  await bot.say('/add sample/tiny-adapter');
  const card = await withButton('Add sample/tiny-llama');
  expect(card.text).toMatch(/^sample\/tiny-adapter · completed\n/);
  await bot.press(card, 'Add sample/tiny-llama');
  await bot.sees(/^sample\/tiny-llama · (?:pending|downloading|completed)/);
  expect(bot.store.models.listModels(ANN).map(({ name }) => name)).toEqual([
    'sample/tiny-llama',
    'sample/tiny-adapter',
  ]);
});
