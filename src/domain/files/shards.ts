import type { RepoFile, RepoHints, RepoSays } from '../listing.ts';
import { isLoadersOwn, isPyTorch, readWeight, readWeights, setOf, type Weight } from './weights.ts';

/** One weight in one variant, in whatever number of shards. */
const variantOf = (weight: Weight): string => `${setOf(weight)}/${weight.variant ?? ''}`;

/** The parts that belong together: another split of the same weight is another set. */
const splitOf = (weight: Weight): string => `${variantOf(weight)}/${weight.shard?.total ?? ''}`;

/** True if no part is missing, counted from 1 or from 0; a file without a number is whole. */
export const isWholeSet = (parts: readonly Weight[]): boolean => {
  const numbers = new Set(parts.map(({ shard }) => shard?.number));
  const total = parts[0]?.shard?.total;
  if (total !== undefined) return numbers.size === total;
  // Parts without a total: none may be missing in between.
  return parts.every(({ shard }) => shard === undefined || shard.number === 1 || numbers.has(shard.number - 1));
};

/** True if every weight among these files has all its parts. */
export const areWhole = (weights: readonly Weight[]): boolean =>
  [
    ...Map.groupBy(
      weights.filter(({ isIndex }) => !isIndex),
      splitOf,
    ).values(),
  ].every(isWholeSet);

/** Of one weight in one variant what its index names; without one, what is whole. */
const currentOf = (
  set: readonly Weight[],
  says: RepoSays | undefined,
  isThere: (path: string) => boolean,
): readonly Weight[] => {
  const index = set.find(({ isIndex }) => isIndex);
  const named = index && says?.shards?.[index.file.path];
  if (named && named.length > 0 && named.every(isThere)) {
    const shards = new Set(named);
    return set.filter(({ isIndex, file }) => isIndex || shards.has(file.path));
  }
  const files = set.filter(({ isIndex }) => !isIndex);
  const whole = [...Map.groupBy(files, splitOf).values()].filter(isWholeSet).flat();
  return whole.length === 0 || whole.length === files.length ? set : [...(index ? [index] : []), ...whole];
};

/**
 * Without what lies about from an earlier upload: another split of a weight whose index names this one. An index of
 * which a shard is missing says nothing.
 */
export const withoutStale = (weights: readonly Weight[], says: RepoSays | undefined): Weight[] => {
  const paths = new Set(weights.map(({ file }) => file.path));
  return [...Map.groupBy(weights, variantOf).values()].flatMap((set) =>
    currentOf(set, says, (path) => paths.has(path)),
  );
};

/**
 * The chosen files with all other parts of the weights that they are parts of, and the lists of these parts: one shard
 * alone is of no use to any loader.
 * @returns in the order of `all`
 */
export const withWholeSets = (
  chosen: readonly RepoFile[],
  all: readonly RepoFile[],
  { says }: RepoHints = {},
): readonly RepoFile[] => {
  const parts = readWeights(chosen).filter(({ shard, isIndex }) => shard !== undefined && !isIndex);
  const paths = new Set(chosen.map(({ path }) => path));
  const splits = new Set(parts.map(splitOf));
  const variants = new Set(parts.map(variantOf));
  const named = Object.entries(says?.shards ?? {}).filter(([, shards]) => shards.some((path) => paths.has(path)));
  const byIndex = new Set(named.flatMap(([index, shards]) => [index, ...shards]));
  if (splits.size + byIndex.size === 0) return chosen;
  return all.filter((file) => {
    if (paths.has(file.path) || byIndex.has(file.path)) return true;
    const weight = readWeight(file);
    if (!weight) return false;
    return weight.isIndex ? variants.has(variantOf(weight)) : weight.shard !== undefined && splits.has(splitOf(weight));
  });
};

/** So many files are read before the choice at most, and none that is longer. */
const MANIFESTS_MOST = 8;
const MANIFEST_BYTES_MOST = 4_000_000;

/** True if names alone do not say which files an index means. */
const isUnclear = (index: Weight, files: readonly Weight[]): boolean => {
  const [first] = files;
  const isPlain = first !== undefined && new Set(files.map(splitOf)).size === 1 && first.shard !== undefined;
  return isPyTorch(index) && !(isPlain && isWholeSet(files));
};

/** The files whose content says which others are the model, where their names do not: few, and small. */
export const manifestFiles = (files: readonly RepoFile[]): readonly RepoFile[] => {
  const weights = readWeights(files);
  const sets = Map.groupBy(
    weights.filter(({ isIndex }) => !isIndex),
    variantOf,
  );
  const indexes = weights.filter((weight) => weight.isIndex && isUnclear(weight, sets.get(variantOf(weight)) ?? []));
  const own = files.filter(({ path }) => path === 'model_index.json' || path === 'adapter_config.json');
  const sorted = indexes.toSorted((a, b) => Number(isLoadersOwn(b)) - Number(isLoadersOwn(a)));
  return [...own, ...sorted.map(({ file }) => file)]
    .filter(({ size }) => size <= MANIFEST_BYTES_MOST)
    .slice(0, MANIFESTS_MOST);
};
