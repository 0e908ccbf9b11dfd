import { FormattedString } from '@grammyjs/parse-mode';
import { filterKey, type LibraryFilter } from '../../domain/library-filter.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { LibraryPage } from '../../library/library-page.ts';
import type { LibrarySum } from '../../store/downloads/library-lists.ts';
import { count, lines, shorten } from '../ui/text.ts';
import { SORT_LABELS, text } from './text.ts';

/** Of all that somebody looks for, as it is told. */
const FILTER_LIMIT = 200;

/** What a filter lets through, in words; '' if it is all. */
const filterWords = ({ word, category, tags = [], mark, on, text: texts = [] }: LibraryFilter): string => {
  const parts = [
    word ?? '',
    category ?? '',
    ...tags.map((tag) => `#${tag}`),
    mark === 'off' ? 'switched off' : (mark ?? ''),
    on === undefined ? '' : `on ${on}`,
    ...texts.map((one) => `“${one}”`),
  ];
  return shorten(parts.filter((part) => part !== '').join(' · '), FILTER_LIMIT);
};

/** How many there are, how large they are, and how much of that is here. */
const sumText = ({ models, sizeBytes, completedBytes }: LibrarySum): string => {
  const size = sizeBytes > 0 ? ` · ${formatBytes(sizeBytes)}` : '';
  const part = formatBytes(completedBytes);
  // What is told the same of both says nothing.
  const words = part === formatBytes(sizeBytes) ? 'nearly all' : part;
  const here = completedBytes < sizeBytes ? `, ${completedBytes > 0 ? words : 'none'} of it complete` : '';
  return `${count(models, 'model')}${size}${here}`;
};

/** Says what there is nothing of. */
const nothingText = (filter: LibraryFilter, looksOnly: boolean): string => {
  const { word } = filter;
  if (filterKey(filter) === filterKey(filter.sort === undefined ? {} : { sort: filter.sort }))
    return looksOnly ? text.emptyToLookAt : text.empty;
  const isWordAlone = word !== undefined && filterWords(filter) === word;
  return isWordAlone ? text.nothingLike(word) : text.nothingFits(filterWords(filter));
};

/**
 * Above the buttons of a list: how much there is, and what was chosen from it.
 * @param looksOnly whoever reads it may add nothing
 */
export const listText = (
  filter: LibraryFilter,
  { sum, pages, page }: LibraryPage,
  looksOnly: boolean,
): FormattedString => {
  if (sum.models === 0) return lines(nothingText(filter, looksOnly));
  const { sort = 'newest' } = filter;
  const pageText = pages > 1 ? ` · page ${page + 1} of ${pages}` : '';
  const chosen = [filterWords(filter), sort === 'newest' ? '' : SORT_LABELS[sort].toLowerCase()];
  return lines(
    FormattedString.b('Library'),
    chosen.filter((part) => part !== '').join(' · '),
    `${sumText(sum)}${pageText}. Tap one for its card.`,
  );
};

/** Above the buttons that filter. */
export const filterText = (filter: LibraryFilter, sum: LibrarySum): FormattedString =>
  lines(
    FormattedString.b('Library · filter'),
    filterWords(filter) === '' ? text.noFilter : filterWords(filter),
    `${sumText(sum)}. ${text.howToFilter}`,
  );

/** Above the buttons that sort. */
export const sortText = ({ sort = 'newest' }: LibraryFilter): FormattedString =>
  lines(FormattedString.b('Library · sort'), text.sortedBy(SORT_LABELS[sort].toLowerCase()));
