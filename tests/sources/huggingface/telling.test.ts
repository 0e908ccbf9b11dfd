import { describe, expect, test } from 'vitest';
import { parseRepoRef } from '../../../src/domain/repo/repo.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type Answer, COMMIT, info, large, type OddHub, regular, startOddHub } from './odd-hub.ts';

const never = new AbortController().signal;

/** A Hub with this tree whose other addresses answer as `answers` says; 404 for the rest. */
const hubWith = (
  tree: readonly unknown[],
  answers: Readonly<Record<string, Answer>> = {},
  about = info(),
): Promise<OddHub> =>
  startOddHub((_request, _response, url) => {
    if (url.pathname.includes('/tree/')) return { body: tree };
    if (url.pathname.includes('/revision/')) return { body: about };
    return (
      answers[url.pathname.replace('/org/name/resolve/', '').replace(COMMIT, '')] ?? {
        status: 404,
        body: 'Entry not found',
      }
    );
  });

const inspect = (server: OddHub, ref = 'org/name') =>
  createHub({ endpoint: server.url, userAgent: 'hubgram-test/1', clock: systemClock }).inspect(
    parseRepoRef(ref),
    never,
  );

const INDEX = 'transformer/model.safetensors.index.json';
const SPLITS = [large('transformer/a.safetensors'), large('transformer/b.safetensors'), regular(INDEX)];

describe('what a repository says of itself', () => {
  test('is read from the index where names do not say which shards are meant', async () => {
    const index = { metadata: {}, weight_map: { 'x.weight': 'a.safetensors', 'y.weight': 'a.safetensors' } };
    const listing = await inspect(await hubWith(SPLITS, { [`/${INDEX}`]: { body: index } }));
    expect(listing.says?.shards).toEqual({ [INDEX]: ['transformer/a.safetensors'] });
  });

  test('is not asked for where names say it', async () => {
    const plain = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'].map((path) => large(path));
    const server = await hubWith([...plain, regular('model.safetensors.index.json'), regular('config.json')]);
    expect((await inspect(server)).says).toBeUndefined();
    expect(server.seen).toHaveLength(2);
  });

  test('is the class and the parts of a pipeline', async () => {
    const body = {
      _class_name: 'StableDiffusionPipeline',
      unet: ['diffusers', 'UNet2DConditionModel'],
      safety_checker: [null, null],
      requires_safety_checker: true,
    };
    const server = await hubWith([regular('model_index.json'), large('unet/x.safetensors')], {
      '/model_index.json': { body },
    });
    expect((await inspect(server)).says?.pipeline).toEqual({ className: 'StableDiffusionPipeline', parts: ['unet'] });
  });

  test('is what an adapter was made for: by its configuration, else by its card', async () => {
    const tree = [regular('adapter_config.json'), large('adapter_model.safetensors')];
    const body = { base_model_name_or_path: 'org/base' };
    const about = info({ cardData: { base_model: ['org/other'] } });
    expect(await inspect(await hubWith(tree, { '/adapter_config.json': { body } }, about))).toMatchObject({
      baseModel: 'org/base',
    });
    expect(await inspect(await hubWith(tree, {}, about))).toMatchObject({ baseModel: 'org/other' });
    const local = { '/adapter_config.json': { body: { base_model_name_or_path: '/home/me/../llama' } } };
    expect((await inspect(await hubWith(tree, local))).baseModel).toBeUndefined();
  });

  test('is the class that the Hub found for it, if that could be one', async () => {
    const tree = [large('model.safetensors')];
    const of = async (autoModel: unknown) => {
      const about = info({ transformersInfo: { auto_model: autoModel } });
      return (await inspect(await hubWith(tree, {}, about))).autoModel;
    };
    expect(await of('AutoModelForCausalLM')).toBe('AutoModelForCausalLM');
    expect(await of('__import__("os")')).toBeUndefined();
    expect(await of(7)).toBeUndefined();
  });

  test.each<[string, Answer]>([
    ['is not there', { status: 404, body: 'Entry not found' }],
    ['is gated', { status: 401, headers: { 'x-error-code': 'GatedRepo' }, body: 'no' }],
    ['is no JSON', { body: 'version https://git-lfs.github.com/spec/v1' }],
    ['is of another shape', { body: { weight_map: [1, 2] } }],
    ['lies on another host', { status: 302, headers: { location: 'http://127.0.0.2:1/x' } }],
    ['is busy', { status: 429, body: '' }],
  ])('does without a file that %s', async (_, answer) => {
    const listing = await inspect(await hubWith(SPLITS, { [`/${INDEX}`]: answer }));
    expect(listing.files).toHaveLength(3);
    expect(listing.says?.shards?.[INDEX] ?? []).toEqual([]);
  });

  test('does without a file that has no end', async () => {
    const body = `{"weight_map":{"x":"${'y'.repeat(5 * 2 ** 20)}"}}`;
    const listing = await inspect(await hubWith(SPLITS, { [`/${INDEX}`]: { body } }));
    expect(listing.says?.shards).toEqual({});
  });
});

describe('the other branches', () => {
  const PAPERS = [regular('README.md'), regular('measurement.json')];
  const refs = (...names: string[]): Record<string, Answer> => ({
    '/api/models/org/name/refs': { body: { branches: names.map((name) => ({ name, ref: `refs/heads/${name}` })) } },
  });

  test('are known where this one holds no weights, and only names that could be ones', async () => {
    const server = await hubWith(PAPERS, {
      ...refs('main', '3.5bpw', '4.0bpw', '../../x', 'a b', 'x'.repeat(300)),
      '/api/models/org/name/treesize/3.5bpw': { body: { path: '/', size: 35 } },
      '/api/models/org/name/treesize/4.0bpw': { body: { path: '/', size: -1 } },
    });
    const { branches, branchBytes } = await inspect(server);
    expect([branches, branchBytes]).toEqual([['3.5bpw', '4.0bpw'], { '3.5bpw': 35 }]);
    expect((await inspect(server, 'org/name@4.0bpw')).branches).toEqual(['main', '3.5bpw']);
  });

  test('are asked for their size, a few of many', async () => {
    const many = Array.from({ length: 40 }, (_, at) => `${at}bpw`);
    const server = await hubWith(PAPERS, refs(...many));
    expect((await inspect(server)).branches).toHaveLength(40);
    expect(server.seen.filter(({ path }) => path.includes('/treesize/'))).toHaveLength(16);
  });

  test('are not asked for where there are weights, and missed by nobody if they cannot be had', async () => {
    const server = await hubWith([large('model.safetensors')], refs('main', 'x'));
    expect((await inspect(server)).branches).toBeUndefined();
    expect(server.seen).toHaveLength(2);
    expect((await inspect(await hubWith(PAPERS))).files).toHaveLength(2);
  });
});
