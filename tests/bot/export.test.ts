import { afterEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { textIn } from '../helpers/sent-document.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const exported = async (line = '/export', place = {}): Promise<{ models: { name: string }[]; metadata: object }> => {
  const [answer] = await bot.say(line, place);
  return JSON.parse(await textIn(bot.telegram, answer)) as never;
};

describe('/export', () => {
  it('sends the library of this chat as models.json, with all that people keep of it', async () => {
    bot = await openBot({ concurrency: 0 });
    const { models } = bot.store;
    const one = bot.put('facebook/bart-large-cnn', 'completed');
    models.updateModelDetails(one, {
      description: 'BART <b>&</b> “more”\nin two lines',
      priority: 'high',
      sizeBytes: 1_630_000_000,
      title: 'Summaries',
      category: 'text',
      pinned: true,
      maxRetries: 9,
    });
    models.setTags(one, ['summarization', 'nlp']);
    const two = models.createModel({
      chatId: ANN,
      name: 'org/data',
      repoType: 'dataset',
      revision: 'v1.0',
      selection: JSON.stringify({ quantize: 'all', include: ['*.json'], exclude: [] }),
      enabled: false,
    });
    models.moveModel(two.id, 'pending', 'paused');
    bot.put('somebody/elses', 'completed', BOB);
    const file = await exported();
    expect(file.models).toEqual([
      {
        name: 'facebook/bart-large-cnn',
        description: 'BART <b>&</b> “more”\nin two lines',
        size_estimate: '1.63GB',
        priority: 'high',
        tags: ['summarization', 'nlp'],
        enabled: true,
        status: 'completed',
        title: 'Summaries',
        category: 'text',
        pinned: true,
        max_retries: 9,
        size_bytes: 1_630_000_000,
      },
      {
        name: 'datasets/org/data',
        priority: 'medium',
        tags: [],
        enabled: false,
        status: 'paused',
        revision: 'v1.0',
        quantize: 'all',
        include: ['*.json'],
      },
    ]);
    const changedAt = [one, two.id]
      .map((id) => models.getModel(id)?.updatedAt ?? '')
      .toSorted()
      .at(-1);
    expect(file.metadata).toEqual({
      version: '1.0',
      created: models.getModel(one)?.createdAt,
      last_updated: changedAt,
    });
    expect(bot.shown().at(-1)).toMatchObject({
      document: { file_name: 'models.json' },
      caption: '2 models of this library.',
    });
  });

  it('sends what the words behind it mean, and says if that is nothing', async () => {
    bot = await openBot({ concurrency: 0 });
    bot.store.models.setTags(bot.put('sample/one'), ['nlp']);
    bot.put('sample/two', 'completed');
    expect((await exported('/export #nlp')).models.map(({ name }) => name)).toEqual(['sample/one']);
    expect((await exported('/export completed')).models.map(({ name }) => name)).toEqual(['sample/two']);
    expect(await bot.ask('/export #cv')).toBe('Nothing in this library is like that, so there is nothing to export.');
  });

  it('is sent by the button under a list of the library too, with what that list is of', async () => {
    bot = await openBot({ concurrency: 0 });
    bot.store.models.setTags(bot.put('sample/one'), ['nlp']);
    bot.put('sample/two', 'completed');
    const namesIn = async (list: SimMessage | undefined): Promise<string[]> => {
      await bot.press(list, 'Export');
      const file = JSON.parse(
        await textIn(
          bot.telegram,
          bot.shown().findLast(({ document }) => document),
        ),
      ) as { models: { name: string }[] };
      return file.models.map(({ name }) => name);
    };
    const [all] = await bot.say('/library');
    expect(await namesIn(all)).toHaveLength(2);
    const [some] = await bot.say('/library #nlp');
    expect(await namesIn(some)).toEqual(['sample/one']);
    await bot.press(some, 'Import');
    expect(bot.shown().at(-1)?.text).toMatch(/^Send me a file first, models\.json or a list/);
  });

  it('is sent again, whole, where Telegram was in trouble', async () => {
    bot = await openBot({ concurrency: 0 });
    bot.put('sample/one');
    bot.telegram.setFault({ method: 'sendDocument', chatId: ANN, kind: '502html', times: 1 });
    expect((await exported()).models).toHaveLength(1);
  });
});
