import type { About } from '../files/loads/about.ts';
import type { RepoFile } from '../listing.ts';
import { FILE_KINDS, type FileKind } from './app.ts';
import { table } from '../../lib/table.ts';

/** What ComfyUI calls its folders of models, older names among them (folder_paths.py). */
export const COMFYUI_FOLDERS = table<FileKind>({
  checkpoints: 'checkpoint',
  diffusion_models: 'diffusion_model',
  unet: 'diffusion_model',
  loras: 'lora',
  vae: 'vae',
  text_encoders: 'text_encoder',
  clip: 'text_encoder',
  clip_vision: 'clip_vision',
  controlnet: 'controlnet',
  embeddings: 'embedding',
  upscale_models: 'upscaler',
  style_models: 'style_model',
  audio_encoders: 'audio_encoder',
  model_patches: 'model_patch',
});

/** Folders by which repositories for ComfyUI say what lies in them (Comfy-Org's `split_files/`, and its own `models/`). */
const FOLDERS = table<FileKind>({ ...COMFYUI_FOLDERS, lora: 'lora' });

/** What tags and the library say of all files of a repository; the first that fits. */
const WORDS: readonly (readonly [FileKind, RegExp])[] = [
  ['lora', /^(lora|peft|lycoris|base_model:adapter:.*)$/],
  ['embedding', /^textual[_-]inversion$/],
  ['controlnet', /^(controlnet|controlnet-.*|diffusers:controlnetmodel)$/],
  ['vae', /^(vae|diffusers:autoencoder.*)$/],
  ['upscaler', /^(esrgan|real-esrgan|upscaler|upscale)$/],
];

/** A pipeline of which one file at the root is all of it. */
const WHOLE = /^(diffusers:stablediffusion(xl)?pipeline|stable-diffusion(-xl|-v?\d.*)?)$/;
const DRAWS = /^(text-to-image|image-to-image|text-to-video|image-to-video)$/;

/** What a name says: a guess, with which the question begins. */
const GUESSES: readonly (readonly [FileKind, RegExp])[] = [
  ['clip_vision', /clip.?vision|image.?encoder/],
  ['text_encoder', /clip|t5|text.?encoder|llama|qwen.*(fp8|scaled)/],
  ['vae', /vae|(^|[/_-])ae\.|autoencoder/],
  ['lora', /lora|lycoris|lightning|turbo.*steps/],
  ['controlnet', /control|t2i.?adapter/],
  ['upscaler', /esrgan|upscal|[248]x[-_]/],
  ['embedding', /embedding|negative/],
  ['audio_encoder', /audio|wav2vec/],
  ['diffusion_model', /unet|flux|wan|diffusion_model|transformer/],
  ['checkpoint', /checkpoint|ckpt|sd_?xl|v1-5|pruned/],
];

const foldersOf = (path: string): readonly string[] => path.toLowerCase().split('/').slice(0, -1);

/** What a file is by the repository's own words; undefined: they do not say. */
export const kindOf = ({ path }: RepoFile, about: About): FileKind | undefined => {
  const byFolder = foldersOf(path)
    .map((folder) => FOLDERS[folder])
    .findLast((kind) => kind !== undefined);
  if (byFolder) return byFolder;
  const said = [about.libraryName ?? '', ...about.tags].map((word) => word.toLowerCase());
  const [byWord] = WORDS.find(([, pattern]) => said.some((word) => pattern.test(word))) ?? [];
  if (byWord) return byWord;
  const draws = DRAWS.test(about.pipelineTag ?? '');
  if (draws && /\.gguf$/i.test(path)) return 'diffusion_model';
  const isOfAnother = GUESSES.some(([kind, pattern]) => kind !== 'checkpoint' && pattern.test(path.toLowerCase()));
  const isWhole = !path.includes('/') && said.some((word) => WHOLE.test(word)) && !isOfAnother;
  return isWhole ? 'checkpoint' : undefined;
};

/** What it may be, the likeliest first. @param kinds those that there are to choose from */
export const likelyKinds = ({ path }: RepoFile, kinds: readonly FileKind[] = FILE_KINDS): readonly FileKind[] => {
  const guessed = GUESSES.filter(([, pattern]) => pattern.test(path.toLowerCase())).map(([kind]) => kind);
  return [...new Set([...guessed, ...FILE_KINDS])].filter((kind) => kinds.includes(kind));
};
