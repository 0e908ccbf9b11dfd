/* domain/search: what is searched for, what is found, and how large it may be. */

import { z } from 'zod';
import { refuse } from '../errors.ts';
import { isRepoId } from '../repo/repo.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What may come first in a list of what was found. */
export const SEARCH_ORDERS = ['trending', 'downloads', 'recent'] as const;
export type SearchOrder = (typeof SEARCH_ORDERS)[number];

const isSearchOrder = (word: string): word is SearchOrder => (SEARCH_ORDERS as readonly string[]).includes(word);

/** What a person searches for, as it is kept. */
export const searchTermsSchema = z.strictObject({
  /** Of names; empty: of any. */
  words: z.string(),
  author: z.string().optional(),
  task: z.string().optional(),
  /** GGUF files only. */
  gguf: z.boolean(),
  order: z.enum(SEARCH_ORDERS),
});
export type SearchTerms = Readonly<z.infer<typeof searchTermsSchema>>;

/** Names on the Hub are no longer. */
const WORDS_MOST = 100;
const TASK = /^[a-z\d-]{1,60}$/;

/** What may stand beside the words. */
export interface SearchFilters {
  readonly task?: string | undefined;
  readonly author?: string | undefined;
  readonly sort?: string | undefined;
}

const orderOf = (sort: string): SearchOrder => {
  const order = sort.toLowerCase();
  if (isSearchOrder(order)) return order;
  return refuse(`What comes first is trending, downloads or recent, for example sort=downloads.`);
};

const taskOf = (task: string): string => {
  // People write it with spaces, as the Hub's pages do.
  const name = task.trim().toLowerCase().replace(/\s+/g, '-');
  if (TASK.test(name)) return name;
  return refuse(`“${shorten(task, 60)}” is no task the Hub could have; task=text-generation would be one.`);
};

const authorOf = (author: string): string => {
  if (isRepoId(author) && !author.includes('/')) return author;
  return refuse(`“${shorten(author, 60)}” is no account the Hub could have; author=Qwen would be one.`);
};

/**
 * What a person means by words and filters; the word `gguf` alone means the files, not the name.
 * @throws AppError validation, with what would be right
 */
export const readTerms = (typed: readonly string[], { task, author, sort }: SearchFilters): SearchTerms => {
  const words = typed.filter((word) => word.toLowerCase() !== 'gguf').join(' ');
  if (words.length > WORDS_MOST) refuse(`That is longer than any name on the Hub. A word or two find more.`);
  return {
    words,
    gguf: typed.some((word) => word.toLowerCase() === 'gguf'),
    order: orderOf(sort ?? 'trending'),
    ...(task === undefined ? {} : { task: taskOf(task) }),
    ...(author === undefined ? {} : { author: authorOf(author) }),
  };
};
