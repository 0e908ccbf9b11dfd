import { AppError } from '../../domain/errors.ts';
import type { Priority } from '../../domain/model.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import { listOption, parseArguments } from '../ui/arguments.ts';
import { text } from './text.ts';

const KEYS = ['quantize', 'quant', 'include', 'exclude', 'revision', 'priority', 'description'];
const PRIORITIES: readonly string[] = ['high', 'medium', 'low'];

const isPriority = (value: string): value is Priority => PRIORITIES.includes(value);

const priorityOf = (value: string | undefined): Priority | undefined => {
  if (value === undefined || isPriority(value)) return value;
  throw new AppError('validation', text.priority);
};

const whenOf = (words: readonly string[]): 'now' | 'later' | undefined => {
  const [when, ...more] = words.map((word) => word.toLowerCase());
  if (more.length === 0 && (when === undefined || when === 'now' || when === 'later')) return when;
  throw new AppError('validation', text.stray(words.find((word) => !/^(now|later)$/i.test(word)) ?? words.join(' ')));
};

/** Leaves out what was not given, as exactOptionalPropertyTypes asks. */
const given = <T extends object>(options: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

/**
 * Reads what stands behind `/add`: `<ref> [now|later] [key=value…]`.
 * @throws AppError validation with a sentence that says what would be right
 */
export const parseAdd = (line: string): { readonly ref: string; readonly options: AddOptions } => {
  const { words, options } = parseArguments(line, KEYS);
  const [ref, ...rest] = words;
  if (ref === undefined) throw new AppError('validation', text.which);
  const include = listOption(options['include']);
  const exclude = listOption(options['exclude']);
  return {
    ref,
    options: given<AddOptions>({
      quantize: options['quantize'] ?? options['quant'],
      include: include.length > 0 ? include : undefined,
      exclude: exclude.length > 0 ? exclude : undefined,
      revision: options['revision'],
      priority: priorityOf(options['priority']),
      description: options['description'],
      when: whenOf(rest),
    }),
  };
};
