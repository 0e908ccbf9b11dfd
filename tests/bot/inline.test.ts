import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/repos/sample-repo.ts';
import type { InlineAnswer } from '../../playground/telegram/world/inline.ts';
import { silentLog } from '../../src/lib/log.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const GROUP = -1_001_700_000_004;

/** Types behind the bot's name. @returns what the bot answered */
const type = (query: string, userId = ANN): Promise<InlineAnswer> => {
  const id = bot.telegram.askInline(userId, query);
  return bot.telegram.waitFor((api) => api.inlineAnswers.find(({ inlineQueryId }) => inlineQueryId === id));
};

const titles = ({ results }: InlineAnswer): unknown[] => results.map(({ title }) => title);

describe('what is typed behind the bot’s name', () => {
  it('finds models, each with what there is to know of it', async () => {
    bot = await openBot();
    const answer = await type('tiny-llama gguf');
    expect(answer).toMatchObject({ isPersonal: true, cacheTime: 60 });
    expect(answer.results).toMatchObject([
      {
        type: 'article',
        title: 'sample/Tiny-Llama-GGUF',
        description: expect.stringMatching(/^about 60\.9 MB · apache-2\.0 · text-generation\n/),
        reply_markup: { inline_keyboard: [[{ text: 'Add with hubgram' }]] },
      },
    ]);
  });

  it('alone finds what is trending', async () => {
    bot = await openBot();
    expect(titles(await type('')).length).toBeGreaterThan(5);
  });

  it('posted where the bot is, is a link that the bot offers to add', async () => {
    bot = await openBot({ concurrency: 0 });
    const { inlineQueryId } = await type('tiny-diffusion');
    bot.telegram.pickInline(inlineQueryId, ANN, '0');
    const offer = await bot.sees('Add sample/tiny-diffusion to this library?');
    await bot.press(offer, 'Add for later');
    await bot.sees('sample/tiny-diffusion · pending');
    expect(bot.store.models.countModels(ANN)).toBe(1);
  });

  it('posted elsewhere leads to the same offer by its button', async () => {
    bot = await openBot({ concurrency: 0 });
    const { results } = await type('tiny-diffusion');
    const markup = results[0]?.['reply_markup'] as { inline_keyboard: { url: string }[][] };
    const link = new URL(markup.inline_keyboard[0]?.[0]?.url ?? '');
    expect(link.pathname).toBe('/hubgram_bot');
    await bot.say(`/start ${link.searchParams.get('start')}`);
    await bot.sees('Add sample/tiny-diffusion to this library?');
    expect(bot.store.models.countModels(ANN)).toBe(0);
  });

  it('has no button where a name is too long for a link to hold it', async () => {
    bot = await openBot();
    const long = `sample/${'long-name-'.repeat(6)}x`;
    bot.hub.addRepo(defineRepo({ id: long, files: [{ path: 'config.json', content: '{}' }] }));
    const { results } = await type('long-name');
    expect(results).toMatchObject([{ title: long }]);
    expect(results[0]).not.toHaveProperty('reply_markup');
  });

  it('is not answered while an option is being typed, and needs no Hub for that', async () => {
    bot = await openBot();
    bot.telegram.askInline(ANN, 'llama sort=');
    expect(titles(await type('tiny-diffusion'))).toEqual(['sample/tiny-diffusion']);
    expect(bot.telegram.inlineAnswers).toHaveLength(1);
  });

  it('is answered from memory if somebody asked lately', async () => {
    bot = await openBot();
    await type('tiny-diffusion');
    const { length } = bot.hub.requests;
    expect(titles(await type('tiny-diffusion'))).toEqual(['sample/tiny-diffusion']);
    expect(bot.hub.requests).toHaveLength(length);
  });

  it('is for those who may use the bot: strangers are shown the way, the denied nothing', async () => {
    bot = await openBot();
    const stranger = await type('tiny', BOB);
    expect(stranger.results).toEqual([]);
    expect(stranger.button).toEqual({ text: 'A private bot: ask to be let in', start_parameter: 'search' });
    bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
    bot.store.users.setRole(BOB, 'denied');
    const denied = await type('tiny', BOB);
    expect([denied.results, denied.button]).toEqual([[], undefined]);
    expect(bot.hub.requests).toEqual([]);
    bot.store.users.setRole(BOB, 'member');
    expect(titles(await type('tiny-diffusion', BOB))).toEqual(['sample/tiny-diffusion']);
  });

  it('answered too late is no failure: who types has gone on', async () => {
    const complaints: string[] = [];
    bot = await openBot({ log: { ...silentLog, error: (_, message) => void complaints.push(message) } });
    const description = 'Bad Request: query is too old and response timeout expired or query ID is invalid';
    bot.telegram.setFault({ method: 'answerInlineQuery', kind: '400', times: 1, description });
    bot.telegram.askInline(BOB, 'tiny');
    expect((await type('tiny l', BOB)).button).toBeDefined();
    expect(complaints).toEqual([]);
  });

  it('chosen by a stranger in a group is a message like any other', async () => {
    bot = await openBot({ concurrency: 0 });
    bot.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
    bot.store.users.setRole(BOB, 'member');
    const { inlineQueryId } = await type('tiny-diffusion', BOB);
    bot.telegram.pickInline(inlineQueryId, GROUP, '0');
    await bot.say('/start@hubgram_bot', { userId: ANN, chatId: GROUP });
    // Nobody had let the group in when it was posted.
    expect(bot.shown(GROUP).map(({ text }) => text)).not.toContain('Add sample/tiny-diffusion to this library?');
    bot.telegram.pickInline(inlineQueryId, GROUP, '0');
    await bot.sees('Add sample/tiny-diffusion to this library?', GROUP);
  });

  it('that the Hub does not answer is not answered, and nothing else suffers', async () => {
    bot = await openBot();
    await bot.hub.takeDown('hub');
    bot.telegram.askInline(ANN, 'llama');
    expect(await bot.ask('/queue')).toMatch(/^Nothing is downloading/);
    expect(bot.telegram.inlineAnswers).toEqual([]);
  });
});
