import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import type { Model } from '../../domain/model.ts';
import type { Hit } from '../../domain/search/hit.ts';
import { SEARCH_ORDERS, type SearchOrder, type SearchTerms } from '../../domain/search/terms.ts';
import { PAGE_SIZE } from '../../library/finding/hits.ts';
import type { Search } from '../../store/downloads/searches.ts';
import { actionButton } from '../ui/buttons.ts';
import { hitWords } from '../ui/hit-words.ts';
import { titleLine } from '../ui/label.ts';
import { lines, type Rendering, shorten } from '../ui/text.ts';

/** Foreign text stands in the first line: so much of it. */
const TITLE_LIMIT = 80;

const FIRST: Readonly<Record<SearchOrder, string>> = {
  trending: 'trending first',
  downloads: 'most downloaded first',
  recent: 'newest first',
};
const SORT_LABELS: Readonly<Record<SearchOrder, string>> = {
  trending: 'Trending',
  downloads: 'Most downloaded',
  recent: 'Newest',
};

/** What was searched for, as it could be typed. */
const termsInWords = ({ words, gguf, task, author }: SearchTerms): string =>
  [words, gguf && 'gguf', task && `task=${task}`, author && `author=${author}`].filter(Boolean).join(' ') ||
  'everything';

/** What a chat has of a hit already. */
export type Here = Readonly<Pick<Model, 'id' | 'name' | 'canonicalName'>>;

const isOf = ({ name, canonicalName }: Here, { id }: Hit): boolean =>
  [name, canonicalName ?? ''].some((known) => known.toLowerCase() === id.toLowerCase());

/** Hits are counted on from page to page. */
const numberOf = (page: number, index: number): number => page * PAGE_SIZE + index + 1;

/** What its card is drawn with. */
export interface About {
  /** The models of the chat that are among the hits. */
  readonly here: readonly Here[];
  /** The page of a hit, for a person to open. */
  readonly pageOf: (hit: Hit) => string;
}

/** Links lead to pages that phones open: of a Hub without such the name is only shown. */
const nameOf = (hit: Hit, pageOf: About['pageOf']): FormattedString => {
  const page = pageOf(hit);
  return page.startsWith('http') ? FormattedString.link(hit.id, page) : new FormattedString(hit.id);
};

const hitLines = (hit: Hit, number: number, { here, pageOf }: About): FormattedString =>
  lines(
    FormattedString.join([FormattedString.b(`${number} `), nameOf(hit, pageOf)]),
    ...hitWords(hit),
    here.some((model) => isOf(model, hit)) && 'in this library already',
  );

const IN_A_ROW = 3;

const inRows = (buttons: readonly InlineKeyboardButton[], wide: number): InlineKeyboardButton[][] =>
  buttons.flatMap((_, index) => (index % wide === 0 ? [buttons.slice(index, index + wide)] : []));

const listButtons = (search: Search, here: readonly Here[]): InlineKeyboardButton[][] => {
  const { id, turn, page, hits, cursors, terms } = search;
  const adds = hits.map((hit, index) => {
    const model = here.find((one) => isOf(one, hit));
    const number = numberOf(page, index);
    return model
      ? actionButton(`Show ${number}`, 'show', model.id)
      : actionButton(`Add ${number}`, 'found', `${id}:${turn}:${index}`);
  });
  // Of what has several quantizations, the library may want another one too.
  const others = hits.flatMap((hit, index) =>
    hit.size?.label !== undefined && here.some((one) => isOf(one, hit))
      ? [actionButton(`Another of ${numberOf(page, index)}`, 'found', `${id}:${turn}:${index}`)]
      : [],
  );
  const steps = [
    ...(page > 0 ? [actionButton('‹ Back', 'hits', `${id}:${turn}:${page - 1}`)] : []),
    ...(cursors.length > page ? [actionButton('More ›', 'hits', `${id}:${turn}:${page + 1}`)] : []),
  ];
  const sorts = SEARCH_ORDERS.flatMap((order, index) =>
    order === terms?.order ? [] : [actionButton(SORT_LABELS[order], 'sort', `${id}:${turn}:${index}`)],
  );
  // Five in a row break their words on a phone.
  return [...inRows(adds, IN_A_ROW), ...inRows(others, 2), steps, hits.length > 0 ? sorts : []].filter(
    (row) => row.length > 0,
  );
};

const foundLines = ({ hits, page, state, terms }: Search, about: About): readonly (FormattedString | string)[] => {
  if (hits.length === 0) {
    const other = terms?.words ? 'Fewer or other words may find more.' : 'Words in place of the options may find more.';
    return [page > 0 ? 'There is nothing more.' : `The Hub has nothing like that. ${other}`];
  }
  const isSizing = state === 'sizing' && hits.some(({ size }) => size?.kind !== 'exact');
  return [
    ...hits.flatMap((hit, index) => ['', hitLines(hit, numberOf(page, index), about)]),
    ...(isSizing ? ['', 'Exact sizes are on their way.'] : []),
  ];
};

/** What the message of a search shows. */
export const searchCard = (search: Search, about: About): Rendering => {
  const { terms, state, errorMessage, id, turn, page } = search;
  const title = `Search: ${shorten(terms ? termsInWords(terms) : 'something', TITLE_LIMIT)}`;
  if (state === 'searching') {
    return { text: lines(titleLine(title, 'searching'), 'Asking the Hub …') };
  }
  if (state === 'failed') {
    return {
      text: lines(titleLine(title, 'failed'), errorMessage ?? 'The search did not work.'),
      keyboard: { inline_keyboard: terms ? [[actionButton('Try again', 'seek', `${id}:${turn}:0`, 'primary')]] : [] },
    };
  }
  const shown = page > 0 ? `page ${page + 1}` : FIRST[terms?.order ?? 'trending'];
  return {
    text: FormattedString.join([titleLine(title, shown), ...foundLines(search, about)], '\n'),
    keyboard: { inline_keyboard: listButtons(search, about.here) },
  };
};
