import { defineRepo, type FileSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { cardText, GITATTRIBUTES, jsonText, mergesText, vocabularyText } from './texts.ts';

const VERSION = '0.35.0';

/** The same weights four times: safetensors and its `.bin` twin, each in full and in half precision. */
const weights = (folder: string, names: readonly [string, string], size: number): FileSpec[] => {
  const [safe, torch] = names;
  return [
    { path: `${folder}/${safe}.safetensors`, size },
    { path: `${folder}/${safe}.fp16.safetensors`, size: size / 2 },
    { path: `${folder}/${torch}.bin`, size: size + 1024 },
    { path: `${folder}/${torch}.fp16.bin`, size: size / 2 + 1024 },
  ];
};

const DIFFUSION = ['diffusion_pytorch_model', 'diffusion_pytorch_model'] as const;
const TRANSFORMER = ['model', 'pytorch_model'] as const;

const INDEX = {
  _class_name: 'StableDiffusionPipeline',
  _diffusers_version: VERSION,
  scheduler: ['diffusers', 'PNDMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
};

/** A picture pipeline as diffusers lays it out, with every twin and variant, and a single-file checkpoint beside it. */
export const diffusionRepo = (): SampleRepo =>
  defineRepo({
    id: 'sample/tiny-diffusion',
    license: 'creativeml-openrail-m',
    pipelineTag: 'text-to-image',
    libraryName: 'diffusers',
    tags: ['safetensors', 'stable-diffusion', 'diffusers:StableDiffusionPipeline'],
    files: [
      { path: '.gitattributes', content: GITATTRIBUTES },
      {
        path: 'README.md',
        content: cardText({
          title: 'Tiny Diffusion',
          license: 'creativeml-openrail-m',
          pipelineTag: 'text-to-image',
          about: 'The layout of a Stable Diffusion pipeline, small enough to be fetched in seconds.',
        }),
      },
      { path: 'model_index.json', content: jsonText(INDEX) },
      { path: 'tiny-diffusion-v1.safetensors', size: 54_000_000 },
      {
        path: 'scheduler/scheduler_config.json',
        content: jsonText({ _class_name: 'PNDMScheduler', _diffusers_version: VERSION, num_train_timesteps: 1000 }),
      },
      {
        path: 'text_encoder/config.json',
        content: jsonText({ architectures: ['CLIPTextModel'], model_type: 'clip_text_model', hidden_size: 64 }),
      },
      ...weights('text_encoder', TRANSFORMER, 12_000_000),
      { path: 'tokenizer/vocab.json', content: vocabularyText(5000) },
      { path: 'tokenizer/merges.txt', content: mergesText(40_000) },
      { path: 'tokenizer/tokenizer_config.json', content: jsonText({ tokenizer_class: 'CLIPTokenizer' }) },
      {
        path: 'unet/config.json',
        content: jsonText({ _class_name: 'UNet2DConditionModel', _diffusers_version: VERSION, sample_size: 64 }),
      },
      ...weights('unet', DIFFUSION, 34_000_000),
      {
        path: 'vae/config.json',
        content: jsonText({ _class_name: 'AutoencoderKL', _diffusers_version: VERSION, latent_channels: 4 }),
      },
      ...weights('vae', DIFFUSION, 8_000_000),
    ],
  });
