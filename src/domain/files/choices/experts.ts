import type { RepoFile } from '../../listing.ts';
import { isTransformersModel } from '../library.ts';
import { folderOf, isLoadersOwn, readWeights } from '../weights.ts';
import type { FormChoice, Forms } from './forms.ts';
import { pairOf, wholePairs } from './pairs.ts';

/** The numbers that a file holds, as it says itself: the same weight may come in several. */
const PRECISION = /[-_.](?:fp|bf|f|int|nvfp|mxfp|nf|q)\d+(?:_?e\dm\d(?:fn)?)?(?:_(?:scaled|mixed))*(?=[-_.]|$)/i;
const ADAPTERS = /(?:^|\/)loras?\//i;
const PARTS_MOST = 50;

const stemOf = (path: string): string => path.replace(/\.safetensors$/, '');
const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Both halves `wan2.2_t2v_high_noise_14B_fp16` and `…_low_noise_…` are `wan2.2_t2v_14B_fp16`; one alone keeps its name. */
const nameOf = (group: readonly RepoFile[]): string => {
  const name = stemOf(fileName(group[0]?.path ?? ''));
  return group.length > 1 ? (pairOf(name) ?? name).replace(/[-_ ]?\?(?:[-_ ]?noise)?/i, '') : name;
};

/** Weights that are one file each and no adapter. */
const singleFiles = (files: readonly RepoFile[]): readonly RepoFile[] =>
  readWeights(files).flatMap((weight) => {
    const isSingle = weight.kind === 'safetensors' && weight.shard === undefined && !weight.isIndex;
    return isSingle && !isLoadersOwn(weight) && !ADAPTERS.test(weight.file.path) ? [weight.file] : [];
  });

/** Both of a whole pair together, all others alone. */
const groupsOf = (models: readonly RepoFile[], pairs: ReadonlySet<string>): readonly (readonly RepoFile[])[] => {
  const keyOf = (path: string): string => {
    const pair = pairOf(path);
    return pair !== undefined && pairs.has(pair) ? pair : path;
  };
  return [...Map.groupBy(models, ({ path }) => keyOf(path)).values()];
};

/** Of what goes with every model here, each weight once: in the numbers of the chosen one, else in the fewest bytes. */
const partsFor = (chosen: string, parts: readonly RepoFile[]): readonly RepoFile[] => {
  const wanted = PRECISION.exec(chosen)?.[0].slice(1).toLowerCase() ?? '';
  const same = Map.groupBy(parts, ({ path }) => stemOf(path).replace(PRECISION, ''));
  return [...same.values()].flatMap((forms) => {
    const fitting = forms.find(({ path }) => wanted !== '' && path.toLowerCase().includes(wanted.slice(0, 3)));
    return fitting ?? forms.toSorted((a, b) => a.size - b.size)[0] ?? [];
  });
};

/**
 * Models of which each has two experts, in one file each, as they are packed for one program: what lies in their folder is a
 * choice each, a pair is one, and the parts in other folders come with each. Adapters do not.
 * @returns undefined if no pair is whole, or the repository is laid out for a library that knows what it needs
 */
export const expertForms = (files: readonly RepoFile[]): Forms | undefined => {
  const isPacked = !isTransformersModel(files) && !files.some(({ path }) => path === 'model_index.json');
  const weights = singleFiles(files);
  const pairs = wholePairs(weights.map(({ path }) => path));
  if (!isPacked || pairs.size === 0) return undefined;
  const homes = new Set([...pairs].map(folderOf));
  const homeOf = (path: string): string => folderOf(pairOf(path) ?? path);
  const models = weights.filter(({ path }) => homes.has(homeOf(path)));
  const others = weights.filter(({ path }) => !homes.has(homeOf(path)));
  const parts = others.length > PARTS_MOST ? [] : others;
  const groups = groupsOf(models, pairs);
  const names = Map.groupBy(groups, nameOf);
  const choices = groups.map((group): FormChoice => {
    const name = nameOf(group);
    const label = names.get(name)?.length === 1 ? name : stemOf(group[0]?.path ?? '');
    return {
      label,
      aliases: group.map(({ path }) => fileName(path).toLowerCase()),
      weights: [...group, ...partsFor(label, parts)],
    };
  });
  return choices.length > 1 ? { kind: 'models', choices, usual: undefined, isMain: true } : undefined;
};
