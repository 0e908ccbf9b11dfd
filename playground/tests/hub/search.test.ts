import { describe, expect, it } from 'vitest';
import type { SampleHub } from '../../hub/sample-hub.ts';
import { bearer, openHub } from './with-hub.ts';

interface Hit {
  readonly id: string;
  readonly downloads: number;
}

const hitsOf = async (hub: SampleHub, query: string, headers = {}): Promise<readonly Hit[]> => {
  const response = await fetch(`${hub.url}/api/models?${query}`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Hit[];
};

const idsOf = async (hub: SampleHub, query: string, headers = {}): Promise<string[]> =>
  (await hitsOf(hub, query, headers)).map(({ id }) => id);

describe('search', () => {
  it('finds every word in the id, most downloaded first', async () => {
    const hub = await openHub();
    expect(await idsOf(hub, 'search=gpt2')).toEqual(['openai-community/gpt2']);
    expect(await idsOf(hub, 'search=tiny+LLAMA')).toEqual(
      expect.arrayContaining(['sample/tiny-llama', 'sample/Tiny-Llama-GGUF']),
    );
    expect(await idsOf(hub, 'search=nothing-like-it')).toEqual([]);
    const downloads = (await hitsOf(hub, 'sort=downloads')).map((hit) => hit.downloads);
    expect(downloads).toEqual(downloads.toSorted((a, b) => b - a));
  });

  it('keeps private models from strangers', async () => {
    const hub = await openHub();
    expect(await idsOf(hub, 'search=private')).toEqual([]);
    expect(await idsOf(hub, 'search=private', bearer(hub.tokens.stranger))).toEqual([]);
    expect(await idsOf(hub, 'search=private', bearer(hub.tokens.member))).toEqual(['sample/private-llama']);
  });

  it('filters by author, task, tag and gating', async () => {
    const hub = await openHub();
    expect(await idsOf(hub, 'pipeline_tag=text-to-image')).toEqual(['sample/tiny-diffusion']);
    expect((await idsOf(hub, 'filter=gguf')).toSorted()).toEqual([
      'sample/Retuned-GGUF',
      'sample/Tiny-Llama-GGUF',
      'sample/Tiny-Video-GGUF',
      'sample/tiny-mtp-GGUF',
      'sample/tiny-talker-GGUF',
    ]);
    expect(await idsOf(hub, 'author=openai-community')).toEqual(['openai-community/gpt2']);
    expect(await idsOf(hub, 'gated=true')).toEqual(['sample/terms-llama', 'sample/gated-llama']);
  });

  it('comes in linked pages', async () => {
    const hub = await openHub();
    const first = await fetch(`${hub.url}/api/models?search=sample&limit=2&sort=id`);
    const next = /<([^>]+)>/.exec(first.headers.get('link')!)![1]!;
    const second = await fetch(next);
    const ids = [...((await first.json()) as { id: string }[]), ...((await second.json()) as { id: string }[])];
    expect(new Set(ids.map((each) => each.id)).size).toBe(4);
  });
});
