/* domain/states: which state may follow which, a file for each machine; the pictures are in ARCHITECTURE.md. */

import { AppError } from '../errors.ts';

export const MODEL_STATUSES = ['pending', 'downloading', 'completed', 'failed', 'paused'] as const;

/**
 * - `pending`: waits for its turn; its reason says what for if not just for its turn.
 * - `downloading`: the queue runs it. After a crash it is put back to pending at its place.
 * - `completed`: everything is on disk, verified. A newer revision or a repair makes it pending again.
 * - `failed`: a person has to decide; retry makes it pending.
 * - `paused`: a person stopped it and a person goes on with it.
 *
 * What is not complete and has a copy all the same is being changed, brought up to date or moved. Who takes that back has it as it
 * was: `completed`, without a run, since nothing on any disk changes. The store has a way of its own for this (`takeBack`).
 */
export type ModelStatus = (typeof MODEL_STATUSES)[number];

/** Which status may follow which. Only the queue moves them. */
export const MODEL_MOVES: Readonly<Record<ModelStatus, readonly ModelStatus[]>> = {
  pending: ['downloading', 'paused'],
  downloading: ['completed', 'failed', 'paused', 'pending'],
  completed: ['pending'],
  failed: ['pending'],
  paused: ['pending'],
};

/** Whether a model may go from one status to another. */
export const canMove = (from: ModelStatus, to: ModelStatus): boolean => MODEL_MOVES[from].includes(to);

/** @throws AppError state_transition that says what the model could become */
export const assertMove = (from: ModelStatus, to: ModelStatus): void => {
  if (canMove(from, to)) return;
  throw new AppError(
    'state_transition',
    `A model cannot go from ${from} to ${to}; it could become ${MODEL_MOVES[from].join(' or ')}.`,
  );
};

/** Whether a word is a status as the column has it. */
export const isModelStatus = (text: string): text is ModelStatus => MODEL_STATUSES.some((status) => status === text);

/** What people call it: what a person cancelled is kept as `paused`, and is something else to everybody who reads. */
export const STATUS_WORDS = [...MODEL_STATUSES, 'cancelled'] as const;
export type StatusWord = (typeof STATUS_WORDS)[number];

/** Whether a word is a status as people see it. */
export const isStatusWord = (text: string): text is StatusWord => STATUS_WORDS.some((word) => word === text);

/** What a pending model waits for, where it is not just its turn. */
export const PENDING_REASONS = [
  'schedule',
  'backoff',
  'no_space',
  'shutdown',
  'interrupted',
  'window_closed',
  'held',
] as const;
export type PendingReason = (typeof PENDING_REASONS)[number];
