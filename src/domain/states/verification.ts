import { AppError } from '../errors.ts';

export const VERIFICATION_STATES = ['reading', 'done', 'cancelled'] as const;

/**
 * - `reading`: something of it is read, or will be when its turn has come; after a restart too.
 * - `done`: all of it was read, or had to be left out.
 * - `cancelled`: a person left it; what was read until then stays known.
 */
export type VerificationState = (typeof VERIFICATION_STATES)[number];

/** Which state may follow which. */
export const VERIFICATION_MOVES: Readonly<Record<VerificationState, readonly VerificationState[]>> = {
  reading: ['done', 'cancelled'],
  done: [],
  cancelled: [],
};

/** @throws AppError state_transition */
export const assertVerificationMove = (from: VerificationState, to: VerificationState): void => {
  if (VERIFICATION_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A verification cannot go from ${from} to ${to}.`);
};
