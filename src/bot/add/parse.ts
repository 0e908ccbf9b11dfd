import { AppError, refuse } from '../../domain/errors.ts';
import { readSha256 } from '../../domain/hashes.ts';
import type { Priority } from '../../domain/model.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import { safePart } from '../../domain/repo/web-file.ts';
import { looksLikeRepo } from '../../domain/repo/repo-list.ts';
import { table } from '../../lib/table.ts';
import { listOption, parseArguments } from '../ui/arguments.ts';
import { text } from './text.ts';

const OPTIONS = [
  'quantize',
  'quant',
  'include',
  'exclude',
  'revision',
  'priority',
  'description',
  'category',
  'name',
  'sha256',
  'as',
  'init',
];

/** `on` is the machine. */
const KEYS = [...OPTIONS, 'on'];

const PRIORITIES: readonly string[] = ['high', 'medium', 'low'];

const isPriority = (value: string): value is Priority => PRIORITIES.includes(value);

const priorityOf = (value: string | undefined): Priority | undefined => {
  if (value === undefined || isPriority(value)) return value;
  throw new AppError('validation', text.priority);
};

const hashOf = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : (readSha256(value) ?? refuse(text.hash));

const asOf = (value: string | undefined): 'file' | undefined => {
  if (value === undefined || value.toLowerCase() === 'file') return value === undefined ? undefined : 'file';
  throw new AppError('validation', text.as);
};

const nameOf = (value: string | undefined): string | undefined => {
  if (value === undefined || safePart(value) !== undefined) return value;
  throw new AppError('validation', text.name);
};

/** Words for yes and no, as people write them. */
const INIT = table<boolean>({ yes: true, on: true, true: true, no: false, off: false, false: false });

/** @throws AppError validation */
const initOf = (value: string | undefined): boolean | undefined => {
  if (value === undefined) return undefined;
  return INIT[value.toLowerCase()] ?? refuse(text.init);
};

type When = AddOptions['when'];

const whenOf = (word: string): When => (/^(?:now|later)$/i.test(word) ? (word.toLowerCase() as When) : undefined);

/** What the words behind the first reference mean: more of them, and when. @throws AppError validation */
const readRest = (words: readonly string[]): { readonly refs: readonly string[]; readonly when: When } => {
  const refs: string[] = [];
  let when: When;
  for (const word of words) {
    const said = whenOf(word);
    if (said !== undefined && when === undefined) when = said;
    else if (said === undefined && looksLikeRepo(word)) refs.push(word);
    else throw new AppError('validation', text.stray(word));
  }
  return { refs, when };
};

/** Leaves out what was not given, as exactOptionalPropertyTypes asks. */
const given = <T extends object>(options: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

const readOptions = (options: Readonly<Record<string, string>>, when: When): AddOptions => {
  const include = listOption(options['include']);
  const exclude = listOption(options['exclude']);
  return given<AddOptions>({
    quantize: options['quantize'] ?? options['quant'],
    include: include.length > 0 ? include : undefined,
    exclude: exclude.length > 0 ? exclude : undefined,
    revision: options['revision'],
    priority: priorityOf(options['priority']),
    description: options['description'],
    as: asOf(options['as']),
    init: initOf(options['init']),
    category: options['category'],
    name: nameOf(options['name']),
    sha256: hashOf(options['sha256']),
    when,
  });
};

export interface Parsed {
  readonly refs: readonly string[];
  readonly options: AddOptions;
  /** The machine that is named, as it was typed. */
  readonly on: string | undefined;
}

/**
 * Reads what stands behind `/add`: `<ref> … [now|later] [key=value…]`. What is said behind several is said of each.
 * @returns no references where only options are given
 * @throws AppError validation with a sentence that says what would be right
 */
export const parseAdd = (line: string): Parsed => {
  const { words, options } = parseArguments(line, KEYS);
  // As people write lists: `gpt2, org/name`.
  const [first, ...more] = words.map((word) => word.replace(/[,;]+$/, '')).filter((word) => word !== '');
  const isOnlyWhen = first !== undefined && more.length === 0 && whenOf(first) !== undefined;
  const { refs, when } = readRest(isOnlyWhen ? [first] : more);
  return {
    refs: first === undefined || isOnlyWhen ? [] : [first, ...refs],
    options: readOptions(options, when),
    on: options['on'],
  };
};

const isAddress = (word: string): boolean => /^[a-z][a-z0-9+.-]*:|\//i.test(word);

/**
 * Reads what stands behind `/keep`: `[category] [link …] [now|later] [key=value…]`. A word that is no link is the category.
 * @throws AppError validation, as `parseAdd`; the category is named twice
 */
export const parseKeep = (line: string): Parsed => {
  const { words, options } = parseArguments(line, KEYS);
  const refs = words.filter(isAddress);
  const others = words.filter((word) => !isAddress(word));
  const when = others.map(whenOf).find((said) => said !== undefined);
  const named = others.filter((word) => whenOf(word) === undefined).join(' ');
  const read = readOptions(options, when);
  if (named !== '' && read.category !== undefined) refuse(text.twoCategories);
  return { refs, options: named === '' ? read : { ...read, category: named }, on: options['on'] };
};
