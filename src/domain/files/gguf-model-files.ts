import { type GgufModel, projectorOf } from './gguf.ts';
import type { RepoFile, RepoHints } from '../listing.ts';
import { loaderFiles } from './loader-files.ts';
import { isTransformersModel } from './library.ts';
import { folderOf, foldersOf, isCompanion, isPyTorch, readWeight, readWeights } from './weights.ts';

/** A collection of weights lies beside a model, it is not part of it. */
const PARTS_MOST = 50;
/** A GGUF file holds its own configuration: where more small files than this lie in one folder, they are something else's. */
const COMPANIONS_MOST = 100;
const PAPERS = /(^|\/)((readme|licen[cs]e|notice)[^/]*|config\.json)$/i;

/** The bytes of the largest weight in PyTorch's forms, all its shards together. */
const largestPyTorch = (files: readonly RepoFile[]): number => {
  const sets = Map.groupBy(
    readWeights(files).filter(isPyTorch),
    ({ kind, folder, base }) => `${kind}/${folder}/${base}`,
  );
  return [...sets.values()].reduce(
    (most, set) =>
      Math.max(
        most,
        set.reduce((sum, { file }) => sum + file.size, 0),
      ),
    0,
  );
};

/**
 * True if GGUF is what this repository is about. Weights in PyTorch's forms beside it are the model only if the
 * repository is laid out for transformers or diffusers, or if they are the larger ones; a VAE in its folder is not.
 */
export const isGgufRepo = (files: readonly RepoFile[], models: readonly GgufModel[], hints: RepoHints): boolean => {
  if (models.length === 0) return false;
  if (hints.libraryName?.toLowerCase() === 'gguf') return true;
  if (isTransformersModel(files) || files.some(({ path }) => path === 'model_index.json')) return false;
  return largestPyTorch(files) < models.reduce((most, { bytes }) => Math.max(most, bytes), 0);
};

/** The parts that exist in PyTorch's forms only: a VAE, a text encoder. */
const otherParts = (files: readonly RepoFile[], hints: RepoHints): readonly RepoFile[] => {
  if (isTransformersModel(files)) return [];
  const isPart = (file: RepoFile): boolean => {
    const weight = readWeight(file);
    return weight !== undefined && isPyTorch(weight);
  };
  const parts = loaderFiles(files.filter(isPart), hints);
  return parts.length > PARTS_MOST ? [] : parts;
};

/** Companions by their folder, of each folder a few at most. */
const companionsByFolder = (files: readonly RepoFile[]): ReadonlyMap<string, readonly RepoFile[]> => {
  const all = Map.groupBy(
    files.filter((file) => isCompanion(file.path) && readWeight(file) === undefined),
    ({ path }) => folderOf(path),
  );
  const few = (list: readonly RepoFile[]): readonly RepoFile[] =>
    list.length > COMPANIONS_MOST ? list.filter(({ path }) => PAPERS.test(path)).slice(0, COMPANIONS_MOST) : list;
  return new Map([...all].map(([folder, list]) => [folder, few(list)]));
};

/**
 * Made once for all GGUF models of a list.
 * @param withParts the repository is about GGUF, so what lies beside it belongs to it
 * @returns gives the files of one: its own, its projector, the parts that have no GGUF form, and the configuration beside
 *   or above them; in the list's order
 */
export const createGgufModelFiles = (
  files: readonly RepoFile[],
  hints: RepoHints,
  withParts: boolean,
): ((model: GgufModel) => readonly RepoFile[]) => {
  const indices = new Map(files.map((file, index) => [file, index]));
  const companions = companionsByFolder(files);
  const projectors = Map.groupBy(
    files.filter(({ path }) => /mmproj/i.test(path)),
    ({ path }) => folderOf(path),
  );
  const parts = withParts ? otherParts(files, hints) : [];
  return (model) => {
    const onItsPath = ['', ...foldersOf(model.entry)].flatMap((folder) => projectors.get(folder) ?? []);
    const projector = projectorOf(model, onItsPath);
    const weights = [...model.files, ...(projector ? [projector] : []), ...parts];
    const folders = new Set(['', ...weights.flatMap(({ path }) => foldersOf(path))]);
    const beside = [...folders].flatMap((folder) => companions.get(folder) ?? []);
    return [...new Set([...weights, ...beside])].toSorted((a, b) => (indices.get(a) ?? 0) - (indices.get(b) ?? 0));
  };
};
