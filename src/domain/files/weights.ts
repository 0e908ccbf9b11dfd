import type { RepoFile } from '../listing.ts';

/** The forms in which a repository may hold the same weights several times. */
export type WeightKind =
  | 'safetensors'
  | 'torch'
  | 'gguf'
  | 'onnx'
  | 'openvino'
  | 'tensorflow'
  | 'flax'
  | 'coreml'
  | 'tflite'
  | 'rust'
  /** One file that holds a whole model for one program. */
  | 'bundle';

/** One file of weights, its name taken apart. */
export interface Weight {
  readonly file: RepoFile;
  readonly kind: WeightKind;
  readonly folder: string;
  /** The name without folder, extension, shard number and variant: `model`, `pytorch_model`. */
  readonly base: string;
  /** What `variant=` of transformers and diffusers would select: `fp16` of `model.fp16.safetensors`. */
  readonly variant: string | undefined;
  /** The list of shards that stands beside them, not weights itself. */
  readonly isIndex: boolean;
  /** Which part of how many; undefined if it is whole. */
  readonly shard: Shard | undefined;
}

export interface Shard {
  readonly number: number;
  /** undefined: its name does not say. */
  readonly total: number | undefined;
}

/**
 * By extension or place, in small letters, whatever people write; the first that fits decides, because `.bin` and `.xml` mean several
 * things.
 */
const KINDS: readonly (readonly [RegExp, WeightKind])[] = [
  [/\.(mlpackage|mlmodelc)\/|\.mlmodel$/, 'coreml'],
  [/(^|\/)openvino_[^/]*\.(xml|bin)$|(^|\/)openvino\/.*\.(xml|bin)$/, 'openvino'],
  [/\.safetensors$/, 'safetensors'],
  [/\.gguf(\.part\d+of\d+|-split-[a-z])?$/, 'gguf'],
  [/\.(onnx([._]data(_\d+)?)?|ort)$/, 'onnx'],
  [/\.tflite$/, 'tflite'],
  [/\.msgpack$/, 'flax'],
  [/\.(h5|keras|pb)$|\.ckpt\.(index|meta|data-[\d-]+(of-\d+)?)$|(^|\/)variables\/variables\./, 'tensorflow'],
  [/\.ot$/, 'rust'],
  [/\.(bin|pt|pth|ckpt)$/, 'torch'],
  [
    /\.(nemo|pte|task|litertlm|llamafile|mar|joblib|skops|pkl|pickle|dill|pdparams|pdiparams|engine|plan|whl|zip|tar|tgz|tar\.gz)$|(^|\/)weights[^/]*\.npz$/,
    'bundle',
  ],
];

/** What a training run leaves beside the weights. */
const LEFTOVER = /(^|\/)(optimizer|scheduler|scaler|rng_state|random_states|training_args)[^/]*\.(bin|pt|pth|pkl)$/;
const INDEX = /^(.+)\.index(?:\.([A-Za-z]\w*))?\.json$/;
const SHARD = /[-_](\d{5,6})-of-(\d{5,6})/;
/** How people split files before llama.cpp could: joined again with `cat`. */
const OLD_PART = /\.gguf(?:\.part(\d{1,4})of(\d{1,4})|-split-([a-z]))$/i;
/** Names that loaders give weights themselves: what stands behind their dot is a variant, whatever it is. */
const LOADERS_OWN = /^(model|pytorch_model|diffusion_pytorch_model|adapter_model|open_clip_model|tf_model|flax_model)$/;
/** Of any other name only this is one: `flow.encoder.pt` is no variant of `flow.pt`, but a part beside it. */
const PRECISION = /^(([a-z]*fp|bf|f|float|bfloat|int|nf|q)\d+\w*|half|(non_|no_)?ema(_only)?|\w*quantized)$/i;

const shardOf = (name: string): Shard | undefined => {
  const [, number, total] = SHARD.exec(name) ?? [];
  if (number !== undefined) return { number: Number(number), total: Number(total) };
  const [, part, parts, letter] = OLD_PART.exec(name) ?? [];
  if (letter !== undefined) return { number: letter.toLowerCase().charCodeAt(0) - 96, total: undefined };
  return part === undefined ? undefined : { number: Number(part), total: Number(parts) };
};

/** Takes a stem without its shard's number apart: `model.fp16` into `model` and `fp16`. */
const splitVariant = (stem: string): [base: string, variant: string | undefined] => {
  const [, base = stem, variant] = /^(.+)\.([A-Za-z]\w*)$/.exec(stem) ?? [];
  const isVariant = variant !== undefined && (LOADERS_OWN.test(base) || PRECISION.test(variant));
  return isVariant ? [base, variant] : [stem, undefined];
};

const kindOf = (path: string): WeightKind | undefined => {
  const small = path.toLowerCase();
  return LEFTOVER.test(small) ? undefined : KINDS.find(([pattern]) => pattern.test(small))?.[1];
};

/** So many folders above a file are told apart: paths may have hundreds, and no repository that people made has these. */
const DEPTH_MOST = 32;

/** All folders above a path, the outermost first, without the root. */
export const foldersOf = (path: string): readonly string[] => {
  const found: string[] = [];
  for (let at = path.indexOf('/'); at !== -1 && found.length < DEPTH_MOST; at = path.indexOf('/', at + 1)) {
    found.push(path.slice(0, at));
  }
  return found;
};

/** The path of a file's folder, '' at the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/**
 * Takes a file name apart as transformers and diffusers build it: `base[.variant][-shard].extension`, the older
 * `base-shard.variant.extension`, and `base.extension.index[.variant].json`.
 * @returns undefined if the file holds no weights
 */
export const readWeight = (file: RepoFile): Weight | undefined => {
  const index = INDEX.exec(file.path);
  const path = index?.[1] ?? file.path;
  const kind = kindOf(path);
  if (kind === undefined) return undefined;
  const folder = folderOf(path);
  const name = path.slice(folder === '' ? 0 : folder.length + 1);
  const [base, variant] = splitVariant(name.slice(0, Math.max(0, name.lastIndexOf('.'))).replace(SHARD, ''));
  return { file, kind, folder, base, variant: index?.[2] ?? variant, isIndex: index !== null, shard: shardOf(name) };
};

/** Those of the files that are weights, in their order. */
export const readWeights = (files: readonly RepoFile[]): Weight[] =>
  files.map(readWeight).filter((weight) => weight !== undefined);

/** True if PyTorch reads it. */
export const isPyTorch = (weight: Weight): boolean => weight.kind === 'safetensors' || weight.kind === 'torch';

/** Names under which loaders look for weights, with or without a shard's number and a variant. */
export const isLoadersOwn = ({ base }: Weight): boolean => LOADERS_OWN.test(base);

/** The same for all files of one weight in one form: its shards, its variants, its index. */
export const setOf = ({ kind, folder, base }: Weight): string => `${kind}/${folder}/${base}`;

const COMPANION = /\.(json|txt|md|py|jinja2?|ya?ml|toml|cfg|ini|model(\.v\d+)?|vocab|bpe|spm|tiktoken|dict|npy|npz)$/;
const PAPERS = /(^|\/)(licen[cs]e|notice|copying|use_policy|vocab|merges)[^/.]*$/i;

/**
 * Configuration, tokenizer and code files, and the papers: the card and the licence are small, and someone who finds
 * the folder in a year will want to know what it is and what they may do with it. `.gitattributes`, pictures and logs stay out.
 */
export const isCompanion = (path: string): boolean => COMPANION.test(path) || PAPERS.test(path);

/** True if there are weights that PyTorch loaders read: then GGUF and the others are further forms of them. */
export const hasPyTorchWeights = (weights: readonly Weight[]): boolean =>
  weights.some((weight) => !weight.isIndex && isPyTorch(weight));

const MEDIA = /\.(png|jpe?g|gif|webp|svg|mp4|webm|mov|wav|mp3|flac|pdf|ipynb|csv|log)$/i;

/** True if nothing among these files could be a model: they are papers, configuration and pictures only. */
export const holdsNoModel = (files: readonly RepoFile[]): boolean =>
  files.every((file) => {
    const weight = readWeight(file);
    if (weight) return weight.isIndex;
    return isCompanion(file.path) || MEDIA.test(file.path) || /(^|\/)\.git(attributes|ignore)$/.test(file.path);
  });
