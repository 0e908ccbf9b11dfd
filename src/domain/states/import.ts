import { AppError } from '../errors.ts';

export const IMPORT_STATES = ['reading', 'asking', 'bringing', 'done', 'failed', 'cancelled'] as const;

/**
 * - `reading`: what it would change is being worked out.
 * - `asking`: a person has to say whether it shall.
 * - `bringing`: its lines are done, a few at a time.
 * - `done`: all of them are, or have failed: those may be tried again.
 * - `failed`: the file cannot be read.
 * - `cancelled`: a person left it, also half-way.
 */
export type ImportState = (typeof IMPORT_STATES)[number];

/** Which state may follow which. */
export const IMPORT_MOVES: Readonly<Record<ImportState, readonly ImportState[]>> = {
  reading: ['asking', 'bringing', 'done', 'failed'],
  asking: ['bringing', 'cancelled'],
  bringing: ['done', 'cancelled'],
  done: ['bringing'],
  failed: [],
  cancelled: [],
};

/** @throws AppError state_transition */
export const assertImportMove = (from: ImportState, to: ImportState): void => {
  if (IMPORT_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `An import cannot go from ${from} to ${to}.`);
};
