import { AppError } from '../errors.ts';

export const BACKUP_STATES = ['wanted', 'done', 'failed'] as const;

/**
 * - `wanted`: it is being made, or will be; after a restart from its beginning.
 * - `done`: it lies there, and was opened and checked.
 * - `failed`: nothing of it is left, and why is said.
 */
export type BackupState = (typeof BACKUP_STATES)[number];

/** Which state may follow which. */
export const BACKUP_MOVES: Readonly<Record<BackupState, readonly BackupState[]>> = {
  wanted: ['done', 'failed'],
  done: [],
  failed: [],
};

/** @throws AppError state_transition */
export const assertBackupMove = (from: BackupState, to: BackupState): void => {
  if (BACKUP_MOVES[from].includes(to)) return;
  throw new AppError('state_transition', `A backup cannot go from ${from} to ${to}.`);
};
