import type { Shared } from './fair-share.ts';
import type { Lane } from './lane.ts';

/** A blob as far as it matters how long its segments are. */
interface Sized extends Shared {
  readonly blob: { readonly leftBytes: () => number };
}

/** Shorter segments cost more in requests than they bring in even shares. */
const SEGMENT_LEAST = 2 * 1024 * 1024;
/** Longer segments would keep other jobs waiting for a connection, where there are few. */
const SEGMENT_MOST = 32 * 1024 * 1024;
/** All segments under way together are no longer than this: what lies behind a gap cannot be hashed before it is filled. */
const WINDOW = 256 * 1024 * 1024;
/** A segment is at most one part in so many of what was given out before: the first ones are short, so that they end in order. */
const RAMP = 4;

/**
 * Shorter and shorter towards the end of a job, so that all its connections end together.
 * @param connections how many there are; the jobs of the lane share them
 * @param taken bytes given to connections since they were last all idle
 * @returns how long the next segment of a blob with these takers may be, in bytes
 */
export const segmentBytesFor = <E extends Sized>(
  { takers }: Shared,
  { jobs, opened, waiting }: Pick<Lane<E>, 'jobs' | 'opened' | 'waiting'>,
  connections: number,
  taken: number,
): number => {
  const longest = Math.min(SEGMENT_MOST, Math.floor(WINDOW / connections), Math.floor(taken / RAMP));
  const most = Math.max(SEGMENT_LEAST, longest);
  const share = Math.ceil(connections / Math.max(1, jobs.size));
  let left = 0;
  for (const entries of [opened, waiting]) {
    for (const entry of entries) {
      if (entry.takers.some((taker) => takers.includes(taker))) left += entry.blob.leftBytes();
      if (left >= share * most) return most;
    }
  }
  return Math.max(SEGMENT_LEAST, Math.ceil(left / share));
};
