import { AppError } from '../domain/errors.ts';
import { CHECK_FREQUENCIES, type CheckFrequency } from '../domain/renewals/check-frequency.ts';
import { DESCRIPTION_MOST, type Priority, PRIORITIES, RETRIES_MOST, TITLE_MOST } from '../domain/model.ts';
import { isStatusWord, STATUS_WORDS, type StatusWord } from '../domain/states/model.ts';
import { readTags } from '../domain/tags.ts';
import { shorten } from '../lib/text/shorten.ts';

/** What shall change about a model; what is not given stays, null takes back what was said before. */
export interface ModelEdit {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly priority?: Priority;
  /** As somebody wrote it. */
  readonly category?: string | null;
  readonly tags?: TagEdit;
  readonly enabled?: boolean;
  readonly pinned?: boolean;
  /** Automatic retries; null: as for all. */
  readonly maxRetries?: number | null;
  /** How often it is looked whether its branch has moved; null: as for its chat. */
  readonly checkFrequency?: CheckFrequency | null;
  readonly status?: StatusWord;
}

/** All tags anew, or some more and some less. */
export type TagEdit =
  | { readonly kind: 'all'; readonly tags: readonly string[] }
  | { readonly kind: 'some'; readonly more: readonly string[]; readonly less: readonly string[] };

export const EDIT_KEYS = [
  'title',
  'description',
  'priority',
  'category',
  'tags',
  'enabled',
  'pinned',
  'retries',
  'check',
  'status',
] as const;
export type EditKey = (typeof EDIT_KEYS)[number];

/** Words that take back what was said. */
const isNone = (text: string): boolean => /^(none|-|—|default)$/iu.test(text.trim());

const refuse = (sentence: string): never => {
  throw new AppError('validation', sentence);
};

const readTitle = (text: string): string | null => {
  const title = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  if (isNone(title) || title === '') return null;
  const { length } = Array.from(title);
  return length <= TITLE_MOST ? title : refuse(`A title has ${TITLE_MOST} characters at most; this one has ${length}.`);
};

const readDescription = (text: string): string | null => {
  const description = text.trim();
  if (isNone(description) || description === '') return null;
  const { length } = Array.from(description);
  if (length <= DESCRIPTION_MOST) return description;
  return refuse(`A description has ${DESCRIPTION_MOST} characters at most; this one has ${length}.`);
};

const readPriority = (text: string): Priority =>
  PRIORITIES.find((one) => one === text.toLowerCase()) ??
  refuse(`A priority is ${PRIORITIES.join(', ')}; “${shorten(text, 30)}” is none.`);

const readTagEdit = (text: string): TagEdit => {
  if (isNone(text)) return { kind: 'all', tags: [] };
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (!parts.some((part) => /^[+-]./u.test(part))) return { kind: 'all', tags: readTags(parts) };
  return {
    kind: 'some',
    more: readTags(parts.filter((part) => !part.startsWith('-')).map((part) => part.replace(/^\+/, ''))),
    less: readTags(parts.filter((part) => part.startsWith('-')).map((part) => part.slice(1))),
  };
};

const readSwitch = (key: EditKey, text: string): boolean => {
  if (/^(yes|on|true|1)$/iu.test(text)) return true;
  if (/^(no|off|false|0)$/iu.test(text)) return false;
  return refuse(`${key}= takes yes or no; “${shorten(text, 30)}” is neither.`);
};

const readRetries = (text: string): number | null => {
  if (isNone(text)) return null;
  const retries = Number(text);
  if (Number.isInteger(retries) && retries >= 0 && retries <= RETRIES_MOST) return retries;
  return refuse(`retries= takes a number from 0 to ${RETRIES_MOST}, or “none” for what counts for all.`);
};

const readCheck = (text: string): CheckFrequency | null => {
  if (isNone(text)) return null;
  const frequency = CHECK_FREQUENCIES.find((one) => one === text.toLowerCase());
  if (frequency) return frequency;
  return refuse(`check= takes ${CHECK_FREQUENCIES.join(', ')}, or “none” for what the chat says.`);
};

const readStatus = (text: string): StatusWord => {
  const word = text.toLowerCase();
  return isStatusWord(word)
    ? word
    : refuse(`There is no status “${shorten(text, 30)}”; there are ${STATUS_WORDS.join(', ')}.`);
};

const READERS: { readonly [Key in EditKey]: (text: string) => ModelEdit } = {
  title: (text) => ({ title: readTitle(text) }),
  description: (text) => ({ description: readDescription(text) }),
  priority: (text) => ({ priority: readPriority(text) }),
  category: (text) => ({ category: isNone(text) ? null : text }),
  tags: (text) => ({ tags: readTagEdit(text) }),
  enabled: (text) => ({ enabled: readSwitch('enabled', text) }),
  pinned: (text) => ({ pinned: readSwitch('pinned', text) }),
  retries: (text) => ({ maxRetries: readRetries(text) }),
  check: (text) => ({ checkFrequency: readCheck(text) }),
  status: (text) => ({ status: readStatus(text) }),
};

/**
 * What somebody wrote as `key=value`, as an edit.
 * @throws AppError validation: one of the values is none, with what would be right
 */
export const readEdit = (options: Readonly<Partial<Record<EditKey, string>>>): ModelEdit =>
  EDIT_KEYS.reduce<ModelEdit>((edit, key) => {
    const text = options[key];
    return text === undefined ? edit : { ...edit, ...READERS[key](text) };
  }, {});
