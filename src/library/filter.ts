import { AppError } from '../domain/errors.ts';
import { isLibraryMark, isLibrarySort, LIBRARY_SORTS, type LibraryFilter } from '../domain/library-filter.ts';
import { isSameTag, readTags } from '../domain/tags.ts';
import { isStatusWord, STATUS_WORDS } from '../domain/states/model.ts';
import { shorten } from '../lib/text/shorten.ts';
import type { Store } from '../store/store.ts';
import { hasOthers, hostMeant, hostNamed, meansHere } from './hosts/find-host.ts';

/** Of the words of one search; more say nothing more. */
const TEXTS_MOST = 8;
const TEXT_LIMIT = 100;

/** What somebody wrote to filter by: words whose meaning is found out, and options that say it. */
export interface TypedFilter {
  readonly words: readonly string[];
  readonly options: Readonly<Partial<Record<FilterKey, string>>>;
}

export const FILTER_KEYS = ['status', 'category', 'tag', 'text', 'on', 'sort'] as const;
type FilterKey = (typeof FILTER_KEYS)[number];

/** Finds a category that this chat's models have, as it is written there. */
type Categories = (name: string) => string | undefined;

/** All models of the chat are counted for that: once, however many words are looked for. */
const categoriesOf = ({ models }: Store, chatId: number): Categories => {
  let tallies: ReturnType<typeof models.tallyCategories> | undefined;
  return (name) => {
    tallies ??= models.tallyCategories(chatId);
    return tallies.find(({ value }) => value.toLowerCase() === name.toLowerCase())?.value;
  };
};

/** What may be the name of a machine behind `on`: `this machine` is two words. */
const HOST_WORDS = [2, 1];

/** `gpt2 on nas`, as lists and cards call it. @returns the other words, and that machine */
const takeHost = (
  store: Store,
  words: readonly string[],
): { readonly words: readonly string[]; readonly on?: string } => {
  if (!hasOthers(store)) return { words };
  for (const [at, word] of words.entries()) {
    if (word.toLowerCase() !== 'on') continue;
    for (const length of HOST_WORDS) {
      const host = hostNamed(store, words.slice(at + 1, at + 1 + length).join(' '));
      if (host) return { words: words.toSpliced(at, 1 + length), on: host.name };
    }
  }
  return { words };
};

/** What one word adds to a filter; what nothing else knows is looked for in names, titles, descriptions and tags. */
const addWord = (
  { store, chatId, categoryIn }: { readonly store: Store; readonly chatId: number; readonly categoryIn: Categories },
  filter: LibraryFilter,
  typed: string,
): LibraryFilter => {
  const word = typed.toLowerCase();
  const withTag = (tag: string): LibraryFilter => ({ ...filter, tags: [...(filter.tags ?? []), tag] });
  if (word === 'all') return filter;
  if (/^#\D/u.test(typed)) return withTag(store.models.tagOf(chatId, typed.slice(1)) ?? typed.slice(1));
  if (isStatusWord(word)) return { ...filter, word };
  if (isLibrarySort(word)) return { ...filter, sort: word };
  if (isLibraryMark(word)) return { ...filter, mark: word };
  const category = categoryIn(word);
  if (category !== undefined) return { ...filter, category };
  const tag = store.models.tagOf(chatId, typed);
  if (tag !== undefined) return withTag(tag);
  const host = hasOthers(store) && !meansHere(word) ? hostNamed(store, word) : undefined;
  if (host) return { ...filter, on: host.name };
  return { ...filter, text: [...(filter.text ?? []), shorten(typed, TEXT_LIMIT)].slice(0, TEXTS_MOST) };
};

const readStatus = (text: string | undefined): Pick<LibraryFilter, 'word'> => {
  if (text === undefined) return {};
  const word = text.toLowerCase();
  if (isStatusWord(word)) return { word };
  throw new AppError('validation', `There is no status “${shorten(text, 30)}”; there are ${STATUS_WORDS.join(', ')}.`);
};

const readSort = (text: string | undefined): Pick<LibraryFilter, 'sort'> => {
  if (text === undefined) return {};
  const sort = text.toLowerCase();
  if (isLibrarySort(sort)) return { sort };
  throw new AppError(
    'validation',
    `A library is sorted by ${LIBRARY_SORTS.join(', ')}; “${shorten(text, 30)}” is none.`,
  );
};

/** `category:text`, as /edit has it and people write it elsewhere: the same as the option. */
const AS_OPTION = /^(status|category|tag|sort):(.+)$/iu;

const withOptions = ({ words, options }: TypedFilter): TypedFilter => {
  const said = words.flatMap((word) => {
    const [, key, value] = AS_OPTION.exec(word) ?? [];
    return key === undefined || value === undefined ? [] : [[key.toLowerCase(), value] as const];
  });
  return {
    words: words.filter((word) => !AS_OPTION.test(word)),
    options: { ...Object.fromEntries(said), ...options },
  };
};

/**
 * What a list of this chat's library shall show.
 * @throws AppError validation: there is no such status, order or machine, or a tag is too long
 */
export const readFilter = (store: Store, chatId: number, typed: TypedFilter): LibraryFilter => {
  const { words, options } = withOptions(typed);
  const { words: others, ...onHost } = takeHost(store, words);
  const library = { store, chatId, categoryIn: categoriesOf(store, chatId) };
  const byWords = others.reduce<LibraryFilter>((filter, word) => addWord(library, filter, word), {});
  const { category, tag, text, on } = options;
  const tags = readTags([...(byWords.tags ?? []), ...(tag?.split(',') ?? [])]);
  const texts = [...(byWords.text ?? []), ...(text?.split(/\s+/u) ?? [])].slice(0, TEXTS_MOST);
  return {
    ...byWords,
    ...onHost,
    ...(on === undefined ? {} : { on: hostMeant(store, on).name }),
    ...readStatus(options.status),
    ...readSort(options.sort),
    ...(category === undefined ? {} : { category: library.categoryIn(category) ?? shorten(category, TEXT_LIMIT) }),
    ...(tags.length > 0 ? { tags } : {}),
    ...(texts.length > 0 ? { text: texts } : {}),
  };
};

/** A filter with a tag more, or without it if it had it. */
export const toggleTag = (filter: LibraryFilter, tag: string): LibraryFilter => {
  const { tags = [] } = filter;
  const others = tags.filter((one) => !isSameTag(one, tag));
  return { ...filter, tags: others.length < tags.length ? others : [...tags, tag] };
};

/** A filter with this set, or without it if it was set so. */
export const toggle = <Key extends 'word' | 'category' | 'mark' | 'on'>(
  filter: LibraryFilter,
  key: Key,
  value: NonNullable<LibraryFilter[Key]>,
): LibraryFilter => {
  const { [key]: before, ...others } = filter;
  return before === value ? others : { ...others, [key]: value };
};
