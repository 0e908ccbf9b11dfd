import { AppError } from '../errors.ts';

export const MODEL_APP_STATES = ['waiting', 'linked', 'refused', 'lost'] as const;

/**
 * - `waiting`: it is to be linked.
 * - `linked`: the app sees it.
 * - `refused`: that could not be done; the next night tries again.
 * - `lost`: something else has taken a link away, or put something in its place.
 */
export type ModelAppState = (typeof MODEL_APP_STATES)[number];

/** Which state may follow which. */
export const MODEL_APP_MOVES: Readonly<Record<ModelAppState, readonly ModelAppState[]>> = {
  waiting: ['linked', 'refused'],
  linked: ['waiting', 'refused', 'lost'],
  refused: ['waiting'],
  lost: ['waiting', 'linked', 'refused'],
};

/** @throws AppError state_transition */
export const assertModelAppMove = (from: ModelAppState, to: ModelAppState): void => {
  if (MODEL_APP_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A model in an app cannot go from ${from} to ${to}.`);
};
