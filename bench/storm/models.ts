/** What people ask for in the storm: a mixture of what repositories are, small enough for hundreds of them. */
import { defineRepo, type SampleRepo } from '../../playground/hub/repos/sample-repo.ts';
import type { Dice } from '../../tests/helpers/dice.ts';

const KINDS = ['many', 'sharded', 'gguf', 'picked', 'single', 'dataset', 'cursed', 'gone', 'big'] as const;
/** How a repository is laid out. `picked`: a GGUF repository without saying which quant. `cursed`: always corrupt. `gone`: a file is listed and not there. */
export type Kind = (typeof KINDS)[number];

/** How often each is asked for. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  many: 4,
  sharded: 4,
  gguf: 3,
  picked: 3,
  single: 4,
  dataset: 3,
  cursed: 1,
  gone: 1,
  big: 0,
};

const QUANTS = ['Q4_K_M', 'Q5_K_M', 'Q8_0'];
const BIG_BYTES = 160_000_000;

const number = (at: number): string => String(at).padStart(5, '0');

/** Git blobs in folders, and one small LFS file. */
const many = (id: string, dice: Dice): SampleRepo =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: JSON.stringify({ model_type: 'llama', id }) },
      ...Array.from({ length: 12 + dice(20) }, (_, at) => ({
        path: `parts/${at % 4}/${number(at)}.json`,
        content: JSON.stringify({ id, at, text: 'x'.repeat(dice(4000)) }),
      })),
      { path: 'model.safetensors', size: 1000 + dice(300_000) },
    ],
  });

/** Several files of weights, which an index names. */
const sharded = (id: string, dice: Dice): SampleRepo => {
  const amount = 2 + dice(4);
  const names = Array.from({ length: amount }, (_, at) => `model-${number(at + 1)}-of-${number(amount)}.safetensors`);
  const map = Object.fromEntries(names.map((name, at) => [`layers.${at}.weight`, name]));
  return defineRepo({
    id,
    files: [
      { path: 'config.json', content: JSON.stringify({ model_type: 'llama', id }) },
      { path: 'model.safetensors.index.json', content: JSON.stringify({ weight_map: map }) },
      ...names.map((path) => ({ path, size: 500_000 + dice(2_500_000) })),
    ],
  });
};

const gguf = (id: string, dice: Dice): SampleRepo =>
  defineRepo({
    id,
    libraryName: 'gguf',
    pipelineTag: 'text-generation',
    files: [
      { path: 'README.md', content: `# ${id}\n` },
      ...QUANTS.map((quant) => ({ path: `storm-${quant}.gguf`, size: 1_000_000 + dice(3_000_000) })),
    ],
  });

const single = (id: string, size: number): SampleRepo =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: JSON.stringify({ model_type: 'gpt2', id }) },
      { path: 'model.safetensors', size },
    ],
  });

const dataset = (id: string, dice: Dice): SampleRepo =>
  defineRepo({
    id,
    type: 'dataset',
    files: [
      { path: 'README.md', content: `# ${id}\n` },
      ...[0, 1, 2].map((at) => ({ path: `data/train-${number(at)}.parquet`, size: 200_000 + dice(1_200_000) })),
      { path: 'data/notes.txt', content: `${id}\n`.repeat(1 + dice(500)) },
    ],
  });

const repoOf = (kind: Kind, id: string, dice: Dice): SampleRepo => {
  switch (kind) {
    case 'many':
      return many(id, dice);
    case 'sharded':
      return sharded(id, dice);
    case 'gguf':
    case 'picked':
      return gguf(id, dice);
    case 'single':
    case 'cursed':
    case 'gone':
      return single(id, 300_000 + dice(3_000_000));
    case 'big':
      return single(id, BIG_BYTES);
    case 'dataset':
      return dataset(id, dice);
  }
};

export interface Wanted {
  readonly repo: SampleRepo;
  /** As it is typed behind `/add`. */
  readonly ref: string;
  /** The repository's id, as it stands in other commands: no name is part of another one. */
  readonly name: string;
}

/** Kinds that fail, whatever is tried, until somebody mends the Hub. */
export const isHopeless = (name: string): boolean => /^storm\/(cursed|gone)-/.test(name);

/** Which kind is next. */
export const nextKind = (dice: Dice): Kind => {
  let at = dice(Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0));
  return KINDS.find((kind) => (at -= WEIGHTS[kind]) < 0) ?? 'single';
};

/** The repository of this number. */
export const wantedOf = (kind: Kind, at: number, dice: Dice): Wanted => {
  const id = `storm/${kind}-${number(at)}`;
  const quant = kind === 'gguf' ? `:${QUANTS[dice(QUANTS.length)] ?? ''}` : '';
  return { repo: repoOf(kind, id, dice), name: id, ref: `${kind === 'dataset' ? 'datasets/' : ''}${id}${quant}` };
};
