import { formatBytes } from '../lib/bytes.ts';
import { shorten } from '../lib/shorten.ts';
import { fourBitGguf, type GgufModel, ggufModels, projectorOf, usualGguf } from './gguf.ts';
import type { RepoFile } from './listing.ts';
import { loaderFiles } from './loader-files.ts';
import { folderOf, hasPyTorchWeights, isCompanion, readWeight } from './weights.ts';

export interface QuantChoice {
  /** What `quantize` has to be for this choice. */
  readonly label: string;
  /** All that comes with it: shards, projector, configuration. */
  readonly files: readonly RepoFile[];
  readonly totalBytes: number;
}

export type SelectedFiles =
  | { readonly kind: 'files'; readonly files: readonly RepoFile[]; readonly totalBytes: number }
  | { readonly kind: 'choose'; readonly choices: readonly QuantChoice[]; readonly suggested: string };

/** Bytes on disk: a blob that several paths share is there, and is fetched, once. */
const bytesOf = (files: readonly RepoFile[]): number =>
  [...new Map(files.map((file) => [file.etag, file.size])).values()].reduce((sum, size) => sum + size, 0);

export const selected = (files: readonly RepoFile[]): SelectedFiles => ({
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

/** A GGUF model with its projector and the configuration that lies beside or above it. */
const withCompany = (model: GgufModel, files: readonly RepoFile[]): QuantChoice => {
  const folder = folderOf(model.entry);
  const isAbove = (path: string): boolean => {
    const other = folderOf(path);
    return other === '' || other === folder || folder.startsWith(`${other}/`);
  };
  const parts = new Set([...model.files, projectorOf(model, files)]);
  const all = files.filter(
    (file) => parts.has(file) || (isCompanion(file.path) && isAbove(file.path) && readWeight(file) === undefined),
  );
  return { label: model.label, files: all, totalBytes: bytesOf(all) };
};

const choose = (models: readonly GgufModel[], suggested: GgufModel, files: readonly RepoFile[]): SelectedFiles => {
  const choices = models.map((model) => withCompany(model, files));
  const [only] = choices;
  if (choices.length === 1 && only) return { kind: 'files', files: only.files, totalBytes: only.totalBytes };
  return {
    kind: 'choose',
    choices: choices.toSorted((a, b) => a.totalBytes - b.totalBytes),
    suggested: suggested.label,
  };
};

/** All GGUF models that a label, a quant or a file name means. */
const modelsNamed = (models: readonly GgufModel[], name: string): readonly GgufModel[] => {
  const asked = name.toLowerCase();
  const labelled = models.filter((model) => model.label.toLowerCase() === asked);
  if (labelled.length > 0) return labelled;
  return models.filter(
    (model) =>
      model.quant.toLowerCase() === asked ||
      model.entry.slice(model.entry.lastIndexOf('/') + 1).toLowerCase() === asked,
  );
};

const isPyTorch = (files: readonly RepoFile[]): boolean =>
  hasPyTorchWeights(files.map(readWeight).filter((weight) => weight !== undefined));

/** The loader's files with `variant=fp16`, or undefined if no weights have this variant. */
const halfPrecision = (files: readonly RepoFile[]): readonly RepoFile[] | undefined => {
  const halves = isPyTorch(files) ? loaderFiles(files, 'fp16') : [];
  return halves.some((file) => readWeight(file)?.variant === 'fp16') ? halves : undefined;
};

/** What `quantize` may be for these files, for the sentence that says so. */
export const possibleChoices = (files: readonly RepoFile[]): string => {
  const models = ggufModels(files);
  const sized = models.map((model) => `${shortName(model.label)} (${formatBytes(model.bytes)})`);
  const loaders = models.length === 0 || isPyTorch(files) ? ['auto', 'no'] : [];
  return enumerate([...sized, ...(halfPrecision(files) ? ['fp16'] : []), ...loaders, 'all']);
};

/** Full precision, as exact as there is: what was trained in BF16 gains nothing from F32, but loses nothing either. */
const fullPrecisionGguf = (models: readonly GgufModel[]): GgufModel | undefined =>
  ['F32', 'BF16', 'F16'].map((quant) => models.find((model) => model.quant === quant)).find(Boolean);

/**
 * What `quantize` means for these files.
 * @returns undefined if there are no such files
 */
export const selectQuant = (files: readonly RepoFile[], quantize: string): SelectedFiles | undefined => {
  const models = ggufModels(files);
  const usual = isPyTorch(files) ? undefined : usualGguf(models);
  const only = (model: GgufModel | undefined): SelectedFiles | undefined => model && choose([model], model, files);

  switch (quantize) {
    case 'auto':
      return usual ? choose(models, usual, files) : selected(loaderFiles(files));
    case 'q4':
      return only(fourBitGguf(models));
    case 'no':
      return usual ? only(fullPrecisionGguf(models)) : selected(loaderFiles(files));
    case 'fp16': {
      const halves = halfPrecision(files);
      return halves ? selected(halves) : only(models.find((model) => model.quant === 'F16'));
    }
    default: {
      const named = modelsNamed(models, quantize);
      const [first] = named;
      return first && choose(named, first, files);
    }
  }
};
