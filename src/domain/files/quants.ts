import { formatBytes } from '../../lib/text/bytes.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { fourBitGguf, type GgufModel, ggufModels, ggufSides, usualGguf } from './gguf.ts';
import { expertForms } from './choices/experts.ts';
import { filesOfForm, type FormChoice, type Forms, formsNamed } from './choices/forms.ts';
import { ggmlForms } from './choices/ggml.ts';
import { ggufNamed } from './choices/gguf-named.ts';
import { onnxForms } from './choices/onnx.ts';
import { createGgufModelFiles, isGgufRepo } from './gguf-model-files.ts';
import type { RepoFile, RepoHints } from '../listing.ts';
import { loaderFiles } from './loader-files.ts';
import { hasPyTorchWeights, readWeight, readWeights } from './weights.ts';

export interface QuantChoice {
  /** What `quantize` has to be for this choice. */
  readonly label: string;
  /** All that comes with it: shards, projector, configuration. */
  readonly files: readonly RepoFile[];
  readonly totalBytes: number;
  /** Of these, the weights: what is loaded into memory. */
  readonly weightBytes: number;
}

export interface ChosenFiles {
  readonly kind: 'files';
  readonly files: readonly RepoFile[];
  readonly totalBytes: number;
  /** How `quantize` is written out, where what was asked for fits another label: `UD-Q4_K_XL` for `Q4_K_XL`. */
  readonly label?: string;
}

export type SelectedFiles =
  | ChosenFiles
  | {
      readonly kind: 'choose';
      readonly of: ChoiceOf;
      readonly choices: readonly QuantChoice[];
      /** What a loader takes if nobody says which; undefined if there is no such. */
      readonly suggested: string | undefined;
    };

/** Quants of a GGUF repository, or only what lies beside models in others; number formats of an ONNX model; several models; all of that. */
export const CHOICES_OF = ['quants', 'sides', 'dtypes', 'models', 'all'] as const;
export type ChoiceOf = (typeof CHOICES_OF)[number];

/** Bytes on disk: a blob that several paths share is there, and is fetched, once. */
const bytesOf = (files: readonly RepoFile[]): number => {
  const counted = new Set<string>();
  let bytes = 0;
  for (const { etag, size } of files) {
    if (!counted.has(etag)) bytes += size;
    counted.add(etag);
  }
  return bytes;
};

const weightBytesOf = (files: readonly RepoFile[]): number =>
  bytesOf(readWeights(files).flatMap(({ isIndex, file }) => (isIndex ? [] : [file])));

/** These files, chosen without a label. */
export const selected = (files: readonly RepoFile[]): ChosenFiles => ({
  kind: 'files',
  files,
  totalBytes: bytesOf(files),
});

/** A foreign name inside a sentence. */
export const shortName = (name: string): string => shorten(name, 60);

/** At most twenty names, so that the sentence stays one. */
export const enumerate = (names: readonly string[]): string =>
  names.length > 20
    ? `${names.slice(0, 20).map(shortName).join(', ')} and ${names.length - 20} more`
    : names.map(shortName).join(', ');

/** As many as a person can look through, and as buttons fit under a message. */
const CHOICES_MOST = 90;

/** What is there to choose from. */
interface RepoContents {
  readonly files: readonly RepoFile[];
  readonly hints: RepoHints;
  readonly models: readonly GgufModel[];
  /** The repository is about GGUF, whatever lies beside it. */
  readonly isGguf: boolean;
  /** Several forms that are not GGUF, of which one is chosen. */
  readonly forms: Forms | undefined;
}

const contentsOf = (files: readonly RepoFile[], hints: RepoHints): RepoContents => {
  const models = ggufModels(files);
  const isGguf = isGgufRepo(files, models.length > 0 ? models : ggufSides(files), hints);
  return { files, hints, models, isGguf, forms: onnxForms(files) ?? ggmlForms(files) ?? expertForms(files) };
};

/** The suggested one, and of the others the smallest. */
const fewOf = <T>(all: readonly T[], suggested: T | undefined, sizeOf: (each: T) => number): readonly T[] => {
  if (all.length <= CHOICES_MOST) return all;
  const others = all.filter((each) => each !== suggested).toSorted((a, b) => sizeOf(a) - sizeOf(b));
  return [...(suggested === undefined ? [] : [suggested]), ...others].slice(0, CHOICES_MOST);
};

const choiceOf = (label: string, files: readonly RepoFile[]): QuantChoice => ({
  label,
  files,
  totalBytes: bytesOf(files),
  weightBytes: weightBytesOf(files),
});

/** The only one there is, or the question which. */
const oneOf = (of: ChoiceOf, choices: readonly QuantChoice[], suggested: string | undefined): SelectedFiles => {
  const [only] = choices;
  if (choices.length === 1 && only) {
    return { kind: 'files', files: only.files, totalBytes: only.totalBytes };
  }
  return { kind: 'choose', of, choices: choices.toSorted((a, b) => a.totalBytes - b.totalBytes), suggested };
};

const choose = (
  { files, hints, isGguf }: RepoContents,
  models: readonly GgufModel[],
  suggested: GgufModel | undefined,
): SelectedFiles => {
  const filesOf = createGgufModelFiles(files, hints, isGguf);
  const choices = fewOf(models, suggested, ({ bytes }) => bytes).map((model) => choiceOf(model.label, filesOf(model)));
  return oneOf(suggested ? 'quants' : 'sides', choices, suggested?.label);
};

const chooseForm = (
  { files, hints }: RepoContents,
  { kind, usual }: Forms,
  choices: readonly FormChoice[],
): SelectedFiles => {
  const few = fewOf(
    choices,
    choices.find(({ label }) => label === usual),
    ({ weights }) => bytesOf(weights),
  );
  const isOffered = few.some(({ label }) => label === usual);
  return oneOf(
    kind,
    few.map((choice) => choiceOf(choice.label, filesOfForm(choice, files, hints))),
    isOffered ? usual : undefined,
  );
};

const isPyTorchRepo = ({ files, isGguf, forms }: RepoContents): boolean =>
  !isGguf && forms?.isMain !== true && hasPyTorchWeights(readWeights(files));

/** The loader's files with `variant=fp16`, or undefined if no weights have this variant. */
const halfPrecision = (contents: RepoContents): readonly RepoFile[] | undefined => {
  const halves = isPyTorchRepo(contents) ? loaderFiles(contents.files, contents.hints, 'fp16') : [];
  return halves.some((file) => readWeight(file)?.variant === 'fp16') ? halves : undefined;
};

/** What `quantize` may be for these files, for the sentence that says so; undefined where they are one form, and nothing tells two apart. */
export const possibleChoices = (files: readonly RepoFile[], hints: RepoHints): string | undefined => {
  const contents = contentsOf(files, hints);
  const { models, forms, isGguf } = contents;
  const sized = [
    ...models.map(({ label, bytes }) => ({ label, bytes })),
    ...(forms?.choices ?? []).map(({ label, weights }) => ({ label, bytes: bytesOf(weights) })),
  ].map(({ label, bytes }) => `${shortName(label)} (${formatBytes(bytes)})`);
  const loaders = isGguf || forms?.isMain ? [] : ['auto', 'no'];
  const halves = halfPrecision(contents) ? ['fp16'] : [];
  if (loaders.length > 0 && sized.length + halves.length === 0) return undefined;
  return enumerate([...sized, ...halves, ...loaders, 'all']);
};

/** Full precision, as exact as there is: what was trained in BF16 gains nothing from F32, but loses nothing either. */
const fullPrecisionGguf = (models: readonly GgufModel[]): GgufModel | undefined =>
  ['F32', 'BF16', 'F16'].map((quant) => models.find((model) => model.quant === quant)).find(Boolean);

/** A repository of GGUF files has no other choice than among them, be they models or only what lies beside one elsewhere. */
const usualChoice = (contents: RepoContents): SelectedFiles => {
  const { models, files, hints, isGguf, forms } = contents;
  if (!isGguf && forms?.isMain) return chooseForm(contents, forms, forms.choices);
  if (!isGguf) return selected(loaderFiles(files, hints));
  return models.length > 0
    ? choose(contents, models, usualGguf(models))
    : choose(contents, ggufSides(files), undefined);
};

/** One choice, under its own label; several lead to the question which. */
const named = (choices: readonly { readonly label: string }[], chosen: SelectedFiles): SelectedFiles => {
  const [first] = choices;
  return first && chosen.kind === 'files' ? { ...chosen, label: first.label } : chosen;
};

/** What a label means, or another name that is none of the words that `quantize` takes. */
const selectNamed = (contents: RepoContents, name: string): SelectedFiles | undefined => {
  const models = ggufNamed(contents.files, contents.models, name);
  if (models.length > 0) return named(models, choose(contents, models, models[0]));
  const { forms } = contents;
  const choices = forms ? formsNamed(forms, name) : [];
  return forms && choices.length > 0 ? named(choices, chooseForm(contents, forms, choices)) : undefined;
};

/** The usual choice without a question, as `:latest` means it. */
const selectUsual = (contents: RepoContents): SelectedFiles => {
  const usual = usualChoice(contents);
  if (usual.kind === 'files') return { ...usual, label: 'auto' };
  const choice = usual.choices.find(({ label }) => label === usual.suggested);
  if (!choice) return usual;
  const { files, totalBytes, label } = choice;
  return { kind: 'files', files, totalBytes, label };
};

/** A list of all files is kept with the question: of a longer one nobody wants all. */
const ALL_MOST = 1000;

/** All files, unless that is one of the choices already. */
const everything = (files: readonly RepoFile[], choices: readonly QuantChoice[]): readonly QuantChoice[] => {
  const amount = files.filter(({ path }) => path !== '.gitattributes').length;
  const isChoice = choices.some((choice) => choice.files.length === amount);
  return isChoice || choices.length === 0 || files.length > ALL_MOST ? [] : [choiceOf('all', files)];
};

/** All that can be had of a repository, so that a person can choose: also what nobody asks about who says nothing. */
const askOfAll = (contents: RepoContents): SelectedFiles | undefined => {
  const { files, hints, models, isGguf, forms } = contents;
  const usual = usualChoice(contents);
  const filesOf = createGgufModelFiles(files, hints, isGguf);
  const halves = halfPrecision(contents);
  const choices = [
    ...(usual.kind === 'files' && !isGguf ? [choiceOf('auto', usual.files)] : []),
    ...(halves ? [choiceOf('fp16', halves)] : []),
    ...models.map((model) => choiceOf(model.label, filesOf(model))),
    ...(forms?.choices ?? [])
      .filter(({ label }) => !(halves && label === 'fp16'))
      .map((choice) => choiceOf(choice.label, filesOfForm(choice, files, hints))),
  ];
  const all = [...choices, ...everything(files, choices)];
  const [only] = all;
  if (!only) return usual;
  if (all.length === 1) return { kind: 'files', files: only.files, totalBytes: only.totalBytes, label: only.label };
  const suggested = usual.kind === 'files' ? (isGguf ? only.label : 'auto') : usual.suggested;
  const few = fewOf(
    all,
    all.find(({ label }) => label === suggested),
    ({ totalBytes }) => totalBytes,
  );
  return oneOf(usual.kind === 'choose' ? usual.of : 'all', few, suggested);
};

/**
 * What `quantize` means for these files.
 * @returns undefined if there are no such files
 */
export const selectQuant = (
  files: readonly RepoFile[],
  quantize: string,
  hints: RepoHints = {},
): SelectedFiles | undefined => {
  const contents = contentsOf(files, hints);
  const { models, isGguf, forms } = contents;
  const only = (model: GgufModel | undefined): SelectedFiles | undefined => model && choose(contents, [model], model);
  const form = (name: string): SelectedFiles | undefined => {
    const choices = forms ? formsNamed(forms, name) : [];
    return forms && choices.length > 0 ? chooseForm(contents, forms, choices) : undefined;
  };

  switch (quantize) {
    case 'auto':
      return usualChoice(contents);
    case 'ask':
      return askOfAll(contents);
    case 'latest':
      return selectUsual(contents);
    case 'q4':
      return only(fourBitGguf(models)) ?? form('q4');
    case 'no':
      if (isGguf) return only(fullPrecisionGguf(models));
      return forms?.isMain ? form('fp32') : selected(loaderFiles(files, hints));
    case 'fp16': {
      const halves = halfPrecision(contents);
      return halves ? selected(halves) : (only(models.find((model) => model.quant === 'F16')) ?? form('fp16'));
    }
    default:
      return selectNamed(contents, quantize);
  }
};
