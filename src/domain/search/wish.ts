/** What may come first in a list of what was found. */
export type SearchOrder = 'trending' | 'downloads' | 'recent';
