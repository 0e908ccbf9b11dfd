/* library/finding: searches, in turn between chats, and what their hits would take. */

import { isDeepStrictEqual } from 'node:util';
import { AppError, messageOf, refuse } from '../../domain/errors.ts';
import type { Hit } from '../../domain/search/hit.ts';
import { SEARCH_ORDERS, type SearchOrder } from '../../domain/search/terms.ts';
import type { SearchState } from '../../domain/states/search.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { isOwner } from '../../people/may.ts';
import { CHAT_SETTINGS } from '../../domain/settings/chat.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Source } from '../../sources/port.ts';
import type { NewSearch, Search } from '../../store/downloads/searches.ts';
import type { Store } from '../../store/store.ts';
import { hitOf, isGuessed, PAGE_SIZE, queryOf } from './hits.ts';
import { createInTurn, type InTurn } from './in-turn.ts';
import { createQuickSearches, type QuickSearches } from './quick.ts';
import { type CountPage, createSearchLimit } from './search-limits.ts';
import { createUsualSizes, type HitSizes } from './usual-sizes.ts';

/** What becomes of a tap on a list of hits: it does what it says; or the list has changed; or nobody knows it any more. */
export type Turned = 'done' | 'changed' | 'gone';

/** A list that a message showed, as its buttons know it. */
export interface ShownList {
  readonly chatId: number;
  readonly searchId: number;
  /** Which of the lists that the search has had. */
  readonly turn: number;
}

/** Finding models: searches as rows, a page at a time, with what the usual choice of each hit takes. */
export interface Finding {
  /**
   * Keeps a search as a row and begins it. Where the same message has found nothing and says something else by now, that is
   * searched for instead.
   * @throws AppError constraint: as many as one person may
   */
  readonly request: (search: NewSearch) => Search;
  /** Another page, counted from 0. @throws as `request` */
  readonly turnTo: (list: ShownList, userId: number, page: number) => Turned;
  /** Another order, by its place among `SEARCH_ORDERS`, from the first page. @throws as `request` */
  readonly sortBy: (list: ShownList, userId: number, order: number) => Turned;
  /** The same once more. @throws as `request` */
  readonly again: (list: ShownList, userId: number) => Turned;
  /** What stands at that place of the list; undefined if another list is shown by now. */
  readonly hitAt: (list: ShownList, index: number) => Hit | undefined;
  /** For somebody who is still typing. */
  readonly quick: QuickSearches['ask'];
  /** Its page, for a person to open. */
  readonly pageOf: (hit: Hit) => string;
  /** From now on it is told when a search, or what its hits take, has ended for now, whatever came of it. */
  readonly tell: (poke: () => void) => void;
  /** Goes on with searches that a restart interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface FindingDeps {
  readonly store: Store;
  readonly source: Pick<Source, 'inspect' | 'search' | 'repoUrl'>;
  /** What is usual in each chat. */
  readonly settings: Pick<Settings, 'chat'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of one person within five minutes, each with the sizes of its hits; and of lists for who is still typing, without. */
const PAGES_MOST_EACH = 15;
const QUICK_MOST = 30;
/** Of one person, waiting for an answer. */
const OPEN_MOST = 3;

/** Courtesy towards the Hub; the others wait their turn. */
const SEARCHES_AT_ONCE = 2;
const SIZINGS_AT_ONCE = 2;
/** Whoever waits for longer asks again. */
const SEARCH_MS = 20_000;
const SIZE_MS = 15_000;
/** Nobody leafs further; and of each page is kept where it begins. */
const PAGES_MOST = 40;

interface FindingState extends FindingDeps {
  /** Of what `/add` would take in that chat. */
  readonly sizesIn: (chatId: number) => HitSizes;
  readonly count: CountPage;
  readonly searching: InTurn;
}

type PageDeps = Pick<FindingState, 'store' | 'source' | 'sizesIn' | 'log'>;

const within = (signal: AbortSignal, ms: number): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ms)]);

/** What becomes of a search. */
type Outcome = readonly [SearchState, Parameters<Store['searches']['moveSearch']>[2]];

const askForPage = async ({ source, sizesIn }: PageDeps, search: Search, signal: AbortSignal): Promise<Outcome> => {
  const { terms, page, cursors } = search;
  if (!terms) throw new AppError('integrity', 'What was searched for cannot be read any more. Search again.');
  const cursor = page === 0 ? undefined : cursors[page - 1];
  const query = { ...queryOf(terms), limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const { found, next } = await source.search(query, within(signal, SEARCH_MS));
  const sizes = sizesIn(search.chatId);
  const hits = found.slice(0, PAGE_SIZE).map((repo) => hitOf(repo, sizes));
  const known = cursors.slice(0, page);
  const hasMore = next !== undefined && page + 1 < PAGES_MOST;
  return [hits.some(isGuessed) ? 'sizing' : 'shown', { hits, cursors: hasMore ? [...known, next] : known }];
};

/** Asks for the page that a search is at, and writes down what came of it. @throws the reason of a stop */
const searchPage = async (deps: PageDeps, search: Search, signal: AbortSignal): Promise<void> => {
  const [state, changes] = await askForPage(deps, search, signal).catch((error: unknown): Outcome => {
    // It is asked for again after the next start.
    if (signal.aborted) throw error;
    if (!(error instanceof AppError)) {
      deps.log.error({ err: error, search: search.id }, 'A search failed for a reason of ours');
    }
    return ['failed', { hits: [], errorMessage: messageOf(error) }];
  });
  deps.store.searches.moveSearch(search, state, changes);
};

/** What its hits take, one after the other, as long as their list is shown. What cannot be found out stays a guess. */
const sizeHits = async (
  { store, sizesIn, log }: Pick<FindingState, 'store' | 'sizesIn' | 'log'>,
  search: Search,
  signal: AbortSignal,
): Promise<void> => {
  const { searches } = store;
  const sizes = sizesIn(search.chatId);
  let { hits } = search;
  for (const [index, hit] of hits.entries()) {
    if (!isGuessed(hit)) continue;
    try {
      const size = sizes.known(hit) ?? (await sizes.ask(hit, within(signal, SIZE_MS)));
      if (!size) continue;
      hits = hits.with(index, { ...hit, size });
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ err: error, repo: hit.id }, 'What a hit takes could not be found out');
      // Others need what the Hub still gives.
      if (error instanceof AppError && error.code === 'rate_limited') break;
      continue;
    }
    if (!searches.moveSearch(search, 'sizing', { hits })) return;
  }
  searches.moveSearch(search, 'shown');
};

const checkOpen = ({ users, searches }: Store, userId: number): void => {
  if (isOwner({ users }, userId) || searches.openSearchesOf(userId) < OPEN_MOST) return;
  refuse(`${OPEN_MOST} of your searches are not answered yet. Search again when they are.`, 'constraint');
};

const isOf = (search: Search | undefined, { chatId }: ShownList): search is Search => search?.chatId === chatId;

/** Has a search done anew, if the list that was tapped is the one that it shows. */
const turn = (
  { store, count, searching }: FindingState,
  list: ShownList,
  userId: number,
  changes: (search: Search) => Parameters<Store['searches']['moveSearch']>[2] | undefined,
): Turned => {
  const search = store.searches.getSearch(list.searchId);
  if (!isOf(search, list)) return 'gone';
  const wanted = search.turn === list.turn && search.state !== 'searching' ? changes(search) : undefined;
  if (!wanted) return 'changed';
  count(userId);
  if (!store.searches.moveSearch(search, 'searching', { userId, errorMessage: null, ...wanted })) return 'changed';
  searching.pump();
  return 'done';
};

const sortedBy = ({ terms }: Search, order: SearchOrder | undefined) =>
  terms && order && { terms: { ...terms, order }, page: 0, cursors: [] };

/** @returns false if there is nothing to correct */
const correct = (
  { store, count }: FindingState,
  search: Search,
  { terms, userId, chatId, messageId }: NewSearch,
): boolean => {
  if (isDeepStrictEqual(search.terms, terms) || !store.searches.foundNothing(chatId, messageId)) return false;
  count(userId);
  return store.searches.moveSearch(search, 'searching', { userId, terms, page: 0, cursors: [], errorMessage: null });
};

/** Searches of the Hub: nothing is asked before `start`, and `close` waits for what is under way. */
export const createFinding = (deps: FindingDeps): Finding => {
  const { store, source, settings, clock, log } = deps;
  const sizesBy = createUsualSizes(source);
  const sizesIn = (chatId: number): HitSizes => sizesBy(settings.chat(chatId).default_quantize);
  const countPage = createSearchLimit(store, clock, PAGES_MOST_EACH);
  const count: CountPage = (userId) => {
    checkOpen(store, userId);
    countPage(userId);
  };
  // What is typed in a chat of others is added in another one: nobody knows yet in which.
  const sizes = sizesBy(CHAT_SETTINGS.default_quantize.fallback);
  const quick = createQuickSearches({ source, sizes, count: createSearchLimit(store, clock, QUICK_MOST), clock, log });
  let poke = (): void => undefined;
  const sizing = createInTurn<Search>({
    next: (except) => store.searches.nextSearches('sizing', except),
    run: async (search, signal) => {
      await sizeHits({ store, sizesIn, log }, search, signal);
      poke();
    },
    atOnce: SIZINGS_AT_ONCE,
    log,
  });
  const searching = createInTurn<Search>({
    next: (except) => store.searches.nextSearches('searching', except),
    run: async (search, signal) => {
      await searchPage({ store, source, sizesIn, log }, search, signal);
      poke();
      sizing.pump();
    },
    atOnce: SEARCHES_AT_ONCE,
    log,
  });
  const state: FindingState = { ...deps, sizesIn, count, searching };
  return {
    request: (wanted) => {
      if (!store.searches.hasSearch(wanted.chatId, wanted.messageId)) count(wanted.userId);
      const { search, created } = store.searches.createSearch(wanted);
      if (created || correct(state, search, wanted)) searching.pump();
      return store.searches.getSearch(search.id) ?? search;
    },
    turnTo: (list, userId, page) =>
      turn(state, list, userId, ({ cursors }) => (page <= cursors.length ? { page } : undefined)),
    sortBy: (list, userId, order) =>
      turn(state, list, userId, (search) => sortedBy(search, SEARCH_ORDERS[order]) ?? undefined),
    again: (list, userId) => turn(state, list, userId, () => ({})),
    hitAt: (list, index) => {
      const search = store.searches.getSearch(list.searchId);
      return isOf(search, list) && search.turn === list.turn ? search.hits[index] : undefined;
    },
    quick: quick.ask,
    pageOf: ({ id }) => source.repoUrl({ type: 'model', id }),
    tell: (to) => {
      poke = to;
    },
    start: () => {
      try {
        store.searches.endSizing();
      } catch (error) {
        // A full disk is no reason not to start: their sizes are asked for to the end instead.
        log.warn({ err: error }, 'Sizes that were being asked for could not be left as they are');
        sizing.pump();
      }
      searching.pump();
    },
    close: async () => {
      await Promise.all([searching.close(), sizing.close(), quick.close()]);
    },
  };
};
