import { diffusionRepo } from './diffusion.ts';
import { formRepos } from './forms.ts';
import { ggufRepo } from './gguf.ts';
import { gpt2Repo } from './gpt2.ts';
import { layoutRepos } from './layouts.ts';
import { retunedRepo } from './retuned.ts';
import { defineRepo, type FileSpec, type RepoSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { talkingRepo } from './talking-gguf.ts';
import { cardText, GITATTRIBUTES, jsonText, llamaConfig, llamaFiles } from './texts.ts';

/** A small language model in one safetensors file. */
const smallLlama = (about: string, bytes: number, spec: Omit<RepoSpec, 'files'>): SampleRepo => {
  const [, title = spec.id] = spec.id.split('/');
  const card = cardText({ title, license: 'apache-2.0', pipelineTag: 'text-generation', about });
  return defineRepo({
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'transformers',
    tags: ['safetensors', 'llama', 'text-generation', 'en'],
    info: {
      config: { architectures: ['LlamaForCausalLM'], model_type: 'llama' },
      safetensors: { parameters: { F32: bytes / 4 }, total: bytes / 4 },
    },
    ...spec,
    files: [{ path: 'README.md', content: card }, ...llamaFiles(64), { path: 'model.safetensors', size: bytes }],
  });
};

/** Under a minute of work for anybody: 3 MB; also with a tag, a branch, a pull request and an older name. */
const tinyLlama = (): SampleRepo => {
  const onBranch = (seed: string): FileSpec[] => [
    { path: 'config.json', content: llamaConfig(64) },
    { path: 'model.safetensors', size: 3_000_000, seed },
  ];
  return smallLlama('The smallest model here, for quick trials.', 3_000_000, {
    id: 'sample/tiny-llama',
    renamedFrom: ['sample/small-llama'],
    gitTags: ['v1.0'],
    branches: { experiment: onBranch('experiment'), 'refs/pr/1': onBranch('pull request') },
  });
};

const shardedLlama = (): SampleRepo => {
  const shards = ['00001', '00002', '00003'].map((number) => `model-${number}-of-00003.safetensors`);
  const tensorOf = (at: number): string => `model.layers.${at}.weight`;
  const weightMap = Object.fromEntries(shards.map((shard, at) => [tensorOf(at), shard]));
  return defineRepo({
    id: 'sample/sharded-llama',
    license: 'llama3.2',
    pipelineTag: 'text-generation',
    libraryName: 'transformers',
    tags: ['safetensors', 'llama', 'text-generation', 'en'],
    info: { config: { architectures: ['LlamaForCausalLM'], model_type: 'llama' } },
    files: [
      ...llamaFiles(256),
      ...shards.map((path, at) => ({ path, size: 40_000_000, tensor: tensorOf(at) })),
      {
        path: 'model.safetensors.index.json',
        content: jsonText({ metadata: { total_size: 120_000_000 }, weight_map: weightMap }),
      },
    ],
  });
};

const manyFiles = (): SampleRepo =>
  defineRepo({
    id: 'sample/many-files',
    license: 'mit',
    files: Array.from({ length: 300 }, (_, number) => ({
      path: `parts/part-${String(number).padStart(3, '0')}.json`,
      content: jsonText({ part: number, words: Array.from({ length: 20 }, (__, at) => `word ${number * 20 + at}`) }),
    })),
  });

const dataset = (): SampleRepo =>
  defineRepo({
    id: 'sample/tiny-dataset',
    type: 'dataset',
    license: 'cc-by-4.0',
    tags: ['task_categories:text-classification', 'language:en', 'size_categories:10K<n<100K'],
    files: [
      { path: '.gitattributes', content: GITATTRIBUTES },
      {
        path: 'README.md',
        content: cardText({ title: 'Tiny dataset', license: 'cc-by-4.0', about: 'Rows of nothing in particular.' }),
      },
      { path: 'data/train-00000-of-00002.parquet', size: 4_194_304 },
      { path: 'data/train-00001-of-00002.parquet', size: 4_194_304 },
      { path: 'data/test-00000-of-00001.parquet', size: 1_048_576 },
    ],
  });

const build = (): readonly SampleRepo[] => [
  gpt2Repo(),
  ggufRepo(),
  diffusionRepo(),
  tinyLlama(),
  shardedLlama(),
  smallLlama('Its authors decide who may have it.', 6_000_000, { id: 'sample/gated-llama', gated: 'manual' }),
  smallLlama('Whoever accepts its terms may have it.', 3_200_000, { id: 'sample/terms-llama', gated: 'auto' }),
  smallLlama('Seen by its owner only.', 4_000_000, { id: 'sample/private-llama', private: true }),
  smallLlama('Seen by Ann only.', 3_500_000, { id: 'sample-ann/private-llama', private: true }),
  smallLlama('Taken off by the Hub.', 4_000_000, { id: 'sample/disabled-llama', disabled: true }),
  manyFiles(),
  dataset(),
  ...layoutRepos(),
  ...formRepos(),
  talkingRepo(),
  retunedRepo(),
];

let built: readonly SampleRepo[] | undefined;

/** The repositories of every sample hub; built once, since they never change and hashing takes a while. */
export const sampleRepos = (): readonly SampleRepo[] => {
  built ??= build();
  return built;
};

/** A repository whose paths a careless client would write outside of the folder, or over its own files. */
export const hostileRepo = (): SampleRepo =>
  defineRepo({
    id: 'sample/hostile',
    license: 'mit',
    files: [
      { path: 'config.json', content: llamaConfig(64) },
      { path: 'model.safetensors', size: 300_000 },
      ...[
        '../../../../outside.txt',
        '/absolute.txt',
        'folder/../../../up.txt',
        '..\\windows.txt',
        'a//b.txt',
        './c.txt',
      ].map((path) => ({ path, content: 'This should not have been written.\n' })),
    ],
  });
