import { AppError } from '../errors.ts';

export const SEARCH_STATES = ['searching', 'sizing', 'shown', 'failed'] as const;

/**
 * - `searching`: a page is asked for, or will be when its turn has come.
 * - `sizing`: it is there, and how much the usual choices take exactly is asked for.
 * - `shown`: nothing is asked for.
 * - `failed`: a person may have it asked for again.
 */
export type SearchState = (typeof SEARCH_STATES)[number];

/** Which state may follow which. Whoever turns the page, or what comes first, has it searched anew. */
export const SEARCH_MOVES: Readonly<Record<SearchState, readonly SearchState[]>> = {
  searching: ['sizing', 'shown', 'failed'],
  sizing: ['searching', 'sizing', 'shown'],
  shown: ['searching'],
  failed: ['searching'],
};

/** @throws AppError state_transition */
export const assertSearchMove = (from: SearchState, to: SearchState): void => {
  if (SEARCH_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A search cannot go from ${from} to ${to}.`);
};
