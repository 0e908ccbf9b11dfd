import { AppError, isTransient } from '../../domain/errors.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { type Clock, startWait } from '../../lib/clock.ts';

/** What a card may say when nothing moves. */
export interface Note {
  readonly kind: 'stalled' | 'rate_limited' | 'corrupt';
  /** How long it still waits, in milliseconds. */
  readonly leftMs?: number | undefined;
}

/** How long a file's failures are borne, and when it may be tried again. */
export interface Backoff {
  /** @param progressed bytes came before it failed @returns how long to wait in milliseconds; undefined: no more */
  readonly failed: (error: unknown, progressed: boolean) => number | undefined;
  readonly mayTry: () => boolean;
  readonly moved: () => void;
  readonly say: (note: Note) => void;
  readonly note: () => Note | undefined;
}

/** Failures in a row without a byte, until it is the queue's turn to decide. */
const FAILURES_MOST = 5;
/** The first of them is after bytes that came: after a failure without any it is twice as long. */
const PAUSES = { firstMs: 300, mostMs: 8000 } as const;
/** Waits that the other side asks for are waited here up to this; longer ones are the queue's. */
const WAIT_MOST_MS = 60_000;

const noteOf = (error: unknown, asked: boolean): Note | undefined => {
  if (asked) return { kind: 'rate_limited' };
  return error instanceof AppError && error.code === 'stalled' ? { kind: 'stalled' } : undefined;
};

/** Nothing has failed at first. */
export const createBackoff = (clock: Clock): Backoff => {
  let failures = 0;
  let leftMs = (): number => 0;
  let note: Note | undefined;
  return {
    failed: (error, progressed) => {
      // Connections break together: what fails while it waits already is no further failure.
      if (progressed) failures = 0;
      else if (leftMs() <= 0) failures += 1;
      const askedMs = error instanceof AppError ? (error.retryAfterMs ?? 0) : 0;
      if (!isTransient(error) || failures >= FAILURES_MOST || askedMs > WAIT_MOST_MS) return undefined;
      const pauseMs = Math.max(askedMs, backoffMs(failures, PAUSES));
      if (pauseMs > leftMs()) leftMs = startWait(clock, pauseMs);
      note = noteOf(error, askedMs > 0) ?? note;
      return pauseMs;
    },
    mayTry: () => leftMs() <= 0,
    moved: () => {
      failures = 0;
      if (note?.kind !== 'corrupt') note = undefined;
    },
    say: (said) => {
      note = said;
    },
    note: () => (note?.kind === 'rate_limited' ? { ...note, leftMs: leftMs() } : note),
  };
};
