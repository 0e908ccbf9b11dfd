import type { RepoFile } from '../../listing.ts';
import { isPyTorch, readWeights } from '../weights.ts';
import type { Forms } from './forms.ts';

/** What GGUF came after: whisper.cpp still has it (`ggml-base.en-q5_1.bin`), llama.cpp once had (`llama-2-7b.ggmlv3.q4_0.bin`). */
const GGML = /(?:^|\/)(?:ggml-(?<model>[^/]+)|[^/]+\.ggml(?:v\d)?\.(?<quant>[^/]+))\.bin$/i;
/** What whisper.cpp takes where nobody says which; of language models the one that is taken of GGUF. */
const USUAL = ['base.en', 'base', 'q4_k_m', 'q4_0'];

const nameOf = (path: string): string => {
  const { model, quant } = GGML.exec(path)?.groups ?? {};
  return model ?? quant ?? path;
};

/**
 * The models of a repository of ggml files, each one file.
 * @returns undefined if there are none, or other weights beside them
 */
export const ggmlForms = (files: readonly RepoFile[]): Forms | undefined => {
  const models = files.filter(({ path }) => GGML.test(path));
  if (models.length === 0 || readWeights(files).some((weight) => isPyTorch(weight) && !GGML.test(weight.file.path)))
    return undefined;
  const names = Map.groupBy(models, ({ path }) => nameOf(path));
  const choices = models.map((file) => {
    const name = nameOf(file.path);
    const label = names.get(name)?.length === 1 ? name : file.path.replace(/\.bin$/i, '');
    return { label, aliases: [file.path.slice(file.path.lastIndexOf('/') + 1).toLowerCase()], weights: [file] };
  });
  const usual = USUAL.flatMap((name) => choices.find(({ label }) => label.toLowerCase() === name) ?? [])[0];
  return { kind: 'models', choices, usual: usual?.label, isMain: true };
};
