import { z } from 'zod';
import { STATUS_WORDS } from './states/model.ts';

/** The orders that a library's list can have; without one it is the first. */
export const LIBRARY_SORTS = ['newest', 'oldest', 'name', 'largest', 'smallest', 'changed'] as const;
export type LibrarySort = (typeof LIBRARY_SORTS)[number];

/** Whether a word names an order of lists. */
export const isLibrarySort = (text: string): text is LibrarySort => LIBRARY_SORTS.some((sort) => sort === text);

/** What somebody has marked: `off` is what the queue passes over. */
export const LIBRARY_MARKS = ['pinned', 'off'] as const;
export type LibraryMark = (typeof LIBRARY_MARKS)[number];

/** Whether a word names a mark. */
export const isLibraryMark = (text: string): text is LibraryMark => LIBRARY_MARKS.some((mark) => mark === text);

/** What a list of a library shows, and in which order; all that is given has to fit. */
export const libraryFilterSchema = z.strictObject({
  /** As people call it: `paused` without what was cancelled. */
  word: z.enum(STATUS_WORDS).optional(),
  category: z.string().optional(),
  tags: z.array(z.string()).readonly().optional(),
  mark: z.enum(LIBRARY_MARKS).optional(),
  /** The name of the machine that it lies on, or is to lie on. */
  on: z.string().optional(),
  /** Words that stand somewhere in its name, title, description or tags, in any letter case. */
  text: z.array(z.string()).readonly().optional(),
  sort: z.enum(LIBRARY_SORTS).optional(),
});
export type LibraryFilter = Readonly<z.infer<typeof libraryFilterSchema>>;

/** The same filter is the same text, in whatever order it came about; what is not set is not in it. */
export const filterKey = (filter: LibraryFilter): string => {
  const { word, category, tags = [], mark, on, text = [], sort } = filter;
  return JSON.stringify({
    word,
    category,
    tags: tags.length > 0 ? tags : undefined,
    mark,
    on,
    text: text.length > 0 ? text : undefined,
    sort: sort === 'newest' ? undefined : sort,
  });
};
