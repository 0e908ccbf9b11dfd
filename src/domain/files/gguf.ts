import type { GGMLFileQuantizationType as QuantType } from '@huggingface/tasks';
import type { RepoFile } from '../listing.ts';
import { findNearestQuantType, GGMLFileQuantizationType, parseGGUFQuantLabel } from './gguf-names.ts';
import { pairOf, wholePairs } from './choices/pairs.ts';
import { areWhole } from './shards.ts';
import { folderOf, foldersOf, readWeights } from './weights.ts';
import { table } from '../../lib/table.ts';

/** One model in GGUF form: a single file, or all parts of a split one. */
export interface GgufModel {
  /** How people choose it; unique in its repository. */
  readonly label: string;
  /** The quant without regard to others that have the same one. */
  readonly quant: string;
  /** Path of the file that a loader is pointed at: the only one, or the first part. */
  readonly entry: string;
  readonly files: readonly RepoFile[];
  readonly bytes: number;
  /** False: the repository lacks a part of it. */
  readonly isWhole: boolean;
}

/** Whole quant names at the end of a file name, also those that `@huggingface/tasks` does not know (Q3_K, IQ2_KL, FP16). */
const QUANT = /^(?:I?Q\d\w*|TQ\d\w*|BF16|F(?:16|32|64)|FP(?:4|8|16|32)|I8|MXFP\d\w*|NVFP\d\w*)$/;
const TAIL = /[-.]([A-Z0-9_]+)$/;
const SAME = table<string>({ FP16: 'F16', FP32: 'F32' });

/** What llama.cpp takes for parts of one model, and how people split files before it could (`.gguf.part1of2`, `-split-a`). */
const SHARD = /-\d{5}-of-\d{5}$/;
const OLD_PART = /(?:\.part\d+of\d+|-split-[a-z])$/i;

const stemOf = (path: string): string =>
  path
    .replace(OLD_PART, '')
    .replace(/\.gguf$/i, '')
    .replace(SHARD, '');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether a path is that of a GGUF file, also of one that is split in the old way. */
export const isGguf = (path: string): boolean => /\.gguf$/i.test(path.replace(OLD_PART, ''));

const isProjector = (path: string): boolean => isGguf(path) && /mmproj/i.test(nameOf(path));

/** Draft heads lie in a folder of their own, or say so at the end of their name, behind the quant: never a model. */
const isDraft = (path: string): boolean =>
  /(^|\/)(mtp|draft|drafter)\//i.test(path) || /[-_.](mtp|draft)$/i.test(nameOf(stemOf(path)));

/**
 * What llama.cpp takes for no model of its own (`gguf_filename_is_model`), the likeliest to be one first. Repositories
 * name all their files so (`…-mtp-q4_k_m.gguf`): then these are the models, for there is nothing that they lie beside.
 */
const SIDES: readonly RegExp[] = [
  /.(mtp|eagle3|dflash|dspark)-/,
  /^(mtp|eagle3|dflash|dspark)-/,
  /mmproj/i,
  /imatrix/i,
];

const sideOf = (path: string): number => SIDES.findLastIndex((pattern) => pattern.test(nameOf(path)));

/** The files among these that are models, not something that lies beside one. */
const modelFiles = (files: readonly RepoFile[]): readonly RepoFile[] => {
  const candidates = files.filter(({ path }) => isGguf(path) && !isDraft(path));
  const least = candidates.reduce((side, { path }) => Math.min(side, sideOf(path)), SIDES.length);
  return candidates.filter(({ path }) => sideOf(path) === least);
};

/** A quant as it is written in labels, or undefined if the text is none: `q4_k_m` → `Q4_K_M`, `fp16` → `F16`. */
export const readQuant = (text: string): string | undefined => {
  const upper = text.toUpperCase();
  const bare = upper.replace(/^UD-/, '');
  return QUANT.test(bare) ? `${upper.slice(0, upper.length - bare.length)}${SAME[bare] ?? bare}` : undefined;
};

const labelOfName = (name: string): string | undefined => {
  const upper = name.toUpperCase();
  const tail = TAIL.exec(upper)?.[1] ?? upper;
  const isDynamic = upper.endsWith(`UD-${tail}`);
  // The whole tail first: the table of names finds Q2_K in IQ2_KL and Q4_0 in Q4_0_4_4.
  return readQuant(isDynamic ? `UD-${tail}` : tail) ?? parseGGUFQuantLabel(name);
};

/** The quant of a GGUF file by its name, else by its folder's, else the bare name: `Q4_K_M`, `UD-Q4_K_XL`, `F16`, `model`. */
export const ggufLabel = (path: string): string => {
  const stem = stemOf(path);
  const folder = stem.includes('/') ? nameOf(stem.slice(0, stem.lastIndexOf('/'))) : '';
  return labelOfName(nameOf(stem)) ?? labelOfName(folder) ?? nameOf(stem);
};

/** Bits per weight by llama.cpp's reading: the first number in the name's tail; 0 if there is none. */
const bitsOf = (path: string): number => Number(/\d+/.exec(TAIL.exec(stemOf(path).toUpperCase())?.[1] ?? '')?.[0] ?? 0);

/**
 * The projector that llama.cpp's `-hf` would load with a model: of those in a folder on the model's own path, the
 * deepest; among these the one with the closest number of bits; then the first listed.
 */
export const projectorOf = (model: GgufModel, files: readonly RepoFile[]): RepoFile | undefined => {
  const folders = new Set(['', ...foldersOf(model.entry)]);
  const bits = bitsOf(model.entry);
  const depth = (file: RepoFile): number => foldersOf(file.path).length;
  const distance = (file: RepoFile): number => Math.abs(bitsOf(file.path) - bits);
  return files
    .filter(({ path }) => isProjector(path) && folders.has(folderOf(path)))
    .toSorted((a, b) => depth(b) - depth(a) || distance(a) - distance(b))[0];
};

/** Files of the same group are one model: the parts of a split one, and the two halves of one that has an expert for each noise. */
const groupOf = (path: string, pairs: ReadonlySet<string>): string => {
  const total = SHARD.exec(path.replace(/\.gguf$/i, ''))?.[0].slice(6) ?? '';
  const pair = pairOf(stemOf(path));
  return `${pair !== undefined && pairs.has(pair) ? pair : stemOf(path)}${total}`;
};

/** Unique names: the quant where only one has it, else the path without its ending, else with it. */
const withLabels = (models: readonly Omit<GgufModel, 'label'>[]): GgufModel[] => {
  const quants = Map.groupBy(models, ({ quant }) => quant);
  const stems = Map.groupBy(models, ({ entry }) => stemOf(entry));
  return models.map((model) => {
    const isOnly = quants.get(model.quant)?.length === 1;
    const stem = stemOf(model.entry);
    return { ...model, label: isOnly ? model.quant : stems.get(stem)?.length === 1 ? stem : model.entry };
  });
};

const toModels = (files: readonly RepoFile[]): GgufModel[] => {
  const pairs = wholePairs(files.map(({ path }) => stemOf(path)));
  const groups = Map.groupBy(files, ({ path }) => groupOf(path, pairs));
  return withLabels(
    [...groups.values()].map((parts) => {
      const sorted = parts.toSorted((a, b) => (a.path < b.path ? -1 : 1));
      const entry = sorted[0]?.path ?? '';
      const bytes = parts.reduce((sum, file) => sum + file.size, 0);
      return { quant: ggufLabel(entry), entry, files: sorted, bytes, isWhole: areWhole(readWeights(parts)) };
    }),
  );
};

/** All models in GGUF form, in the listing's order. Models with the same quant are told apart by their paths. */
export const ggufModels = (files: readonly RepoFile[]): readonly GgufModel[] => toModels(modelFiles(files));

/** All that has GGUF form and is no model here: draft heads, projectors, importance matrices. */
export const ggufSides = (files: readonly RepoFile[]): readonly GgufModel[] => {
  const models = new Set(modelFiles(files));
  return toModels(files.filter((file) => isGguf(file.path) && !models.has(file)));
};

/** Above all others what llama.cpp calls by no other name: a model with heads for drafts inside is the rarer wish. */
const plainFirst = (models: readonly GgufModel[]): readonly GgufModel[] => {
  const hasDrafts = ({ entry }: GgufModel): number => Number(/[-_.]mtp[-_.]/i.test(nameOf(entry)));
  return models.toSorted((a, b) => hasDrafts(a) - hasDrafts(b));
};

/** The model llama.cpp would take if nobody said which: Q4_K_M, then Q8_0, then the first listed. */
export const usualGguf = (models: readonly GgufModel[]): GgufModel | undefined => {
  const whole = plainFirst(models.filter(({ isWhole }) => isWhole));
  const named = (tag: RegExp): GgufModel | undefined => whole.find(({ entry }) => tag.test(entry));
  return named(/Q4_K_M[.-]/i) ?? named(/Q8_0[.-]/i) ?? whole[0] ?? models[0];
};

const quantType = (quant: string): QuantType | undefined => {
  const bare = quant.replace(/^UD-/, '');
  const known = Object.entries(GGMLFileQuantizationType).find(([name]) => name === bare)?.[1];
  return typeof known === 'number' ? known : undefined;
};

/** The 4-bit model nearest to Q4_K_M, or undefined if there is no 4-bit one. */
export const fourBitGguf = (models: readonly GgufModel[]): GgufModel | undefined => {
  const fourBit = models.filter((model) => readQuant(model.quant) && /\d+/.exec(model.quant)?.[0] === '4');
  const types = fourBit.map((model) => quantType(model.quant)).filter((type) => type !== undefined);
  const nearest = findNearestQuantType(GGMLFileQuantizationType.Q4_K_M, types);
  const fitting = fourBit.filter((model) => quantType(model.quant) === nearest);
  return fitting.find((model) => !model.quant.startsWith('UD-')) ?? fitting[0];
};
