import { readWeights } from '../files/weights.ts';
import type { RepoFile } from '../listing.ts';
import { FILE_KINDS, type FileKind, type FolderApp } from './app.ts';
import { kindOf, likelyKinds } from './file-kind.ts';
import type { Laid, Layout, PlannedLink } from './laid.ts';
import { baseName, publisherAndName } from './names.ts';

/** Below `models` of ComfyUI (folder_paths.py). */
const COMFYUI: Readonly<Record<FileKind, string>> = {
  checkpoint: 'checkpoints',
  diffusion_model: 'diffusion_models',
  lora: 'loras',
  vae: 'vae',
  text_encoder: 'text_encoders',
  clip_vision: 'clip_vision',
  controlnet: 'controlnet',
  embedding: 'embeddings',
  upscaler: 'upscale_models',
  style_model: 'style_models',
  audio_encoder: 'audio_encoders',
  model_patch: 'model_patches',
};

/** Below the folder of AUTOMATIC1111's web UI (modules/paths.py, modules/shared_init.py). */
const AUTOMATIC1111: Readonly<Partial<Record<FileKind, string>>> = {
  checkpoint: 'models/Stable-diffusion',
  lora: 'models/Lora',
  vae: 'models/VAE',
  controlnet: 'models/ControlNet',
  embedding: 'embeddings',
  upscaler: 'models/ESRGAN',
};

/** Where an app keeps a kind of file: an absolute folder, and the one below it. */
const placeOf = (
  { kind, folder, folders }: FolderApp,
  what: FileKind,
): { folder: string; below: string } | undefined => {
  if (folders) return folders[what] === undefined ? undefined : { folder: folders[what], below: '' };
  const below = kind === 'comfyui' ? COMFYUI[what] : AUTOMATIC1111[what];
  return below === undefined ? undefined : { folder, below };
};

/** Names that loaders give weights: they say nothing of the model, and in one folder every other would have them too. */
const NAMELESS =
  /^(diffusion_pytorch_model|pytorch_model|pytorch_lora_weights|adapter_model|model|learned_embeds)(?=[.-])/;

/** The names of files in an app's folder; those of two that would have the same keep their folders. */
const shownNames = (files: readonly RepoFile[], { model }: Laid): readonly string[] => {
  const names = files.map(({ path }) => baseName(path).replace(NAMELESS, publisherAndName(model)[1]));
  return files.map(({ path }, at) => {
    const name = names[at] ?? path;
    return names.indexOf(name) === names.lastIndexOf(name) ? name : path.replaceAll('/', '--');
  });
};

/** Files of which each is a model, or a part of one, by itself. */
const singleFiles = (files: readonly RepoFile[]): readonly RepoFile[] => {
  const isPipeline = files.some(({ path }) => path === 'model_index.json');
  return readWeights(files)
    .filter(({ kind, isIndex, shard }) => ['safetensors', 'torch', 'gguf'].includes(kind) && !isIndex && !shard)
    .filter(({ folder }) => !isPipeline || folder === '')
    .map(({ file }) => file);
};

/**
 * ComfyUI and AUTOMATIC1111: single files, each kind in a folder of its own. What a file is, the repository's folders, tags
 * and library say; where they do not, it has to be asked.
 */
export const byKind = (laid: Laid): Layout => {
  const { app, about, files, said } = laid;
  const choices = FILE_KINDS.filter((kind) => placeOf(app, kind) !== undefined);
  const label = app.kind === 'comfyui' ? 'ComfyUI' : 'AUTOMATIC1111';
  const single = singleFiles(files);
  if (laid.model.repoType === 'dataset' || single.length === 0)
    return { kind: 'none', reason: `${label} loads models that are one file, and none of these came.` };
  const links: PlannedLink[] = [];
  const homeless: FileKind[] = [];
  const names = shownNames(single, laid);
  for (const [at, file] of single.entries()) {
    const what = kindOf(file, about) ?? said;
    if (what === undefined) return { kind: 'ask', file, choices: likelyKinds(file, choices) };
    const found = placeOf(app, what);
    if (!found) homeless.push(what);
    else {
      const { folder, below } = found;
      links.push({ file, folder, kept: below, path: `${below === '' ? '' : `${below}/`}${names[at] ?? ''}` });
    }
  }
  if (links.length === 0)
    return { kind: 'none', reason: `${label} has no folder for it there: it is a ${homeless[0]?.replace('_', ' ')}.` };
  return { kind: 'links', links, shownAs: [...new Set(links.map(({ path }) => baseName(path)))].join(', ') };
};
