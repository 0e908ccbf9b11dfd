import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { SearchPage, SearchQuery } from '../../../src/sources/port.ts';
import { startSampleHub } from '../../../playground/hub/sample-hub.ts';
import { COMMIT, type Script, startOddHub } from './odd-hub.ts';

const NEVER = new AbortController().signal;

const hubAt = (endpoint: string) => createHub({ endpoint, userAgent: 'hubgram/test', clock: systemClock });

const openSample = async () => {
  const sample = await startSampleHub();
  onTestFinished(() => sample.close());
  const hub = hubAt(sample.url);
  const search = (query: Omit<SearchQuery, 'type'>): Promise<SearchPage> =>
    hub.search({ type: 'model', ...query }, NEVER);
  const idsOf = async (query: Omit<SearchQuery, 'type'>): Promise<string[]> =>
    (await search(query)).found.map(({ id }) => id);
  return { sample, search, idsOf };
};

/** What an odd Hub makes of one entry. */
const foundAt = async (entry: object, script?: Script): Promise<SearchPage> => {
  const odd = await startOddHub(script ?? (() => ({ body: [entry] })));
  return hubAt(odd.url).search({ type: 'model', words: 'name' }, NEVER);
};

it('tells of each what the list needs, in one request', async () => {
  const { sample, search } = await openSample();
  const { found } = await search({ words: 'tiny-llama-gguf' });
  expect(found).toEqual([
    {
      id: 'sample/Tiny-Llama-GGUF',
      commit: sample.commitOf('sample/Tiny-Llama-GGUF').id,
      gated: false,
      license: 'apache-2.0',
      task: 'text-generation',
      downloads: expect.any(Number),
      lastModified: sample.commitOf('sample/Tiny-Llama-GGUF').date,
      told: { ggufParameters: 100_401_152, storedBytes: expect.any(Number) },
    },
  ]);
  const [gated] = (await search({ words: 'gated-llama' })).found;
  expect(gated).toMatchObject({ gated: 'manual', told: { parameters: { F32: 1_500_000 } } });
  expect(sample.requests.map(({ path }) => path.split('?')[0])).toEqual(['/api/models', '/api/models']);
});

it('leaves out what another author made, what is for another task, and what lacks a tag', async () => {
  const { idsOf } = await openSample();
  expect(await idsOf({ owner: 'openai-community' })).toEqual(['openai-community/gpt2']);
  expect(await idsOf({ task: 'text-to-image' })).toEqual(['sample/tiny-diffusion']);
  expect(await idsOf({ tags: ['gguf'], words: 'llama' })).toEqual(['sample/Tiny-Llama-GGUF']);
});

it.each([
  ['trending', 'trendingScore'],
  ['downloads', 'downloads'],
  ['recent', 'lastModified'],
] as const)('has the Hub put first what was asked for: %s', async (order, sort) => {
  const odd = await startOddHub(() => ({ body: [] }));
  await hubAt(odd.url).search({ type: 'model', order }, NEVER);
  const asked = new URL(odd.seen[0]?.path ?? '', odd.url).searchParams;
  expect([asked.get('sort'), asked.get('direction')]).toEqual([sort, '-1']);
});

it('gives pages, each with where the next begins, until the last', async () => {
  const { idsOf, search } = await openSample();
  const all = await idsOf({});
  const pages: SearchPage[] = [await search({ limit: 5 })];
  for (let next = pages[0]?.next; next !== undefined && pages.length < 9; next = pages.at(-1)?.next) {
    pages.push(await search({ limit: 5, cursor: next }));
  }
  const full = pages.slice(0, -1).map(({ found }) => found.length);
  expect(full).toEqual([...full].fill(5));
  expect(full.length).toBeGreaterThan(1);
  expect(pages.flatMap(({ found }) => found.map(({ id }) => id))).toEqual(all);
});

it('finds datasets, of which other things are told', async () => {
  const { sample } = await openSample();
  const { found } = await hubAt(sample.url).search({ type: 'dataset', words: 'tiny' }, NEVER);
  expect(found).toMatchObject([{ id: 'sample/tiny-dataset', license: 'cc-by-4.0', task: undefined }]);
});

it('asks a Hub that knows fewer fields for what it tells by itself', async () => {
  const seen: string[] = [];
  const page = await foundAt({}, (_request, _response, url) => {
    seen.push(url.searchParams.has('expand') ? 'fields' : `full=${url.searchParams.get('full')}`);
    if (url.searchParams.has('expand')) return { status: 400, body: { error: '"expand" must be one of [author]' } };
    return { body: [{ id: 'org/name', downloads: 3 }] };
  });
  expect(seen).toEqual(['fields', 'full=true']);
  expect(page.found).toMatchObject([{ id: 'org/name', downloads: 3, gated: false, told: {} }]);
});

it.each([
  ['a name that no repository has', { id: '../../etc' }, []],
  ['no name', { downloads: 3 }, []],
  ['numbers below zero', { id: 'o/n', downloads: -1, usedStorage: -5 }, [{ downloads: undefined, told: {} }]],
  ['a commit that is none', { id: 'o/n', sha: 'main' }, [{ commit: undefined }]],
  ['another kind of gate', { id: 'o/n', gated: 'someday' }, [{ gated: 'manual' }]],
  [
    'lines for words',
    { id: 'o/n', tags: ['license:mit\u202e\nfree'], pipeline_tag: 'a\nb' },
    [{ license: undefined, task: undefined }],
  ],
  ['no time', { id: 'o/n', lastModified: 'yesterday' }, [{ lastModified: undefined }]],
  ['words for numbers', { id: 'o/n', safetensors: { parameters: { F32: 'many' } } }, [{ told: {} }]],
])('reads what a Hub sends with care: %s', async (_name, entry, expected) => {
  const { found } = await foundAt({ sha: COMMIT, ...entry });
  expect(found).toHaveLength(expected.length);
  expect(found).toMatchObject(expected);
});
