import { AppError } from '../errors.ts';

export const REMOVED_MODEL_STATES = ['kept', 'going', 'gone', 'undone'] as const;

/**
 * - `kept`: it can be brought back, and its copies stay until then.
 * - `going`: it cannot be brought back any more, and what is to go with it is being deleted.
 * - `gone`: that is done.
 * - `undone`: it is in its library again.
 */
export type RemovedModelState = (typeof REMOVED_MODEL_STATES)[number];

/** Which state may follow which. */
export const REMOVED_MODEL_MOVES: Readonly<Record<RemovedModelState, readonly RemovedModelState[]>> = {
  kept: ['going', 'undone'],
  going: ['gone'],
  gone: [],
  undone: [],
};

/** @throws AppError state_transition */
export const assertRemovedModelMove = (from: RemovedModelState, to: RemovedModelState): void => {
  if (REMOVED_MODEL_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A removed model cannot go from ${from} to ${to}.`);
};
