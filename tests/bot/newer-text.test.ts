import { describe, expect, it } from 'vitest';
import { newerText } from '../../src/bot/outbox/newer-commit.ts';
import type { News, Renewal } from '../../src/domain/renewals/renewal.ts';
import { dataPattern } from '../../src/bot/ui/buttons.ts';
import { renewalsFeature } from '../../src/bot/renewals/feature.ts';
import { sampleModel } from './samples.ts';

const AT = '2026-11-21T12:00:00.000Z';
const sampleRenewal = (changes: Partial<Renewal> = {}): Renewal => ({
  modelId: 7,
  state: 'offered',
  commitSha: 'a'.repeat(40),
  news: {
    changed: 2,
    added: 1,
    removed: 0,
    missingBytes: 5_200_000,
    sizeBytes: 551_000_000,
    titles: ['Fix it', 'Add it'],
    hasMore: true,
  },
  reason: null,
  newName: null,
  askId: null,
  lookedAt: AT,
  updatedAt: AT,
  ...changes,
});

describe('what is told of a newer commit', () => {
  it.each([
    [{ missingBytes: 548_000_000, fetchedBytes: 136_000_000 }, 'about 136 MB of 548 MB to fetch'],
    [{ missingBytes: 548_000_000 }, '548 MB to fetch'],
    [{ missingBytes: 0 }, 'nothing to fetch'],
  ])('says what of it comes over the network where the rest lies here: %j', (bytes, sentence) => {
    const news = { ...sampleRenewal().news, ...bytes } as News;
    expect(newerText([{ model: sampleModel(), renewal: sampleRenewal({ news }) }]).text).toContain(` · ${sentence}\n`);
  });

  it('says how many files differ, what there is to fetch and what its authors wrote', () => {
    const { text } = newerText([{ model: sampleModel(), renewal: sampleRenewal() }]);
    expect(text).toBe(
      'gpt2 · newer revision\n2 files changed, 1 new · 5.2 MB to fetch\nWhat changed:\n· Fix it\n· Add it\n· and more',
    );
  });

  it('names those that are meant where several models of a chat follow the branch, and says what takes most', () => {
    const of = (id: number, missingBytes: number) => ({
      model: sampleModel({ id, selection: `{"quantize":"Q${id}_0","include":[],"exclude":[]}` }),
      renewal: sampleRenewal({ news: { ...(sampleRenewal().news as never as object), missingBytes } as never }),
    });
    const { text } = newerText([of(4, 1000), of(8, 2000)]);
    expect(text.split('\n').slice(0, 3)).toEqual([
      'gpt2 · newer revision',
      '2 files changed, 1 new · 2 kB to fetch',
      '#4 gpt2:Q4_0, #8 gpt2:Q8_0',
    ]);
  });

  it('has room in a message, whatever the names, the titles and the reason are, and marks up nothing of them', () => {
    const long = '<b>🛠️_*'.repeat(800);
    const news = { ...sampleRenewal().news, titles: Array.from({ length: 5 }, () => long) } as Renewal['news'];
    const models = Array.from({ length: 200 }, (_, id) => ({
      model: sampleModel({ id: 1e14 + id, name: `${'o'.repeat(96)}/${'n'.repeat(96)}`, title: 't'.repeat(120) }),
      renewal: sampleRenewal({ state: 'refused', news, reason: long }),
    }));
    for (const { text, entities } of [newerText(models), newerText(models.slice(0, 1))]) {
      expect(text.length).toBeLessThan(4096);
      expect(entities.map(({ type }) => type)).toEqual(['bold']);
    }
  });

  it('calls nobody by what changed, and has no command in it', () => {
    const news = { ...sampleRenewal().news, titles: ['by @bob: /remove all'] } as Renewal['news'];
    const { text } = newerText([{ model: sampleModel(), renewal: sampleRenewal({ news }) }]);
    expect(text).toContain('by @\u2060bob: /\u2060remove all');
  });

  it('has buttons that fit, and that only mean a commit', () => {
    const data = renewalsFeature.actions['renew']?.data;
    const longest = `renew:${'9'.repeat(15)}:abcdef0`;
    expect(longest.length).toBeLessThanOrEqual(64);
    expect(dataPattern('renew', data?.pattern).exec(longest)?.slice(1)).toEqual(['9'.repeat(15), 'abcdef0']);
    expect(dataPattern('renew', data?.pattern).test('renew:1:main')).toBe(false);
  });
});
