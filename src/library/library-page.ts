import type { LibraryFilter } from '../domain/library-filter.ts';
import type { Model } from '../domain/model.ts';
import type { StatusWord } from '../domain/states/model.ts';
import { pageOf } from '../lib/page.ts';
import type { LibrarySum, Tally } from '../store/downloads/library-lists.ts';
import type { Store } from '../store/store.ts';
import { categoriesOf } from './categories.ts';

/** A part of what a filter finds in a chat's library. */
export interface LibraryPage {
  readonly models: readonly Model[];
  /** Of all that the filter finds. */
  readonly sum: LibrarySum;
  readonly pages: number;
  /** Counted from 0; the last one if that many are not there any more. */
  readonly page: number;
}

/** @param size how many models a page has */
export const libraryPage = (
  { models }: Store,
  chatId: number,
  wanted: { readonly page: number; readonly filter: LibraryFilter },
  size: number,
): LibraryPage => {
  const sum = models.sumLibrary(chatId, wanted.filter);
  const { pages, page, ...part } = pageOf(sum.models, { page: wanted.page, size });
  // To look for none of what was counted would read the whole library again.
  return { models: sum.models === 0 ? [] : models.listLibrary(chatId, wanted.filter, part), sum, pages, page };
};

/** What a chat's library can be filtered by, with how many models each finds alone. */
export interface FilterChoices {
  readonly words: readonly Tally<StatusWord>[];
  /** Those that it has models of, in its order. */
  readonly categories: readonly (Tally & { readonly icon: string | null })[];
  /** The most frequent ones. */
  readonly tags: readonly Tally[];
  /** Those that its models lie on, or are to lie on; none if all of them are on one. */
  readonly hosts: readonly Tally[];
  readonly pinned: number;
  readonly off: number;
}

/** @param mostTags however many a library has */
export const filterChoices = (store: Store, chatId: number, mostTags: number): FilterChoices => {
  const hasOthers = store.hosts.listHosts().length > 1;
  const hosts = hasOthers ? store.models.tallyHosts(chatId) : [];
  return {
    words: store.models.tallyWords(chatId),
    categories: categoriesOf(store, chatId).flatMap(({ name, models, icon }) =>
      models > 0 ? [{ value: name, models, icon }] : [],
    ),
    tags: store.models.tallyTags(chatId, mostTags),
    pinned: store.models.countLibrary(chatId, { mark: 'pinned' }),
    hosts: hosts.length > 1 ? hosts : [],
    off: store.models.countLibrary(chatId, { mark: 'off' }),
  };
};
