import { z } from 'zod';
import { AppError, refuse } from '../errors.ts';
import { maskSecrets, maskTokens } from '../../lib/text/mask-secrets.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { parseBytes } from '../../lib/text/bytes.ts';
import { hideKeys } from '../repo/address-keys.ts';
import { readRepoList } from '../repo/repo-list.ts';
import type { ModelEntry } from './entry.ts';
import { linesIn, parseJson } from './json-text.ts';
import { fileFrequencySchema, type FileSettings } from './models-file.ts';
import { readEntry } from './read-entry.ts';

/** A model of a file. */
export interface NumberedEntry {
  /** Where it begins, counted from 1; 0: it is one of a plain list. */
  readonly line: number;
  readonly entry: ModelEntry;
}

/** What of a file is not taken. */
export interface RefusedLine {
  readonly line: number;
  /** What stands there, as far as it has a name. */
  readonly name: string;
  readonly reason: string;
}

/** All that a file says. */
export interface ReadModels {
  readonly entries: readonly NumberedEntry[];
  readonly refused: readonly RefusedLine[];
  readonly settings: FileSettings;
  /** When it was first written, as it says; ISO 8601. */
  readonly created?: string;
}

/** More would keep a library's people busy for weeks. */
const MODELS_MOST = 20_000;
/** Of a plain list, with all that is no model. */
const LINES_MOST = 100_000;
/** Of a plain list: whoever comments on each line of a long one has fewer. */
const WORDS_MOST = 1_000_000;
const NAME_SHOWN = 100;

const SETTINGS = {
  auto_cleanup: { key: 'autoCleanup', schema: z.boolean(), is: 'true or false' },
  cleanup_age_days: { key: 'cleanupAgeDays', schema: z.int().min(1).max(3650), is: 'a whole number from 1 to 3650' },
  max_total_size: {
    key: 'maxTotalSize',
    schema: z.string().refine((text) => (parseBytes(text) ?? 0) > 0),
    is: 'a size above zero: "100GB"',
  },
  check_frequency: { key: 'checkFrequency', schema: fileFrequencySchema, is: fileFrequencySchema.options.join(', ') },
} as const;

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** What of the settings is said and can be had; the others are refused, and keep no model from coming. */
const readSettings = (value: unknown): { readonly settings: FileSettings; readonly refused: RefusedLine[] } => {
  const written = asObject(value);
  const settings: Record<string, unknown> = {};
  const refused: RefusedLine[] = [];
  for (const [name, { key, schema, is }] of Object.entries(SETTINGS)) {
    const said = Object.hasOwn(written, name) ? written[name] : undefined;
    if (said === undefined || said === null) continue;
    const read = schema.safeParse(said);
    if (read.success) settings[key] = read.data;
    else refused.push({ line: 0, name: 'settings', reason: `${name} is ${is}` });
  }
  return { settings: settings as FileSettings, refused };
};

const nameOf = (value: unknown): string => {
  const { name } = asObject(value);
  return shorten(typeof name === 'string' ? name.replace(/[\p{C}\s]+/gu, ' ') : '', NAME_SHOWN);
};

const timeIn = (value: unknown): { readonly created?: string } => {
  const { created } = asObject(value);
  return typeof created === 'string' && z.iso.datetime().safeParse(created).success ? { created } : {};
};

/** Takes each once. */
const createCollection = () => {
  const entries: NumberedEntry[] = [];
  const refused: RefusedLine[] = [];
  const seen = new Map<string, number>();
  return {
    entries,
    refused,
    take: (line: number, name: string, read: () => ModelEntry): void => {
      try {
        const entry = read();
        const key = JSON.stringify([entry.type, entry.name, entry.revision, entry.selection, entry.host]);
        const first = seen.get(key);
        if (first !== undefined) refuse(first > 0 ? `it stands in line ${first} already` : 'it is there twice');
        seen.set(key, line);
        entries.push({ line, entry });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refused.push({ line, name, reason: error.message });
      }
    },
  };
};

/** Keys in addresses that models come from are sealed before they are written down; whatever else is secret is hidden. */
const withoutSecrets = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string') return key === 'source_url' ? value : hideKeys(maskSecrets(value));
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutSecrets(field, name)]));
};

const NO_MODELS =
  'This is no models.json: it has no list of models. {"models": [{"name": "gpt2", "enabled": true}]} would be one.';

const readModelsFile = (text: string, hosts: readonly string[]): ReadModels => {
  const lines = linesIn(text, 'models', MODELS_MOST);
  const value = asObject(withoutSecrets(parseJson(text)));
  const models = Object.hasOwn(value, 'models') ? value['models'] : undefined;
  if (!Array.isArray(models)) return refuse(NO_MODELS);
  const { settings, refused } = readSettings(value['settings']);
  const { entries, refused: refusedModels, take } = createCollection();
  for (const [index, model] of models.entries()) {
    take(lines[index] ?? 0, nameOf(model), () => readEntry(model, hosts));
  }
  return { entries, refused: [...refusedModels, ...refused], settings, ...timeIn(value['metadata']) };
};

/** Whether something stands more often than that in a text. @param what global */
const hasMoreThan = (most: number, text: string, what: RegExp): boolean => {
  let count = 0;
  for (const _ of text.matchAll(what)) {
    count += 1;
    if (count > most) return true;
  }
  return false;
};

const readPlainList = (text: string, hosts: readonly string[]): ReadModels => {
  // All that ends a line, as the list is read: what a thread makes of millions of them is more memory than it may have, and may end the program.
  if (hasMoreThan(LINES_MOST - 1, text, /\r\n|\r|\n/g))
    refuse(`The list has more than ${LINES_MOST} lines. Make several of it.`);
  if (hasMoreThan(WORDS_MOST, text, /[\s,;]+/g))
    refuse(`The list has more than ${WORDS_MOST} words. Make several of it.`);
  const { refs, unread } = readRepoList(text, hosts);
  if (refs.length === 0) refuse(NO_MODELS);
  if (refs.length > MODELS_MOST) refuse(`The list has more than ${MODELS_MOST} models. Make several of it.`);
  const { entries, refused, take } = createCollection();
  for (const name of refs.map(hideKeys)) take(0, name, () => readEntry({ name }, hosts));
  const others = unread.map(({ number, text: said }) => ({
    line: number,
    name: shorten(said, NAME_SHOWN),
    reason: 'it is not understood',
  }));
  return { entries, refused: [...refused, ...others], settings: {} };
};

/**
 * A `models.json`, or a plain list of references. A model that cannot be read is refused with its reason, and keeps no other
 * from coming. What is secret in it is hidden first: its lines are written down, and said again.
 * @param hosts as `parseRepoRef`
 * @throws AppError validation: it is neither, or too large
 */
export const readModels = (text: string, hosts: readonly string[]): ReadModels => {
  const whole = maskTokens(text.replace(/^\uFEFF/, ''));
  const content = whole.trimStart();
  if (content === '') refuse('The file is empty.');
  // Lines are counted from the file's beginning.
  return /^[{[]/.test(content) ? readModelsFile(whole, hosts) : readPlainList(content, hosts);
};
