import { assert } from '../../lib/assert.ts';

export const BLOB_STATES = [
  'waiting',
  'opening',
  'asking',
  'gathering',
  'fetching',
  'verifying',
  'publishing',
  'discarding',
  'stopping',
  'saving',
  'closing',
  'done',
  'failed',
] as const;

/**
 * - `waiting`: for its turn, and for whoever is on the way out with the same file. Nothing of it is touched.
 * - `opening`: the partial file is opened, and what is noted of it read. Before that there is nothing to save.
 * - `asking`: somebody finds out what of it lies on this machine already. Meanwhile idle connections may fetch the first of it.
 * - `gathering`: what of it lies on this machine already, in another file, is copied. It ends by itself when it is given up.
 * - `fetching`: connections take ranges of it. It waits for them; the last one that ends has it go on.
 * - `verifying`: everything is written, and hashed to its end.
 * - `publishing`: it gets its final name.
 * - `discarding`: it arrived damaged, and is thrown away.
 * - `stopping`: it is given up, and its connections end first. What they write until then is saved.
 * - `saving`: what has been written is saved and noted; where nothing has, nothing stays.
 * - `closing`: nothing is to be saved, or it has been.
 * - `done`, `failed`: whoever waited for it knows.
 */
export type BlobState = (typeof BLOB_STATES)[number];

/** Where bytes are written, which have to be noted. */
export const WRITTEN_IN: ReadonlySet<BlobState> = new Set(['asking', 'gathering', 'fetching']);

/** What may follow a state. */
interface BlobMoves {
  /** What it chooses from. */
  readonly next: readonly BlobState[];
  /** What an error leads to, which chooses nothing. */
  readonly failed?: BlobState;
  /** What follows at once when it is given up: nobody wants it any more, or it has failed for good. */
  readonly givenUp?: BlobState;
  /** The same where it is not stopped half-way: what follows instead of what it has chosen. */
  readonly givenUpMeanwhile?: BlobState;
}

/** Which state may follow which. Where being given up leads nowhere, what it has begun decides, as if it had not been. */
export const BLOB_MOVES: Readonly<Record<BlobState, BlobMoves>> = {
  waiting: { next: ['opening'], givenUp: 'closing' },
  opening: { next: ['asking', 'fetching', 'verifying'], failed: 'closing', givenUpMeanwhile: 'saving' },
  asking: { next: ['gathering', 'fetching'], failed: 'stopping', givenUpMeanwhile: 'stopping' },
  gathering: { next: ['fetching', 'verifying'], failed: 'stopping', givenUpMeanwhile: 'stopping' },
  fetching: { next: ['verifying'], givenUp: 'stopping' },
  verifying: { next: ['publishing', 'discarding'], failed: 'saving', givenUp: 'saving' },
  publishing: { next: ['done'], failed: 'saving' },
  discarding: { next: ['opening'], failed: 'closing', givenUpMeanwhile: 'closing' },
  stopping: { next: ['saving'] },
  saving: { next: ['closing'] },
  closing: { next: ['failed'] },
  done: { next: [] },
  failed: { next: [] },
};

const isBlobMove = (from: BlobState, to: BlobState): boolean => {
  const { next, failed, givenUp, givenUpMeanwhile } = BLOB_MOVES[from];
  return to === failed || to === givenUp || to === givenUpMeanwhile || next.includes(to);
};

/** @throws Error if the table does not have it: a fault of ours */
export const assertBlobMove = (from: BlobState, to: BlobState): void => {
  // Asked for every small file: the sentence is made only where it is said.
  if (!isBlobMove(from, to)) assert(false, `a blob went from ${from} to ${to}`);
};
