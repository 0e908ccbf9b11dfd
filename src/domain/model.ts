import { AppError } from './errors.ts';
import type { RepoType } from './listing.ts';
import type { ModelMetadata } from './model-metadata.ts';

export const MODEL_STATUSES = ['pending', 'downloading', 'completed', 'failed', 'paused'] as const;

/**
 * - `pending`: waits for its turn; `statusReason` says what for if not just for its turn.
 * - `downloading`: the queue runs it. After a crash it is put back to pending at its place.
 * - `completed`: everything is on disk, verified. A newer revision or a repair makes it pending again.
 * - `failed`: a person has to decide; retry makes it pending.
 * - `paused`: a person stopped it and a person goes on with it.
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

export const canMove = (from: ModelStatus, to: ModelStatus): boolean => MODEL_MOVES[from].includes(to);

/** @throws AppError state_transition that says what the model could become */
export const assertMove = (from: ModelStatus, to: ModelStatus): void => {
  if (canMove(from, to)) return;
  throw new AppError(
    'state_transition',
    `A model cannot go from ${from} to ${to}; it could become ${MODEL_MOVES[from].join(' or ')}.`,
  );
};

export const isModelStatus = (text: string): text is ModelStatus => MODEL_STATUSES.some((status) => status === text);

/** What people call it: what a person cancelled is kept as `paused`, and is something else to everybody who reads. */
export const STATUS_WORDS = [...MODEL_STATUSES, 'cancelled'] as const;
export type StatusWord = (typeof STATUS_WORDS)[number];

export const isStatusWord = (text: string): text is StatusWord => STATUS_WORDS.some((word) => word === text);

/** The most urgent first. */
export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

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

/** An entry in a chat's library. Times are ISO 8601, UTC. */
export interface Model {
  readonly id: number;
  readonly chatId: number;
  readonly source: 'hub';
  readonly repoType: RepoType;
  /** The repository's id as typed. */
  readonly name: string;
  /** Branch, tag or commit as typed. */
  readonly revision: string;
  /** Canonical JSON, see selection.ts. */
  readonly selection: string;
  readonly status: ModelStatus;
  /** null unless pending. */
  readonly statusReason: PendingReason | null;
  readonly sizeBytes: number | null;
  /** Absolute path of the snapshot. */
  readonly downloadPath: string | null;
  readonly description: string | null;
  readonly priority: Priority;
  /** False: stays in the library, but the queue passes it over. */
  readonly enabled: boolean;
  readonly pinned: boolean;
  readonly category: string | null;
  readonly commitSha: string | null;
  readonly canonicalName: string | null;
  readonly license: string | null;
  readonly requestedBy: number | null;
  /** Downloaded while its chat's schedule is open only. */
  readonly scheduled: boolean;
  /** Downloaded when a person says so, and not by itself. */
  readonly onDemand: boolean;
  /** Passes the schedule's gate. */
  readonly runNow: boolean;
  /** Not to be run before (back-off). null unless pending. */
  readonly notBefore: string | null;
  /** Its place in the order. */
  readonly queuedAt: string;
  readonly createdAt: string;
  /** Later with every change, even of the same millisecond: two equal ones mean that nothing has changed. */
  readonly updatedAt: string;
  readonly metadata: ModelMetadata | null;
}
