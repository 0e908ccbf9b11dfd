/* domain/files: which files of a repository are fetched, by what it says of itself first and by names last. */

import { AppError, refuse } from '../errors.ts';
import { readQuant } from './gguf.ts';
import { createGlob, escapeGlob } from './glob.ts';
import type { RepoFile, RepoListing } from '../listing.ts';
import { enumerate, possibleChoices, type SelectedFiles, selected, selectQuant, shortName } from './quants.ts';
import type { RepoRef } from '../repo/repo.ts';
import { withWholeSets } from './shards.ts';
import { table } from '../../lib/table.ts';

/** Which files of a repository a person wants. */
export interface Selection {
  /** `auto`, `q4`, `fp16`, `no`, `all`, or a label such as `Q4_K_M`; `ask` and `latest` lead to one of these. */
  readonly quantize: string;
  /** Patterns (see glob.ts); if there are any, only files that match one. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What cannot be stored here is left out; without it the person is asked. */
  readonly storableOnly?: boolean;
}

export const DEFAULT_SELECTION: Selection = { quantize: 'auto', include: [], exclude: [] };

const KEYWORDS: readonly string[] = ['auto', 'ask', 'latest', 'q4', 'fp16', 'no', 'all'];
/** Number formats of ONNX models, written as transformers.js takes them. */
const DTYPES = /^(?:fp32|u?int8(?:f16)?|q\df16|q8|bnb4)$/;
const MAX_PATTERNS = 20;
/** The longest path, every character of it escaped. */
const MAX_TEXT = 3000;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_TEXT;

/** A word or a label that means files of some kind, in its one spelling; undefined for names that only a repository may know. */
export const readQuantize = (text: string): string | undefined => {
  const lower = text.toLowerCase();
  return KEYWORDS.includes(lower) || DTYPES.test(lower) ? lower : readQuant(text);
};

const checkPatterns = (name: string, patterns: unknown): readonly string[] => {
  if (!Array.isArray(patterns) || patterns.length > MAX_PATTERNS || !patterns.every(isText)) {
    refuse(`${name} takes up to ${MAX_PATTERNS} patterns such as *.json, each at most ${MAX_TEXT} characters long.`);
  }
  return [...new Set(patterns)].toSorted();
};

/** One spelling for what means the same: case of keywords and labels, order and repetition of patterns. */
const canonical = (selection: Partial<Record<keyof Selection, unknown>>): Selection => {
  const quantize = selection.quantize ?? 'auto';
  if (!isText(quantize)) refuse('quantize is one of auto, q4, fp16, no, all, or a GGUF label such as Q4_K_M.');
  return {
    quantize: readQuantize(quantize) ?? quantize,
    include: checkPatterns('include', selection.include ?? []),
    exclude: checkPatterns('exclude', selection.exclude ?? []),
    ...(selection.storableOnly === true ? { storableOnly: true } : {}),
  };
};

/**
 * What a reference itself asks for, with the options given beside it: a path means exactly that file, a folder all that
 * is in it, a tag is another way to write `quantize`. Options win over the tag; nothing widens a path.
 * @throws AppError('validation')
 */
export const selectionOf = (ref: RepoRef, options: Partial<Selection> = {}): Selection => {
  const { exclude = [], storableOnly } = options;
  const common = { exclude, storableOnly };
  if (ref.path !== undefined) return canonical({ ...common, quantize: 'all', include: [escapeGlob(ref.path)] });
  if (ref.folder !== undefined) {
    return canonical({ ...common, quantize: options.quantize ?? 'all', include: [`${escapeGlob(ref.folder)}/`] });
  }
  return canonical({ ...common, quantize: options.quantize ?? ref.tag ?? 'auto', include: options.include ?? [] });
};

/** Canonical JSON text: equal for selections that mean the same. @throws AppError('validation') */
export const selectionKey = (selection: Selection): string => JSON.stringify(canonical(selection));

/** @throws AppError('validation') if the text is not what `selectionKey` writes */
export const parseSelectionKey = (text: string): Selection => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('validation', 'A file selection cannot be read: it is no JSON.', { cause: error });
  }
  if (typeof value !== 'object' || value === null) refuse('A file selection cannot be read: it is no JSON object.');
  return canonical(value);
};

/** Whether a path may be meant by the patterns; undefined if there are none, and any may be. */
export const pathFilter = (
  selection: Pick<Selection, 'include' | 'exclude'>,
): ((path: string) => boolean) | undefined => {
  if (selection.include.length + selection.exclude.length === 0) return undefined;
  const include = selection.include.map(createGlob);
  const exclude = selection.exclude.map(createGlob);
  return (path) => (include.length === 0 || include.some((test) => test(path))) && !exclude.some((test) => test(path));
};

/** What the patterns leave; a shard that they mean brings the others of its weight, unless these are excluded. */
const filterByPatterns = (
  listing: RepoListing,
  all: readonly RepoFile[],
  selection: Pick<Selection, 'include' | 'exclude'>,
): readonly RepoFile[] => {
  const include = selection.include.map(createGlob);
  const exclude = selection.exclude.map(createGlob);
  const left = all.filter(({ path }) => !exclude.some((test) => test(path)));
  const meant = include.length === 0 ? left : left.filter(({ path }) => include.some((test) => test(path)));
  const files = include.length > 0 && listing.type === 'model' ? withWholeSets(meant, left, listing) : meant;
  if (files.length > 0) return files;
  if (all.length === 0) refuse(`${listing.id} is empty at this revision: there is nothing to download.`);
  const asked = [
    ...selection.include.map((pattern) => `include=${pattern}`),
    ...selection.exclude.map((pattern) => `exclude=${pattern}`),
  ];
  refuse(
    `Of the ${all.length} files of ${listing.id} none fits ${enumerate(asked)}. A folder is written folder/, the files are ${enumerate(all.map((file) => file.path))}.`,
  );
};

const WANTED = table<string>({
  q4: '4-bit files',
  fp16: 'fp16 files',
  no: 'files in full precision',
});

/** @throws AppError validation: there is no such quant, with what there is */
const refuseQuant = (listing: RepoListing, files: readonly RepoFile[], quantize: string): never => {
  const wanted = WANTED[quantize] ?? `files called ${shortName(quantize)}`;
  const choices = possibleChoices(files, listing);
  const others =
    choices === undefined ? 'It has only one form: quantize= takes auto, no or all.' : `It has: ${choices}.`;
  refuse(`${listing.id} has no ${wanted}. ${others}`);
};

const selectAmong = (listing: RepoListing, all: readonly RepoFile[], selection: Selection): SelectedFiles => {
  const { include } = selection;
  // Ollama's word for the usual choice stands in the links that people paste. Where nothing is to be chosen, it says nothing.
  const isIdle =
    (selection.quantize === 'latest' && (listing.type === 'dataset' || include.length > 0)) ||
    (selection.quantize === 'ask' && listing.type === 'dataset');
  if (isIdle) {
    const result = selectAmong(listing, all, { ...selection, quantize: 'auto' });
    return result.kind === 'files' ? { ...result, label: 'auto' } : result;
  }
  const { quantize } = selection;
  const files = filterByPatterns(listing, all, selection);
  const isWhole = quantize === 'all' || (quantize === 'auto' && include.length > 0);
  if (isWhole || (listing.type === 'dataset' && (quantize === 'auto' || quantize === 'no'))) return selected(files);
  if (listing.type === 'dataset') {
    refuse(`${listing.id} is a dataset and has no quants. Leave quantize out; include= and exclude= choose files.`);
  }
  const result = selectQuant(files, quantize, listing);
  if (result) return result;
  return refuseQuant(listing, files, quantize);
};

/** What a selection means, and what of it is in the way. */
export type Selected =
  | SelectedFiles
  /** Some of what was meant cannot be stored; `others` is how many files remain. */
  | { readonly kind: 'unsafe'; readonly paths: readonly string[]; readonly others: number };

const filesOf = (result: SelectedFiles): readonly RepoFile[] =>
  result.kind === 'files' ? result.files : result.choices.flatMap(({ files }) => files);

/**
 * The files of a repository that a selection means, in the listing's order.
 * Patterns come first: with `include` and `auto` exactly the files that match are meant, as with `hf download --include`;
 * any other `quantize` chooses among what the patterns leave. A dataset has no quants: all of it is meant.
 * @returns `choose` where a person has to say which quant (a repository of GGUF files, nothing asked for), choices by size;
 * `unsafe` where the person has to say whether to do without some
 * @throws AppError('validation') that names the choices there are
 */
export const selectFiles = (listing: RepoListing, wanted: Selection): Selected => {
  const selection = canonical(wanted);
  const { files, unsafe = [] } = listing;
  if (unsafe.length === 0 || selection.storableOnly) return selectAmong(listing, files, selection);
  const result = selectAmong(listing, [...files, ...unsafe], selection);
  const isUnsafe = new Set(unsafe);
  const meant = new Set(filesOf(result));
  const paths = [...meant].filter((file) => isUnsafe.has(file)).map(({ path }) => path);
  return paths.length === 0 ? result : { kind: 'unsafe', paths, others: meant.size - paths.length };
};
