import { AppError } from '../errors.ts';

export const APP_LINK_STATES = ['making', 'linked', 'missing', 'foreign', 'going', 'stuck'] as const;

/**
 * - `making`: it may be there already.
 * - `linked`: it is there.
 * - `missing`: something else has taken it away.
 * - `foreign`: something else lies there.
 * - `going`: it is to be taken away.
 * - `stuck`: that could not be done.
 */
export type AppLinkState = (typeof APP_LINK_STATES)[number];

/** Which state may follow which. */
export const APP_LINK_MOVES: Readonly<Record<AppLinkState, readonly AppLinkState[]>> = {
  making: ['linked', 'foreign', 'going'],
  linked: ['making', 'missing', 'foreign', 'going'],
  missing: ['making', 'linked', 'foreign', 'going'],
  foreign: ['making', 'linked', 'missing', 'going'],
  going: ['making', 'stuck'],
  stuck: ['making', 'going'],
};

/** @throws AppError state_transition */
export const assertAppLinkMove = (from: AppLinkState, to: AppLinkState): void => {
  if (APP_LINK_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A link cannot go from ${from} to ${to}.`);
};
