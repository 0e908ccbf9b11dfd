import { AppError } from '../errors.ts';

export const COPY_STATES = ['listing', 'wanted', 'complete', 'left', 'going'] as const;

/**
 * - `listing`: its list of files is being written down, or is whole and nobody wants it yet. At a start nobody's.
 * - `wanted`: some model wants it, and it is not complete.
 * - `complete`: everything is on the disk, verified.
 * - `left`: it lies on the disk, and no model has or wants it; its list is not known any more.
 * - `going`: it is being taken away; nothing can want it any more.
 */
export type CopyState = (typeof COPY_STATES)[number];

/** Which state may follow which. */
export const COPY_MOVES: Readonly<Record<CopyState, readonly CopyState[]>> = {
  listing: ['wanted', 'going'],
  wanted: ['complete', 'going', 'left'],
  complete: ['complete', 'wanted', 'left', 'going'],
  left: ['listing'],
  going: [],
};

/** @throws AppError state_transition */
export const assertCopyMove = (from: CopyState, to: CopyState): void => {
  if (COPY_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A copy cannot go from ${from} to ${to}.`);
};
