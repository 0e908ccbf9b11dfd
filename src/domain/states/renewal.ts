import { AppError } from '../errors.ts';

export const RENEWAL_STATES = ['noted', 'asked', 'offered', 'ignored', 'wanted', 'taken', 'refused'] as const;

/**
 * How a model stands to what its branch is now.
 * - `noted`: nothing of what was chosen has changed that anybody would have to be told of.
 * - `asked`: a person wants it looked up now, and fetched if there is anything newer.
 * - `offered`: a person has been told, and may take it or leave it.
 * - `ignored`: a person left it; of this commit nothing more is said.
 * - `wanted`: it is to be fetched, and what it consists of is still to be looked up.
 * - `taken`: the queue has it.
 * - `refused`: the branch has moved, and what was chosen cannot be had there; or nobody could find out.
 */
export type RenewalState = (typeof RENEWAL_STATES)[number];

/** What a look at the branch may lead to, besides what a person asked for. */
const FOUND = ['noted', 'offered', 'wanted', 'refused'] as const;

/** Which state may follow which. A look that finds a newer commit begins anew whatever a person said of the one before. */
export const RENEWAL_MOVES: Readonly<Record<RenewalState, readonly RenewalState[]>> = {
  noted: ['asked', ...FOUND],
  asked: ['noted', 'wanted', 'refused'],
  offered: ['asked', 'ignored', ...FOUND],
  ignored: ['asked', ...FOUND],
  wanted: ['noted', 'taken', 'refused'],
  taken: ['asked', ...FOUND],
  refused: ['asked', ...FOUND],
};

/** @throws AppError state_transition */
export const assertRenewalMove = (from: RenewalState, to: RenewalState): void => {
  if (RENEWAL_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A renewal cannot go from ${from} to ${to}.`);
};
