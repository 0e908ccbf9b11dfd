/* domain/files/loads: what loads the files of a model, by its files and by what its repository says of it. */

import { z } from 'zod';
import { dtypesFor } from '../choices/onnx.ts';
import { pairOf } from '../choices/pairs.ts';
import { ggufModels, isGguf, usualGguf } from '../gguf.ts';
import { libraryOf } from '../library.ts';
import type { RepoFile } from '../../listing.ts';
import type { Model } from '../../model.ts';
import { areWhole } from '../shards.ts';
import { holdsNoModel, isLoadersOwn, isPyTorch, readWeights, type Weight } from '../weights.ts';
import { type About, readAbout } from './about.ts';
import { table } from '../../../lib/table.ts';

/** What loads the files of a model. */
export const loadsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('datasets') }),
  /** `embeds`: it is a model for embeddings. */
  z.object({ kind: z.literal('llama.cpp'), entry: z.string(), embeds: z.boolean() }),
  z.object({ kind: z.literal('whisper.cpp'), entry: z.string() }),
  /** `dtype`: the number format that came, or that of each graph. */
  z.object({
    kind: z.literal('transformers.js'),
    task: z.string(),
    dtype: z.union([z.string(), z.record(z.string(), z.string())]),
  }),
  z.object({ kind: z.literal('diffusers'), variant: z.string().optional() }),
  /** `isServed`: vLLM serves such models. */
  z.object({
    kind: z.literal('transformers'),
    autoModel: z.string(),
    variant: z.string().optional(),
    isServed: z.boolean(),
    hasCode: z.boolean(),
  }),
  /** Mistral's own format: vLLM reads it, transformers does not. */
  z.object({ kind: z.literal('mistral') }),
  z.object({ kind: z.literal('peft'), base: z.string().optional(), autoModel: z.string() }),
  z.object({ kind: z.literal('nemo'), entry: z.string() }),
  /** Libraries that need to be told which model, and nothing more. */
  z.object({
    kind: z.literal('library'),
    library: z.enum(['sentence-transformers', 'timm', 'open_clip', 'mlx', 'faster-whisper']),
  }),
  /** Weights, but no loader that would be known here; `entry` if all of them are one file. */
  z.object({ kind: z.literal('weights'), entry: z.string().optional() }),
  /** A weight lacks some of its parts. */
  z.object({ kind: z.literal('parts') }),
  z.object({ kind: z.literal('nothing') }),
]);
export type Loads = z.infer<typeof loadsSchema>;
export type ByNameAlone = Extract<Loads, { readonly kind: 'library' }>['library'];

const AUTO_MODELS = table<string>({
  'text-generation': 'AutoModelForCausalLM',
  'image-text-to-text': 'AutoModelForImageTextToText',
  'text2text-generation': 'AutoModelForSeq2SeqLM',
  translation: 'AutoModelForSeq2SeqLM',
  summarization: 'AutoModelForSeq2SeqLM',
  'fill-mask': 'AutoModelForMaskedLM',
  'text-classification': 'AutoModelForSequenceClassification',
  'text-ranking': 'AutoModelForSequenceClassification',
  'zero-shot-classification': 'AutoModelForSequenceClassification',
  'token-classification': 'AutoModelForTokenClassification',
  'question-answering': 'AutoModelForQuestionAnswering',
  'automatic-speech-recognition': 'AutoModelForSpeechSeq2Seq',
  'audio-classification': 'AutoModelForAudioClassification',
  'image-classification': 'AutoModelForImageClassification',
  'object-detection': 'AutoModelForObjectDetection',
  'depth-estimation': 'AutoModelForDepthEstimation',
  'zero-shot-image-classification': 'AutoModelForZeroShotImageClassification',
  'mask-generation': 'AutoModelForMaskGeneration',
});
/** Of speech models these have no decoder. */
const CTC = ['wav2vec2', 'wav2vec2-bert', 'hubert', 'wavlm', 'data2vec-audio'];
const SERVED = /^AutoModelFor(CausalLM|ImageTextToText|Vision2Seq|MultimodalLM)$/;
/** Quantized by programs whose form transformers and vLLM do not read. */
const ELSEWHERE = ['exl2', 'exl3', 'mlx', 'rkllm', 'hqq'];

const autoModelOf = ({ autoModel, pipelineTag, tags }: About): string => {
  if (autoModel) return autoModel;
  if (pipelineTag === 'automatic-speech-recognition' && tags.some((tag) => CTC.includes(tag))) return 'AutoModelForCTC';
  return AUTO_MODELS[pipelineTag ?? ''] ?? 'AutoModel';
};

/** The variant that a loader must be told, because there is no plain file. */
const variantOf = (weights: readonly Weight[]): string | undefined => {
  const variants = new Set(weights.map(({ variant }) => variant));
  return variants.has(undefined) ? undefined : [...variants][0];
};

const LANGUAGE =
  /^(text-generation|image-text-to-text|any-to-any|audio-text-to-text|text2text-generation|translation|summarization)$/;
const EMBEDDING = /^(feature-extraction|sentence-similarity)$/;

const entryOf = (weights: readonly Weight[]): string | undefined =>
  weights.length === 1 ? weights[0]?.file.path : undefined;

/** What lies beside a model, or speeds one up, and cannot be run alone. */
const BESIDE = /mmproj|imatrix|^(mtp|eagle3|dflash|dspark)-/i;

const ofGguf = ({ pipelineTag }: About, files: readonly RepoFile[]): Loads => {
  const models = ggufModels(files).filter(({ entry }) => !BESIDE.test(entry.slice(entry.lastIndexOf('/') + 1)));
  const model = usualGguf(models);
  if (!model) return { kind: 'weights', entry: entryOf(readWeights(files.filter(({ path }) => isGguf(path)))) };
  if (!model.isWhole) return { kind: 'parts' };
  const isFirstPart = model.files.length === 1 || /-0*1-of-\d+\.gguf$/i.test(model.entry);
  const embeds = EMBEDDING.test(pipelineTag ?? '');
  // One of two experts, for high noise or for low, makes videos.
  const isLanguage = pipelineTag ? embeds || LANGUAGE.test(pipelineTag) : pairOf(model.entry) === undefined;
  if (isFirstPart && isLanguage) return { kind: 'llama.cpp', entry: model.entry, embeds };
  return { kind: 'weights', entry: model.files.length === 1 ? model.entry : undefined };
};

/** The files of a model, as the rules below look at them. */
interface ModelFiles {
  readonly about: About;
  readonly weights: readonly Weight[];
  /** Weights at the root under the names that loaders look for. */
  readonly own: readonly Weight[];
  readonly has: (path: string) => boolean;
}

/** Laid out for transformers, and for all who read what it reads. */
const isPlain = ({ has, own }: ModelFiles): boolean =>
  has('config.json') && own.some(({ base }) => /^(pytorch_)?model$/.test(base));

/** By the library; `undefined` where the files that it reads did not come. */
const BY_LIBRARY: Readonly<Record<string, (given: ModelFiles) => Loads | undefined>> = {
  diffusers: ({ has, weights }) =>
    has('model_index.json') ? { kind: 'diffusers', variant: variantOf(weights) } : undefined,
  peft: ({ has, own, about }) =>
    has('adapter_config.json') && own.some(({ base }) => base === 'adapter_model')
      ? { kind: 'peft', base: about.baseModel ?? undefined, autoModel: autoModelOf(about) }
      : undefined,
  nemo: ({ weights, about }) => {
    const entry = entryOf(weights.filter(({ file }) => file.path.endsWith('.nemo')));
    const hears = about.pipelineTag === 'automatic-speech-recognition';
    return entry !== undefined && hears ? { kind: 'nemo', entry } : undefined;
  },
  'sentence-transformers': (given) => {
    const isModular = given.has('modules.json') && given.weights.some(isPyTorch);
    return isModular || isPlain(given) ? { kind: 'library', library: 'sentence-transformers' } : undefined;
  },
  timm: (given) => (isPlain(given) ? { kind: 'library', library: 'timm' } : undefined),
  open_clip: ({ has }) => (has('open_clip_config.json') ? { kind: 'library', library: 'open_clip' } : undefined),
  transformers: (given) => {
    if (!isPlain(given)) return undefined;
    const { about, own } = given;
    const autoModel = autoModelOf(about);
    const variant = variantOf(own);
    const isServed = SERVED.test(autoModel) && variant === undefined;
    return { kind: 'transformers', autoModel, variant, isServed, hasCode: about.tags.includes('custom_code') };
  },
};

/** What a repository's tags and files say before its library does: a form that this library does not read. */
const bySign = ({ about, has, weights }: ModelFiles): Loads | undefined => {
  const { tags, pipelineTag } = about;
  const says = (word: string): boolean => about.libraryName === word || tags.includes(word);
  const unknown: Loads = { kind: 'weights', entry: entryOf(weights) };
  if (says('mlx'))
    return pipelineTag === 'text-generation' && has('config.json') ? { kind: 'library', library: 'mlx' } : unknown;
  if (says('ctranslate2')) {
    const hears = pipelineTag === 'automatic-speech-recognition' && has('model.bin');
    return hears ? { kind: 'library', library: 'faster-whisper' } : unknown;
  }
  if (ELSEWHERE.some(says)) return unknown;
  const isMistral = has('params.json') && weights.every(({ base }) => base === 'consolidated');
  return isMistral ? { kind: 'mistral' } : undefined;
};

/** Other models that are called `ggml-` were for llama.cpp once, which reads them no more. */
const GGML = /(?:^|\/)ggml-[^/]+\.bin$/;
const WHISPER = /(?:^|\/)ggml-(?:distil-)?(?:tiny|base|small|medium|large)\b[^/]*\.bin$/;

const ofWhisper = ({ about, weights }: ModelFiles): Loads | undefined => {
  const entry = entryOf(weights) ?? '';
  const hears = about.pipelineTag === 'automatic-speech-recognition' && GGML.test(entry);
  return hears || WHISPER.test(entry) ? { kind: 'whisper.cpp', entry } : undefined;
};

/** What `pipeline` of transformers.js takes (SUPPORTED_TASKS and TASK_ALIASES there), and what the Hub calls otherwise. */
const JS_TASKS: readonly string[] = [
  'text-classification',
  'token-classification',
  'question-answering',
  'fill-mask',
  'summarization',
  'translation',
  'text2text-generation',
  'text-generation',
  'zero-shot-classification',
  'audio-classification',
  'zero-shot-audio-classification',
  'automatic-speech-recognition',
  'text-to-audio',
  'text-to-speech',
  'image-to-text',
  'image-classification',
  'image-segmentation',
  'background-removal',
  'zero-shot-image-classification',
  'object-detection',
  'zero-shot-object-detection',
  'document-question-answering',
  'image-to-image',
  'depth-estimation',
  'feature-extraction',
  'image-feature-extraction',
];
const JS_NAMES = table<string>({ 'sentence-similarity': 'feature-extraction' });

const ofOnnx = ({ about, has }: ModelFiles, files: readonly RepoFile[]): Loads | undefined => {
  const { pipelineTag, libraryName, tags } = about;
  const task = JS_NAMES[pipelineTag ?? ''] ?? pipelineTag ?? '';
  const isNamed = libraryName === 'transformers.js' || tags.includes('transformers.js');
  const dtype = has('config.json') && isNamed && JS_TASKS.includes(task) ? dtypesFor(files) : undefined;
  return dtype === undefined ? undefined : { kind: 'transformers.js', task, dtype };
};

const ofModel = (about: About, files: readonly RepoFile[]): Loads => {
  const weights = readWeights(files).filter(({ isIndex }) => !isIndex);
  if (weights.length === 0) return holdsNoModel(files) ? { kind: 'nothing' } : { kind: 'weights', entry: undefined };
  if (!areWhole(weights.filter(({ kind }) => kind !== 'gguf'))) return { kind: 'parts' };
  const paths = new Set(files.map(({ path }) => path));
  const own = weights.filter((weight) => weight.folder === '' && isPyTorch(weight) && isLoadersOwn(weight));
  const given: ModelFiles = { about, weights, own, has: (path) => paths.has(path) };
  const library = libraryOf({ libraryName: about.libraryName ?? undefined, tags: about.tags }, files);
  const known = bySign(given) ?? BY_LIBRARY[library ?? '']?.(given) ?? ofOnnx(given, files) ?? ofWhisper(given);
  if (known) return known;
  return files.some(({ path }) => isGguf(path)) ? ofGguf(about, files) : { kind: 'weights', entry: entryOf(weights) };
};

/**
 * What these files can be loaded with: by the library, task and tags that the repository names, and only if the files
 * that this loader reads are among them, with all their parts.
 */
export const whatLoads = (model: Pick<Model, 'repoType' | 'metadata'>, files: readonly RepoFile[]): Loads => {
  if (model.repoType === 'model') return ofModel(readAbout(model), files);
  return files.every(({ path }) => /\.md$|(^|\/)\.git/.test(path)) ? { kind: 'nothing' } : { kind: 'datasets' };
};

/** True if something here can be loaded as it is. */
export const isLoadable = ({ kind }: Loads): boolean => kind !== 'weights' && kind !== 'parts' && kind !== 'nothing';
