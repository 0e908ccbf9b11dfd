import { defineRepo, type FileSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { cardText, jsonText, llamaConfig, llamaFiles } from './texts.ts';

const readme = (title: string, about: string, pipelineTag?: string): FileSpec => ({
  path: 'README.md',
  content: cardText({ title, license: 'apache-2.0', about, ...(pipelineTag === undefined ? {} : { pipelineTag }) }),
});

/** A video model as its authors lay it out: the transformer in shards, its other parts as PyTorch files beside them. */
const videoRepo = (): SampleRepo => {
  const shards = ['00001', '00002', '00003'].map((number) => `diffusion_pytorch_model-${number}-of-00003.safetensors`);
  const tensorOf = (at: number): string => `blocks.${at}.weight`;
  const weightMap = Object.fromEntries(shards.map((shard, at) => [tensorOf(at), shard]));
  return defineRepo({
    id: 'sample/tiny-video',
    license: 'apache-2.0',
    pipelineTag: 'text-to-video',
    tags: ['text-to-video'],
    files: [
      readme(
        'Tiny Video',
        'One transformer, one text encoder, one VAE; only the first comes as safetensors.',
        'text-to-video',
      ),
      { path: 'configuration.json', content: jsonText({ framework: 'pytorch', task: 'text-to-video' }) },
      ...shards.map((path, at) => ({ path, size: 3_000_000, tensor: tensorOf(at) })),
      { path: 'diffusion_pytorch_model.safetensors.index.json', content: jsonText({ weight_map: weightMap }) },
      { path: 'models_t5_umt5-xxl-enc-bf16.pth', size: 3_500_000 },
      { path: 'Tiny_VAE.pth', size: 2_000_000 },
    ],
  });
};

/** Its quants, each of two experts, and the VAE that goes with all of them. */
const videoGgufRepo = (): SampleRepo => {
  const sizes = { Q4_K_M: 2_000_000, Q8_0: 3_500_000 };
  const quants = Object.entries(sizes).flatMap(([quant, size]): FileSpec[] =>
    ['HighNoise', 'LowNoise'].map((expert) => ({ path: `${expert}/Tiny-Video-${expert}-${quant}.gguf`, size })),
  );
  return defineRepo({
    id: 'sample/Tiny-Video-GGUF',
    license: 'apache-2.0',
    pipelineTag: 'text-to-video',
    libraryName: 'gguf',
    files: [
      readme('Tiny Video GGUF', 'Two experts make one model.', 'text-to-video'),
      ...quants,
      { path: 'VAE/vae.safetensors', size: 1_000_000 },
    ],
  });
};

/** Quants that are all named after the heads for drafts inside them. */
const draftsRepo = (): SampleRepo => {
  const sizes = { q4_k_m: 2_000_000, q6_k: 3_000_000, q8_0: 3_800_000 };
  return defineRepo({
    id: 'sample/tiny-mtp-GGUF',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'gguf',
    files: [
      readme('Tiny MTP', 'The heads for drafts are inside the model.', 'text-generation'),
      ...Object.entries(sizes).map(([quant, size]) => ({ path: `tiny-27b-mtp-${quant}.gguf`, size })),
    ],
  });
};

/** One file bears a name that no disk of ours takes. */
const oddNamesRepo = (): SampleRepo =>
  defineRepo({
    id: 'sample/odd-names',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'transformers',
    files: [
      ...llamaFiles(64),
      { path: 'model.safetensors', size: 2_000_000 },
      { path: 'notes\\from-windows.txt', content: 'Uploaded by a script that did not know its own slashes.\n' },
    ],
  });

const adapterRepo = (): SampleRepo =>
  defineRepo({
    id: 'sample/tiny-adapter',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'peft',
    tags: ['lora', 'base_model:adapter:sample/tiny-llama'],
    files: [
      readme('Tiny adapter', 'A few layers for sample/tiny-llama.', 'text-generation'),
      {
        path: 'adapter_config.json',
        content: jsonText({ base_model_name_or_path: 'sample/tiny-llama', peft_type: 'LORA', r: 8 }),
      },
      { path: 'adapter_model.safetensors', size: 400_000 },
    ],
  });

const embeddingsRepo = (): SampleRepo =>
  defineRepo({
    id: 'sample/tiny-embeddings',
    license: 'apache-2.0',
    pipelineTag: 'sentence-similarity',
    libraryName: 'sentence-transformers',
    files: [
      readme('Tiny embeddings', 'Sentences as numbers.', 'sentence-similarity'),
      {
        path: 'modules.json',
        content: jsonText([{ idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' }]),
      },
      { path: '1_Pooling/config.json', content: jsonText({ pooling_mode_cls_token: true }) },
      { path: 'config.json', content: llamaConfig(64) },
      { path: 'model.safetensors', size: 1_500_000 },
      { path: 'onnx/model.onnx', size: 1_600_000 },
    ],
  });

/** Repositories laid out in the ways that mislead whoever goes by names and endings alone. */
export const layoutRepos = (): readonly SampleRepo[] => [
  videoRepo(),
  videoGgufRepo(),
  draftsRepo(),
  oddNamesRepo(),
  adapterRepo(),
  embeddingsRepo(),
];
