import type { Update } from 'grammy/types';
import { afterEach, describe, expect, it } from 'vitest';
import { corrected } from '../../src/bot/updates/corrected.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const GROUP = -1_001_700_000_004;

const added = (): string[] => bot.store.models.listModels(ANN).map(({ name }) => name);

describe('a message that was corrected', () => {
  it('is read again if it was not understood', async () => {
    bot = await openBot({ concurrency: 0 });
    expect(await bot.ask('/add sample/--tiny')).toContain('is not a name the Hub could have');
    expect(await bot.correct('/add sample/--tiny-llama')).toContain('is not a name the Hub could have');
    await bot.correct('/add sample/tiny-llama');
    await bot.sees('sample/tiny-llama · pending');
    expect(added()).toEqual(['sample/tiny-llama']);
  });

  it('is looked up in the same message if the Hub did not know it', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add sample/nothing-like-that later');
    const card = await bot.sees('sample/nothing-like-that · failed');
    await bot.correct('/add sample/tiny-llama later');
    expect((await bot.sees('sample/tiny-llama · pending')).message_id).toBe(card.message_id);
    expect(bot.store.models.listModels(ANN)).toMatchObject([{ name: 'sample/tiny-llama', onDemand: true }]);
  });

  it('is looked up in the same message if it was the answer to a question', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add');
    await bot.say('sample/nothing-like-that');
    const card = await bot.sees('sample/nothing-like-that · failed');
    expect(await bot.correct('sample/tiny-llama')).toBe('');
    expect((await bot.sees('sample/tiny-llama · pending')).message_id).toBe(card.message_id);
    expect(added()).toEqual(['sample/tiny-llama']);
  });

  it('is taken for the answer if a question could not read it, and still stands', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add');
    expect(await bot.ask('sample/--tiny')).toContain('is not a name the Hub could have');
    await bot.correct('sample/tiny-llama');
    await bot.sees('sample/tiny-llama · pending');
    const [menu] = await bot.say(`/edit #1`);
    await bot.press(menu, 'Title');
    expect(await bot.ask('x'.repeat(200))).toMatch(/^A title has 120 characters at most/);
    expect(await bot.correct('Small')).toMatch(/title “Small”/);
    await bot.press((await bot.say('/schedule'))[0], 'Time zone');
    await bot.press(bot.shown().at(-1), 'Write a city');
    expect(await bot.ask('Qwxyzt')).toMatch(/^I know no place called/);
    expect(await bot.correct('Berlin')).toMatch(/^Set\. /);
  });

  it('is searched for in the same message if nothing was found', async () => {
    bot = await openBot();
    await bot.say('/search lllama');
    const list = await bot.sees('The Hub has nothing like that.');
    await bot.correct('/search tiny-diffusion');
    expect((await bot.sees(/^1 sample\/tiny-diffusion$/m)).message_id).toBe(list.message_id);
  });

  it.each([
    ['a command that there is not', '/qeue', '/queue', /^Nothing is downloading/],
    ['a model that is not here', '/pause gtp2', '/pause gpt2', /is paused/],
    ['words', 'gimme gpt2', '/queue', /^Nothing is downloading|^Waiting/],
  ])('is done if it was about %s', async (_name, first, then, answer) => {
    bot = await openBot({ concurrency: 0 });
    if (then.includes('gpt2')) bot.put('gpt2');
    await bot.say(first);
    expect(await bot.correct(then)).toMatch(answer);
  });

  it('is left alone if something came of it', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add sample/tiny-llama later');
    await bot.sees('sample/tiny-llama · pending');
    expect(await bot.correct('/add sample/sharded-llama later')).toBe('');
    await bot.say('/search tiny-llama');
    await bot.sees(/^1 sample/m);
    expect(await bot.correct('/search sharded')).toBe('');
    await bot.say('/help');
    expect(await bot.correct('/queue')).toBe('');
    expect(added()).toEqual(['sample/tiny-llama']);
  });

  it('is read once: what came of the correction stays', async () => {
    bot = await openBot();
    await bot.say('/qeue');
    expect(await bot.correct('/queue')).toMatch(/^Nothing is downloading/);
    expect(await bot.correct('/help')).toBe('');
  });

  it('of several models looks up what had failed of it only if all had', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add sample/tiny-llama sample/nothing-like-that later');
    await bot.sees('sample/tiny-llama · pending');
    await bot.sees('sample/nothing-like-that · failed');
    await bot.correct('/add sample/tiny-llama sample/sharded-llama later');
    expect(added()).toEqual(['sample/tiny-llama']);
  });

  it('is known by a row, which a restart leaves: without it, nothing is read again', async () => {
    bot = await openBot();
    await bot.say('/qeue');
    const [{ message_id: messageId } = { message_id: 0 }] = bot.telegram.messages(ANN);
    expect(bot.store.updates.takeRefused(ANN, messageId)).toBe(true);
    expect(await bot.correct('/queue')).toBe('');
  });

  // NousResearch/hermes-agent#81183: also what else changes about a message, such as a member's tag, comes as an edit of it.
  it('is none if nobody has written anything else, or did so long ago', async () => {
    bot = await openBot({ concurrency: 0 });
    await bot.say('/add sample/nothing-like-that later');
    await bot.sees('sample/nothing-like-that · failed');
    await bot.say('/qeue');
    const said = bot.shown().length;
    const asked = bot.hub.requests.length;
    const DAY_S = 86_400;
    const now = Math.floor(Date.now() / 1000);
    for (const message of bot.telegram.messages(ANN).filter(({ from }) => from?.id === ANN)) {
      bot.telegram.deliver('edited_message', message);
      bot.telegram.deliver('edited_message', { ...message, edit_date: now - DAY_S - 60 });
    }
    // Whatever they are taken for is done by then.
    await bot.say('/help');
    expect(bot.hub.requests.length).toBe(asked);
    expect(bot.shown()).toHaveLength(said + 1);
    await bot.sees('sample/nothing-like-that · failed');
  });

  it('of a stranger, or of talk in a group, is nobody’s business', async () => {
    bot = await openBot();
    await bot.say('/qeue', { userId: BOB });
    expect(await bot.correct('/queue', { userId: BOB })).toBe('');
    bot.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN], type: 'supergroup', bot: 'administrator' });
    const place = { userId: ANN, chatId: GROUP };
    await bot.say('/start@hubgram_bot', place);
    await bot.say('lunch?', place);
    expect(await bot.correct('/queue@hubgram_bot', place)).toBe('');
  });
});

const EDITED_S = 1_800_000_000;
const NOW = EDITED_S * 1000 + 5000;

it('of somebody who may not use the bot any more is no message: they are turned away with it', async () => {
  bot = await openBot();
  const { store } = bot;
  const message = {
    message_id: 5,
    date: 1,
    edit_date: EDITED_S,
    text: '/queue',
    chat: { id: BOB, type: 'private' as const, first_name: 'Bob' },
    from: { id: BOB, is_bot: false, first_name: 'Bob' },
  };
  const update = { update_id: 77, edited_message: message } as Update;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
  store.users.setRole(BOB, 'denied');
  store.updates.noteRefused(BOB, 5);
  expect(corrected(store, update, NOW)).toBe(update);
  store.users.setRole(BOB, 'member');
  expect(corrected(store, update, NOW)).toMatchObject({ update_id: 77, message: { text: '/queue' } });
  // Handled again after a crash, it is what it was.
  expect(corrected(store, update, NOW)).toMatchObject({ message: { text: '/queue' } });
});

it('what was refused is forgotten with the updates of its time', async () => {
  bot = await openBot();
  bot.store.updates.noteRefused(ANN, 5);
  bot.store.updates.prune('2000-01-01T00:00:00.000Z');
  expect(bot.store.updates.takeRefused(ANN, 5)).toBe(true);
  bot.store.updates.noteRefused(ANN, 5);
  bot.store.updates.prune('2100-01-01T00:00:00.000Z');
  expect(bot.store.updates.takeRefused(ANN, 5)).toBe(false);
});
