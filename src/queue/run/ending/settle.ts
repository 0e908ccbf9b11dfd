import { AppError, type ErrorCode, isBusy, messageOf } from '../../../domain/errors.ts';
import { ACCESS_LOOKS_MOST, accessDelayMs } from '../../../domain/failures/access.ts';
import type { AccessNeeded } from '../../../domain/session.ts';
import { fateOf, retryDelayMs } from '../../../domain/failures/retry.ts';
import type { Moved } from '../moved.ts';
import type { StopKind } from '../stop-reason.ts';

/** What becomes of a model and its session after a run. */
export type Settlement =
  | { readonly kind: 'completed'; readonly snapshotPath: string; readonly sizeBytes: number }
  /** Somebody stopped it and has moved its row already. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'shutdown' }
  /** Its host went away in the middle: it is taken up at its place when that is back. */
  | { readonly kind: 'host_away' }
  /** Its commit is gone, and its branch leads to another one: that is fetched next. */
  | { readonly kind: 'moved'; readonly to: Moved }
  | { readonly kind: 'no_space'; readonly message: string }
  | {
      readonly kind: 'backoff';
      readonly delayMs: number;
      readonly retryCount: number;
      readonly message: string;
      readonly code: ErrorCode | undefined;
    }
  | { readonly kind: 'access'; readonly delayMs: number; readonly access: AccessNeeded; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly code: ErrorCode | undefined;
      readonly stack: string | undefined;
      readonly access?: AccessNeeded | undefined;
    };

export interface Attempt {
  /** Why the run was stopped, if it was. */
  readonly stopped: StopKind | undefined;
  /** Its host is not heard of: that says nothing of the download. */
  readonly isAway?: boolean;
  /** Automatic retries of this session so far. */
  readonly retryCount: number;
  readonly maxRetries: number;
  /** What the session waited for before this try. */
  readonly access?: AccessNeeded | undefined;
  /** Bytes that came from the network in this run. */
  readonly bytesReceived: number;
  /** 0 ≤ x < 1 */
  readonly random: number;
  /** What to look for in the log if the fault is ours. */
  readonly reference: string;
}

/** What has to be given before another try makes sense; undefined: something else is wrong. */
const accessNeeded = (error: unknown, { access, bytesReceived }: Attempt): AccessNeeded | undefined => {
  if (!(error instanceof AppError)) return undefined;
  const { code, page } = error;
  if (code !== 'gated' && code !== 'unauthorized') return undefined;
  const looks = access?.code === code && bytesReceived === 0 ? access.looks + 1 : 0;
  return { code, looks, ...(page === undefined ? {} : { page }) };
};

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);

/**
 * A stall, or a used-up limit, after which bytes came is weather; one without a byte since the last one is an attempt. That
 * the database was busy says nothing about the download.
 */
const costsAnAttempt = (error: unknown, { bytesReceived }: Attempt): boolean =>
  !isBusy(error) &&
  !(error instanceof AppError && (error.code === 'stalled' || error.code === 'rate_limited') && bytesReceived > 0);

/** A pure rule: what follows from why a run ended. Interrupts, a host that is away and lack of room cost no attempt. */
export const settle = (error: unknown, attempt: Attempt): Settlement => {
  const { stopped, maxRetries, random, reference } = attempt;
  if (stopped !== undefined) return { kind: stopped === 'shutdown' ? 'shutdown' : 'stopped' };
  if (attempt.isAway === true) return { kind: 'host_away' };
  const fate = fateOf(error);
  const message = messageOf(error);
  const code = error instanceof AppError ? error.code : undefined;
  if (fate === 'wait') return { kind: 'no_space', message };
  if (fate === 'retry') {
    const retryCount = attempt.retryCount + (costsAnAttempt(error, attempt) ? 1 : 0);
    if (retryCount <= maxRetries) {
      const retryAfterMs = error instanceof AppError ? error.retryAfterMs : undefined;
      const delayMs = retryDelayMs(Math.max(1, retryCount), retryAfterMs, random);
      return { kind: 'backoff', delayMs, retryCount, message, code };
    }
  }
  const access = accessNeeded(error, attempt);
  // Who owns a token may be away for longer than a day, and does not want to find a hundred failures.
  if (access && (access.code === 'unauthorized' || access.looks < ACCESS_LOOKS_MOST))
    return { kind: 'access', delayMs: accessDelayMs(access.looks, random), access, message };
  const givenUp = access ? ' I have looked for a day and do not look by myself any more.' : '';
  const hint = error instanceof AppError ? '' : ` Look there for ${reference}.`;
  return { kind: 'failed', code, message: `${message}${givenUp}${hint}`, stack: stackOf(error), access };
};
