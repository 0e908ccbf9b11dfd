import { AppError } from '../errors.ts';

export const ADD_REQUEST_STATES = ['looking_up', 'choosing', 'added', 'failed', 'cancelled'] as const;

/**
 * - `looking_up`: the source is asked, or will be when its turn has come; again after a fault that may pass.
 * - `choosing`: a person has to say which of several is meant, or to do without what cannot be stored.
 * - `added`: it became a model, or is one that the library had.
 * - `failed`: a person may have it looked up again, or what was most likely meant instead; where a repository is gated, it is looked
 *   by itself for a day whether it may be read.
 * - `cancelled`: a person left it.
 */
export type AddRequestState = (typeof ADD_REQUEST_STATES)[number];

/**
 * Which state may follow which. Where a state may follow itself, only what belongs to it changes. What a person left or
 * what became a model stays so.
 */
export const ADD_REQUEST_MOVES: Readonly<Record<AddRequestState, readonly AddRequestState[]>> = {
  looking_up: ['looking_up', 'choosing', 'added', 'failed', 'cancelled'],
  choosing: ['looking_up', 'added', 'cancelled'],
  failed: ['failed', 'looking_up', 'cancelled'],
  added: [],
  cancelled: [],
};

/** @throws AppError state_transition */
export const assertRequestMove = (from: AddRequestState, to: AddRequestState): void => {
  if (ADD_REQUEST_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A request cannot go from ${from} to ${to}.`);
};
