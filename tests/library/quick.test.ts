import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError, refuse } from '../../src/domain/errors.ts';
import type { SearchTerms } from '../../src/domain/search/terms.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createQuickSearches } from '../../src/library/finding/quick.ts';
import type { SearchPage, SearchQuery } from '../../src/sources/port.ts';

const terms = (words: string): SearchTerms => ({ words, gguf: false, order: 'trending' });

const openBench = (count: (userId: number) => void = () => undefined) => {
  let nowMs = 0;
  const asked: string[] = [];
  const open: PromiseWithResolvers<SearchPage>[] = [];
  const search = ({ words = '' }: SearchQuery): Promise<SearchPage> => {
    asked.push(words);
    const question = Promise.withResolvers<SearchPage>();
    open.push(question);
    return question.promise;
  };
  const quick = createQuickSearches({
    source: { search },
    sizes: { known: () => undefined },
    count,
    clock: { monotonic: () => nowMs },
    log: silentLog,
  });
  const answered: string[] = [];
  onTestFinished(async () => {
    for (const question of open) question.resolve({ found: [], next: undefined });
    await quick.close();
  });
  return {
    asked,
    answered,
    open,
    ask: (userId: number, words: string) =>
      quick.ask(userId, terms(words), (hits) => {
        answered.push(`${words}: ${hits.length}`);
        return Promise.resolve();
      }),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
};

describe('a quick search', () => {
  it('of one person waits for the one before, and of those that wait the newest counts', async () => {
    const { ask, asked, answered, open } = openBench();
    for (const words of ['l', 'll', 'lla', 'llama']) ask(1, words);
    expect(asked).toEqual(['l']);
    open[0]?.resolve({ found: [], next: undefined });
    await expect.poll(() => asked).toEqual(['l', 'llama']);
    open[1]?.resolve({ found: [], next: undefined });
    await expect.poll(() => answered).toEqual(['l: 0', 'llama: 0']);
  });

  it('of many people goes on four at once', async () => {
    const { ask, asked, open } = openBench();
    for (let person = 1; person <= 6; person += 1) ask(person, `of ${person}`);
    expect(asked).toHaveLength(4);
    open[2]?.reject(new AppError('unavailable', 'Not now.'));
    await expect.poll(() => asked).toHaveLength(5);
  });

  it('is known for five minutes, whoever asks', async () => {
    const { ask, asked, answered, open, pass } = openBench();
    ask(1, 'llama');
    open[0]?.resolve({ found: [], next: undefined });
    await expect.poll(() => answered).toHaveLength(1);
    pass(299_999);
    ask(2, 'llama');
    expect([asked.length, answered.length]).toEqual([1, 2]);
    pass(1);
    ask(2, 'llama');
    expect(asked).toHaveLength(2);
  });

  it('beyond what one person may is refused, and what is known is not', async () => {
    let left = 1;
    const { ask, asked, answered, open } = openBench(() => {
      left -= 1;
      if (left < 0) refuse('Enough.', 'constraint');
    });
    ask(1, 'llama');
    open[0]?.resolve({ found: [], next: undefined });
    await expect.poll(() => answered).toHaveLength(1);
    expect(() => ask(1, 'qwen')).toThrow('Enough.');
    ask(1, 'llama');
    expect([asked.length, answered.length]).toEqual([1, 2]);
  });
});
