import { createHash } from 'node:crypto';
import { type LibraryFilter, LIBRARY_SORTS } from '../../domain/library-filter.ts';
import { STATUS_WORDS } from '../../domain/states/model.ts';
import { toggle, toggleTag } from '../../library/filter.ts';
import type { FilterChoices } from '../../library/library-page.ts';
import type { Store } from '../../store/store.ts';

/** What a list's message shows. */
export interface Screen {
  /** The models, or what they can be filtered and sorted by. */
  readonly part: 'list' | 'filter' | 'sort';
  readonly filter: LibraryFilter;
  readonly page: number;
}

/** So many tags are offered; others are written. */
export const TAGS_OFFERED = 12;

export const FIRST_PAGE: Screen = { part: 'list', filter: {}, page: 0 };

const PARTS = { l: 'list', f: 'filter', s: 'sort' } as const satisfies Readonly<Record<string, Screen['part']>>;

/** What a tap does on a screen: its kind and what it means. Buttons have room for a few characters only. */
type Kind =
  | 'list'
  | 'filter'
  | 'sortings'
  | 'model'
  | 'page'
  | 'word'
  | 'category'
  | 'tag'
  | 'mark'
  | 'on'
  | 'sort'
  | 'all'
  | 'export'
  | 'import';
const KINDS: Readonly<Record<Kind, string>> = {
  list: 'l',
  filter: 'f',
  sortings: 's',
  model: 'm',
  page: 'p',
  word: 'w',
  category: 'c',
  tag: 't',
  mark: 'k',
  on: 'h',
  sort: 'o',
  all: 'x',
  export: 'e',
  import: 'i',
};

/** A name of any length in a button. */
const shortKey = (name: string): string => createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 10);

/** A choice as it travels in its button. */
export const choiceOf = (kind: Kind, value: string | number = ''): string => {
  const said = kind === 'category' || kind === 'tag' || kind === 'on' ? shortKey(String(value)) : String(value);
  return `${KINDS[kind]}${said}`;
};

/** What a button carries: the screen that it stands on, and its choice. */
export const payloadOf = (store: Store, chatId: number, { part, filter, page }: Screen): string =>
  `${store.libraryViews.keep(chatId, filter)}.${page}.${part.charAt(0)}`;

/** The screen on which something was tapped, and the choice; undefined if its filter is not known any more. */
export const readPayload = (
  store: Store,
  chatId: number,
  payload: string,
): { readonly screen: Screen; readonly choice: string } | undefined => {
  const [view = '', page = '', part = '', choice = ''] = payload.split('.');
  const filter = store.libraryViews.read(chatId, Math.trunc(Number(view)) || 0);
  if (!filter) return undefined;
  const shown = PARTS[part as keyof typeof PARTS] ?? 'list';
  return { screen: { part: shown, filter, page: Math.max(0, Math.trunc(Number(page)) || 0) }, choice };
};

const filterAfter = (filter: LibraryFilter, choice: string, choices: FilterChoices): LibraryFilter | undefined => {
  const value = choice.slice(1);
  const named = (names: readonly { readonly value: string }[]): string | undefined =>
    names.find((name) => shortKey(name.value) === value)?.value;
  switch (choice.charAt(0)) {
    case KINDS.word: {
      const word = STATUS_WORDS.find((one) => one === value);
      return word && toggle(filter, 'word', word);
    }
    case KINDS.category: {
      const category = named(choices.categories) ?? filter.category;
      return category === undefined ? undefined : toggle(filter, 'category', category);
    }
    case KINDS.tag: {
      const tag = named([...choices.tags, ...(filter.tags ?? []).map((one) => ({ value: one }))]);
      return tag === undefined ? undefined : toggleTag(filter, tag);
    }
    case KINDS.on: {
      const on = named(choices.hosts) ?? filter.on;
      return on === undefined ? undefined : toggle(filter, 'on', on);
    }
    case KINDS.mark:
      return toggle(filter, 'mark', value === 'off' ? 'off' : 'pinned');
    case KINDS.all:
      return {};
    default:
      return undefined;
  }
};

/** The model that a choice means. */
export const modelChosen = (choice: string): number | undefined =>
  choice.startsWith(KINDS.model) ? Number(choice.slice(1)) : undefined;

/** The screen that follows a tap; the same one if what was chosen is not there any more. */
export const screenAfter = (screen: Screen, choice: string, choices: () => FilterChoices): Screen => {
  const kind = choice.charAt(0);
  const part = choice.length === 1 ? PARTS[kind as keyof typeof PARTS] : undefined;
  if (part !== undefined) return { ...screen, part };
  if (kind === KINDS.page) return { ...screen, page: Math.max(0, Math.trunc(Number(choice.slice(1))) || 0) };
  if (kind === KINDS.sort) {
    const sort = LIBRARY_SORTS.find((one) => one === choice.slice(1)) ?? 'newest';
    return { part: 'list', filter: { ...screen.filter, sort }, page: 0 };
  }
  const filter = filterAfter(screen.filter, choice, choices());
  return filter === undefined ? screen : { ...screen, filter, page: 0 };
};
