/* domain: nouns and rules of ours, pure: nothing here reads a clock, a disk or a network. */

import type { SourceName } from './copy.ts';
import type { RepoType } from './listing.ts';
import type { ModelMetadata } from './model-metadata.ts';
import type { CheckFrequency } from './renewals/check-frequency.ts';
import type { ModelStatus, PendingReason } from './states/model.ts';

/** The most urgent first. */
export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** In characters, as people count them. */
export const TITLE_MOST = 120;
export const DESCRIPTION_MOST = 4000;
/** Automatic retries of one model. */
export const RETRIES_MOST = 100;

/** An entry in a chat's library. Times are ISO 8601, UTC. */
export interface Model {
  readonly id: number;
  readonly chatId: number;
  readonly source: SourceName;
  /** Of a file from a web address: where it is. Shown by `shownAddress` only: it may hold what lets its bearer in. */
  readonly sourceUrl: string | null;
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
  /** What people here call it. */
  readonly title: string | null;
  readonly description: string | null;
  readonly priority: Priority;
  /** False: stays in the library, but the queue passes it over. */
  readonly enabled: boolean;
  readonly pinned: boolean;
  readonly category: string | null;
  /** Automatic retries of a session; null: as for all. */
  readonly maxRetries: number | null;
  /** How often it is looked whether its branch has moved; null: as for its chat. */
  readonly checkFrequency: CheckFrequency | null;
  /** The host on which the copy that it wants lies, or shall lie. */
  readonly hostId: number;
  /** What that is called; nothing if it is the machine of the bot. */
  readonly hostName?: string | null;
  /** The copy that it wants, and the one that it has: completed when both are the same. */
  readonly wantsCopyId: number | null;
  readonly copyId: number | null;
  /** Of the copy that it wants; null if it was made without one. */
  readonly commitSha: string | null;
  /** How many files of the copy that it has something else has removed or damaged, as far as anybody has looked. */
  readonly filesGone: number;
  /** Of these: those that are there, and are not what they were. */
  readonly filesBroken: number;
  readonly canonicalName: string | null;
  readonly license: string | null;
  readonly requestedBy: number | null;
  /** Whose token it takes; null: that of the machine, or none. */
  readonly tokenOf: number | null;
  /** Downloaded while its chat's schedule is open only. */
  readonly scheduled: boolean;
  /** Downloaded when a person says so, and not by itself. */
  readonly onDemand: boolean;
  /** It is looked into as soon as it is here: is it whole, does it fit. */
  readonly init: boolean;
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

/** Whether there is a copy of it, whole: of what is complete, and of what is being changed, brought up to date or moved, until that has come. */
export const hasCopy = ({ status, copyId }: Pick<Model, 'status' | 'copyId'>): boolean =>
  status === 'completed' || copyId !== null;

/** Whether it waits for its chat's schedule, and takes a place in it. */
export const isScheduled = ({ scheduled, onDemand, runNow }: Model): boolean => scheduled && !onDemand && !runNow;
