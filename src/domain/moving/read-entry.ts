import { z } from 'zod';
import { parseBytes } from '../../lib/text/bytes.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { refuse } from '../errors.ts';
import { readSha256 } from '../hashes.ts';
import { selectionKey, selectionOf } from '../files/selection.ts';
import { DESCRIPTION_MOST, PRIORITIES, RETRIES_MOST, TITLE_MOST } from '../model.ts';
import { CHECK_FREQUENCIES } from '../renewals/check-frequency.ts';
import { parseRepoRef, type RepoRef, withRevision } from '../repo/repo.ts';
import { lacksKey, webAddressIn, webFileParts } from '../repo/web-file.ts';
import { MODEL_STATUSES } from '../states/model.ts';
import { readTags } from '../tags.ts';
import type { EntryDetails, ModelEntry } from './entry.ts';

const WORD_SHOWN = 40;

const isSize = (text: string): boolean => (parseBytes(text) ?? -1) >= 0;

const text = (key: string, most: number) => {
  const error = `${key} is a text of ${most} characters at most`;
  return z.string({ error }).refine((value) => Array.from(value).length <= most, { error });
};
/** What stands there instead of what would be right, as far as that is a word. */
const insteadOf = (input: unknown): string =>
  typeof input === 'string' ? `, not “${shorten(input.replace(/[\p{C}\s]+/gu, ' '), WORD_SHOWN)}”` : '';
const flag = (key: string) => z.boolean({ error: ({ input }) => `${key} is true or false${insteadOf(input)}` });
const texts = (key: string) => {
  const error = `${key} is a list of texts: ["one", "another"]`;
  return z.array(z.string({ error }), { error });
};
const oneOf = <const Words extends readonly string[]>(key: string, words: Words) =>
  z.enum(words, {
    error: ({ input }) => `${key} is ${words.slice(0, -1).join(', ')} or ${words.at(-1)}${insteadOf(input)}`,
  });

const RETRIES = `max_retries is a whole number from 0 to ${RETRIES_MOST}`;
const HASH = 'sha256 is a text of 64 digits and letters from a to f';
const ESTIMATE = 'size_estimate is a number with KB, MB or GB behind it: "1.6GB"';

/** The keys of the format, and behind them those that other readers of it pass over. */
const entrySchema = z.object(
  {
    name: z.string({ error: 'it has no name' }),
    enabled: flag('enabled').nullish(),
    status: oneOf('status', MODEL_STATUSES).nullish(),
    description: text('description', DESCRIPTION_MOST).nullish(),
    size_estimate: z.string({ error: ESTIMATE }).refine(isSize, { error: ESTIMATE }).nullish(),
    priority: oneOf('priority', PRIORITIES).nullish(),
    tags: texts('tags').nullish(),
    revision: text('revision', 200).nullish(),
    quantize: text('quantize', 200).nullish(),
    include: texts('include').nullish(),
    exclude: texts('exclude').nullish(),
    storable_only: flag('storable_only').nullish(),
    source_url: text('source_url', 4000).nullish(),
    host: text('host', 100).nullish(),
    sha256: z
      .string({ error: HASH })
      .refine((written) => readSha256(written) !== undefined, { error: HASH })
      .nullish(),
    title: text('title', TITLE_MOST).nullish(),
    category: text('category', 100).nullish(),
    pinned: flag('pinned').nullish(),
    max_retries: z.int({ error: RETRIES }).min(0, RETRIES).max(RETRIES_MOST, RETRIES).nullish(),
    check_frequency: oneOf('check_frequency', CHECK_FREQUENCIES).nullish(),
  },
  { error: 'a model is an object: {"name": "gpt2", "enabled": true}' },
);
type WrittenEntry = z.infer<typeof entrySchema>;

/** What is there of it: neither null nor an empty text. */
const given = <T extends object>(fields: { readonly [Key in keyof T]: T[Key] | null | undefined }): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  ) as Partial<T>;

const detailsOf = (written: WrittenEntry): EntryDetails =>
  given<EntryDetails>({
    title: written.title?.replace(/[\p{C}\s]+/gu, ' ').trim(),
    description: written.description?.trim(),
    priority: written.priority,
    category: written.category?.trim(),
    tags: written.tags ? readTags(written.tags) : undefined,
    enabled: written.enabled,
    pinned: written.pinned,
    maxRetries: written.max_retries,
    checkFrequency: written.check_frequency,
    sizeEstimate: written.size_estimate,
  });

/** Whether anything is said of its files. */
const saysFiles = ({ tag, path, folder }: RepoRef, written: WrittenEntry): boolean =>
  [tag, path, folder, written.quantize, written.include, written.exclude, written.storable_only].some(
    (value) => value !== undefined && value !== null,
  );

/** Of a file from a web address: where it is. @throws AppError validation */
const webFileOf = (
  { name, source_url: address, sha256 }: WrittenEntry,
  hosts: readonly string[],
): Partial<ModelEntry> => {
  if (!webFileParts(name)) {
    if (address) refuse('source_url is for a file from a web address, whose name is files/<category>/<name>');
    return {};
  }
  if (!address) refuse('it is a file from a web address, and has no source_url');
  // Of what is here already nothing is to be fetched: whoever knows that says it.
  const url = lacksKey(address) ? URL.parse(address) : webAddressIn(address, hosts);
  if (!url) refuse('its source_url is no web address of a file');
  const hash = readSha256(sha256 ?? '');
  return { sourceUrl: lacksKey(address) ? address : url.href, ...(hash === undefined ? {} : { sha256: hash }) };
};

/** The machine that it lay on. @throws AppError validation */
const hostOf = ({ host, source_url: address }: WrittenEntry): Partial<ModelEntry> => {
  const name = host?.replace(/[\p{C}\s]+/gu, ' ').trim() ?? '';
  if (name === '') return {};
  if (address) refuse('host is for what comes from the Hub: a file from a web address lies on the machine of the bot');
  return { host: name };
};

/**
 * One model of a `models.json`. Its status is read and left: what is in a library or on a disk is known there.
 * @param hosts as `parseRepoRef`
 * @throws AppError validation with what is wrong, to stand behind its name
 */
export const readEntry = (value: unknown, hosts: readonly string[]): ModelEntry => {
  const read = entrySchema.safeParse(value);
  if (!read.success) return refuse(read.error.issues[0]?.message ?? 'it cannot be read');
  const { data: written } = read;
  const named = parseRepoRef(written.name, hosts);
  const ref = written.revision ? withRevision(named, written.revision) : named;
  const { quantize, include, exclude, storable_only: storableOnly } = written;
  const selection = saysFiles(ref, written)
    ? selectionKey(selectionOf(ref, given({ quantize, include, exclude, storableOnly })))
    : undefined;
  return {
    type: ref.type,
    name: ref.id,
    ...webFileOf(written, hosts),
    ...(ref.revision === undefined ? {} : { revision: ref.revision }),
    ...(selection === undefined ? {} : { selection }),
    ...hostOf(written),
    details: detailsOf(written),
  };
};
