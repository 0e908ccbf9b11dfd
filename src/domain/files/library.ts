import type { RepoFile, RepoHints } from '../listing.ts';
import { isLoadersOwn, isPyTorch, readWeights } from './weights.ts';

/** Libraries whose names the Hub also gives as tags, the one that says most first. */
const TAGGED = ['sentence-transformers', 'diffusers', 'peft', 'nemo', 'mlx', 'timm', 'open_clip', 'transformers'];

/** Files that only one library writes, at the root of a repository. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^model_index\.json$/, 'diffusers'],
  [/^(modules|config_sentence_transformers)\.json$/, 'sentence-transformers'],
  [/^adapter_config\.json$/, 'peft'],
  [/^open_clip_config\.json$/, 'open_clip'],
  [/^[^/]+\.nemo$/, 'nemo'],
];

const signOf = (files: readonly RepoFile[]): string | undefined =>
  SIGNS.find(([pattern]) => files.some(({ path }) => pattern.test(path)))?.[1];

/** True if its configuration lies at the root, and beside it weights under the names that transformers looks for. */
export const isTransformersModel = (files: readonly RepoFile[]): boolean =>
  files.some(({ path }) => path === 'config.json') &&
  readWeights(files).some(
    (weight) =>
      weight.folder === '' && isPyTorch(weight) && isLoadersOwn(weight) && /^(pytorch_)?model$/.test(weight.base),
  );

/**
 * The library that loads these files: the one the repository names, else by its tags, else by what only one library
 * writes. `gguf` is a form, not a library, and is passed over.
 */
export const libraryOf = ({ libraryName, tags = [] }: RepoHints, files: readonly RepoFile[]): string | undefined => {
  const named = libraryName?.toLowerCase().replace(/^mlx-lm$/, 'mlx');
  if (named !== undefined && named !== 'gguf') return named;
  const tagged = TAGGED.find((library) => tags.includes(library));
  return tagged ?? signOf(files) ?? (isTransformersModel(files) ? 'transformers' : undefined);
};
