/* domain/failures: what a failure means: tried again, waited for, or told; and when the next try is. */

import { backoffMs } from '../../lib/backoff.ts';
import { AppError, isTransient } from '../errors.ts';

/**
 * What a failure means for a download:
 * - `retry`: time may mend it; it is tried again by itself, so many times.
 * - `wait`: it goes on by itself when there is room on the disk; costs no attempt.
 * - `fail`: only a person can mend it, or we.
 */
export type Fate = 'retry' | 'wait' | 'fail';

/** What a failure means for a download; what is no AppError is a fault of ours, and fails. */
export const fateOf = (error: unknown): Fate => {
  if (error instanceof AppError && error.code === 'no_space') return 'wait';
  return isTransient(error) ? 'retry' : 'fail';
};

/** Between automatic tries; from the fifth on it is the longest. */
const PAUSES = { firstMs: 5000, mostMs: 10 * 60_000, factor: 4 } as const;
/** Share of the pause that chance decides, so that many downloads do not come back at the same instant. */
const JITTER = 0.3;
/** Nobody is believed who asks for a longer wait. */
const ASKED_MOST_MS = 24 * 3_600_000;

/**
 * How long to wait before an automatic retry, in milliseconds. Five of them span a quarter of an hour: a router that
 * starts anew and most troubles of a server are over by then. Never less than the other side asked for.
 * @param attempt 1 = the first retry
 * @param retryAfterMs what the other side asked for
 * @param random 0 ≤ x < 1
 */
export const retryDelayMs = (attempt: number, retryAfterMs: number | undefined, random: number): number => {
  const jittered = backoffMs(Math.max(0, attempt - 1), PAUSES) * (1 - JITTER / 2 + JITTER * random);
  // Others were told the same time: chance is added there too, never taken away.
  const asked = retryAfterMs === undefined ? 0 : Math.min(ASKED_MOST_MS, retryAfterMs) + random * PAUSES.firstMs;
  return Math.round(Math.max(jittered, asked));
};
