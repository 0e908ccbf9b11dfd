import { libraryOf } from './library.ts';
import type { RepoFile, RepoHints } from '../listing.ts';
import { isWholeSet, withoutStale } from './shards.ts';
import {
  folderOf,
  foldersOf,
  hasPyTorchWeights,
  isCompanion,
  isLoadersOwn,
  isPyTorch,
  readWeights,
  setOf,
  type Weight,
  type WeightKind,
} from './weights.ts';

/** Forms that are taken, whole, only where the repository has nothing better; best first. */
const LAST_RESORTS: readonly WeightKind[] = [
  'bundle',
  'onnx',
  'openvino',
  'tensorflow',
  'flax',
  'coreml',
  'tflite',
  'rust',
];

/** Copies of weights that lie elsewhere in the repository too: training states, and Meta's, Mistral's and OpenAI's own formats. */
const TRAINING = /(^|\/)(checkpoint-\d+|global_step\d+|runs)\//;
const ORIGINAL = /^(original|metal)\/|(^|\/)consolidated[^/]*$/;

/** Libraries that read PyTorch's forms and no other. */
const READS_PYTORCH = new Set(['transformers', 'sentence-transformers', 'diffusers', 'peft', 'timm', 'open_clip']);
/** What they never read, and what holds a whole model for some other program. */
const OTHERS_FORMS = /\.(msgpack|h5|keras|pb|ot|tflite|xml|mlmodel|nemo|pte|task|litertlm|llamafile|mar|engine|plan)$/;

/** Without the files that `pattern` names, unless the others hold nothing like it. */
const setAside = (
  files: readonly RepoFile[],
  pattern: RegExp,
  isEnough: (others: readonly Weight[]) => boolean,
): readonly RepoFile[] => {
  const others = files.filter((file) => !pattern.test(file.path));
  return others.length < files.length && isEnough(readWeights(others)) ? others : files;
};

/** Of each set of weights the wanted variant, where there is one; otherwise the plain one; otherwise what there is. */
const pickVariants = (weights: readonly Weight[], wanted: string | undefined): Weight[] => {
  const sets = Map.groupBy(weights, setOf);
  return [...sets.values()].flatMap((set) => {
    const inWanted = set.filter((weight) => weight.variant === wanted);
    const plain = set.filter((weight) => weight.variant === undefined);
    return inWanted.length > 0 ? inWanted : plain.length > 0 ? plain : set;
  });
};

/** The same for one weight in two formats: `pytorch_model*.bin` is `model*.safetensors`; all others keep their name. */
const weightKey = ({ folder, base }: Weight): string => `${folder}/${base.replace(/^pytorch_model/, 'model')}`;

/** Keys of the weights that are there with all their parts. */
const wholeKeys = (weights: readonly Weight[]): ReadonlySet<string> => {
  const sets = Map.groupBy(
    weights.filter(({ isIndex }) => !isIndex),
    weightKey,
  );
  return new Set([...sets].filter(([, set]) => isWholeSet(set)).map(([key]) => key));
};

/**
 * Each weight once: in the first form where it is whole, in the second where the first lacks it. diffusers reads
 * whole pipelines in one format (`is_safetensors_compatible`): safetensors come first only if every weight comes in them.
 */
const pickFormat = (weights: readonly Weight[], isPipeline: boolean): Weight[] => {
  const safetensors = weights.filter(({ kind }) => kind === 'safetensors');
  const torch = weights.filter(({ kind }) => kind === 'torch');
  const inSafetensors = wholeKeys(safetensors);
  const prefersTorch = isPipeline && !torch.every((weight) => inSafetensors.has(weightKey(weight)));
  const [first, second] = prefersTorch ? [torch, safetensors] : [safetensors, torch];
  const inFirst = wholeKeys(first);
  return [...first, ...second.filter((weight) => !inFirst.has(weightKey(weight)))];
};

/** What a pipeline loads: the parts that its `model_index.json` names, or else everything in folders. */
const partsOf = (weights: readonly Weight[], { says }: RepoHints): readonly Weight[] => {
  const named = new Set(says?.pipeline?.parts ?? []);
  const inParts = weights.filter(({ folder }) => named.has(folder.split('/')[0] ?? ''));
  if (hasPyTorchWeights(inParts)) return inParts;
  // Single-file checkpoints in a pipeline's root are a second copy for other programs.
  const inFolders = weights.filter(({ folder }) => folder !== '');
  return hasPyTorchWeights(inFolders) ? inFolders : weights;
};

/** Folders that exporters name by the form that is in them. */
const FORM_FOLDER =
  /(^|\/)(onnx|openvino|coreml|tflite|tf|tensorflow|saved_model|flax|jax|rust|executorch|tensorrt|rknn)([-_.]\w*)?(\/|$)|\.(mlpackage|mlmodelc)(\/|$)/i;
/** What exporters put before a name and, for quantized and optimized copies, behind it. */
const EXPORTED_AS =
  /^(tf|flax|rust|openvino|pytorch)_|([._-](quantized|q?int\d+|fp\d+|q\d+\w*|bnb\d|optimized|merged|O\d)\w*)+$/gi;
const WHOLE_MODEL = /^(model|saved_model|keras_metadata|variables|((en|de)coder|decoder_with_past)(_model)?)$/;

const barely = (base: string): string => base.replace(EXPORTED_AS, '').toLowerCase();

/** Weights in the other forms that are none of the chosen ones again: the speech tokenizer that exists as ONNX only. */
const partsInOtherForms = (
  weights: readonly Weight[],
  chosen: readonly Weight[],
  library: string | undefined,
): Weight[] => {
  const taken = new Set(chosen.map((weight) => `${weight.folder}/${barely(weight.base)}`));
  const readsPyTorch = READS_PYTORCH.has(library ?? '');
  return weights.filter((weight) => {
    const { kind, folder, base, file } = weight;
    if (isPyTorch(weight) || kind === 'gguf' || (readsPyTorch && OTHERS_FORMS.test(file.path))) return false;
    const name = barely(base);
    return !FORM_FOLDER.test(folder) && !WHOLE_MODEL.test(name) && !taken.has(`${folder}/${name}`);
  });
};

const pickWeights = (
  weights: readonly Weight[],
  hints: RepoHints,
  files: readonly RepoFile[],
  variant?: string,
): Weight[] => {
  const library = libraryOf(hints, files);
  const bundles = weights.filter(({ file }) => library === 'nemo' && file.path.endsWith('.nemo'));
  const common = weights.filter((weight) => isPyTorch(weight) && !(bundles.length > 0 && isLoadersOwn(weight)));
  if (bundles.length > 0) return [...bundles, ...pickFormat(pickVariants(common, variant), false)];
  if (hasPyTorchWeights(common)) {
    const isPipeline = files.some((file) => file.path === 'model_index.json');
    if (isPipeline) return pickFormat(pickVariants(partsOf(common, hints), variant), true);
    const chosen = pickFormat(pickVariants(common, variant), false);
    return [...chosen, ...partsInOtherForms(weights, chosen, library)];
  }
  const kind = LAST_RESORTS.find((candidate) => weights.some((weight) => weight.kind === candidate && !weight.isIndex));
  return weights.filter((weight) => weight.kind === kind);
};

/** A test for files that belong to weights which were not chosen: the configuration in `onnx/` of a safetensors model. */
const forsaken = (weights: readonly Weight[], chosen: ReadonlySet<string>): ((path: string) => boolean) => {
  const withWeights = new Set(weights.flatMap((weight) => foldersOf(weight.file.path)));
  const withChosen = new Set([...chosen].flatMap(foldersOf));
  return (path) => foldersOf(path).some((folder) => withWeights.has(folder) && !withChosen.has(folder));
};

/** A pipeline as spaCy unpacks it: names without endings, and weights among them (spacy/util.py, load_model_from_path). */
const isSpacyPipeline = (files: readonly RepoFile[]): boolean =>
  ['meta.json', 'config.cfg'].every((name) => files.some(({ path }) => path === name));

/**
 * The files that a loader of this repository reads, each weight once: a weight stays only where the same weight comes in
 * a better form, safetensors, else PyTorch files, else the best of the other forms; and the configuration, tokenizer and
 * code files that belong to them. What the repository says of itself comes before names. GGUF is not chosen here.
 * @param variant take this variant (`fp16`) of every weight that has it
 * @returns in the listing's order; all files if none of them holds weights that we know
 */
export const loaderFiles = (
  files: readonly RepoFile[],
  hints: RepoHints = {},
  variant?: string,
): readonly RepoFile[] => {
  if (isSpacyPipeline(files)) return files.filter(({ path }) => !/^\.gitattributes$|\.whl$/.test(path));
  const present = setAside(files, TRAINING, hasPyTorchWeights);
  const relevant = setAside(present, ORIGINAL, (others) =>
    others.some((weight) => isPyTorch(weight) && isLoadersOwn(weight)),
  );
  const weights = readWeights(files);
  const isWeight = new Set(weights.map((weight) => weight.file.path));
  const picked = pickWeights(withoutStale(readWeights(relevant), hints.says), hints, relevant, variant);
  if (picked.length === 0) return files.filter((file) => file.path !== '.gitattributes');

  const chosen = new Set(picked.map((weight) => weight.file.path));
  const isForsaken = forsaken(weights, chosen);
  // Exporters scatter external data under any name beside the graph, so there everything that is no other form comes along.
  const isLastResort = !hasPyTorchWeights(picked);
  const homes = new Set(isLastResort ? picked.map((weight) => weight.folder) : []);
  const belongs = (path: string): boolean =>
    !isWeight.has(path) &&
    path !== '.gitattributes' &&
    (isCompanion(path) ? !isForsaken(path) : homes.has(folderOf(path)));
  return relevant.filter((file) => chosen.has(file.path) || belongs(file.path));
};
