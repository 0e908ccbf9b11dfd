import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../src/domain/errors.ts';
import { type Fate, fateOf, retryDelayMs } from '../../src/domain/failures/retry.ts';

/** All codes: a new one has to be decided here. */
const FATES: Readonly<Record<ErrorCode, Fate>> = {
  validation: 'fail',
  constraint: 'fail',
  not_found: 'fail',
  state_transition: 'fail',
  integrity: 'fail',
  operational: 'fail',
  connection: 'retry',
  unreachable: 'retry',
  gone: 'fail',
  gated: 'fail',
  unauthorized: 'fail',
  forbidden: 'fail',
  rate_limited: 'retry',
  unavailable: 'retry',
  stalled: 'retry',
  changed: 'retry',
  corrupt: 'retry',
  no_space: 'wait',
  held: 'fail',
  configuration: 'fail',
  refused_token: 'fail',
  busy: 'retry',
};

describe('what a failure means', () => {
  it.each(Object.entries(FATES) as [ErrorCode, Fate][])('%s: %s', (code, fate) => {
    expect(fateOf(new AppError(code, 'A reason.'))).toBe(fate);
  });

  it('a fault of ours is not tried again', () => {
    expect(fateOf(new TypeError('x is not a function'))).toBe('fail');
    expect(fateOf('no error at all')).toBe('fail');
  });
});

describe('the pause before a retry', () => {
  it('grows fourfold from five seconds to ten minutes', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 1000].map((attempt) => retryDelayMs(attempt, undefined, 0.5));
    expect(pauses).toEqual([5000, 20_000, 80_000, 320_000, 600_000, 600_000, 600_000]);
  });

  it('is spread by chance, 15 % to either side', () => {
    expect(retryDelayMs(1, undefined, 0)).toBe(4250);
    expect(retryDelayMs(1, undefined, 0.999_999)).toBe(5750);
    expect(retryDelayMs(5, undefined, 0)).toBe(510_000);
  });

  it('is never shorter than what the other side asked for, and spread beyond it', () => {
    expect(retryDelayMs(1, 60_000, 0)).toBe(60_000);
    expect(retryDelayMs(1, 60_000, 0.5)).toBe(62_500);
    expect(retryDelayMs(5, 60_000, 0.5)).toBe(600_000);
  });

  it('ends after a day, whatever the other side asked for', () => {
    expect(retryDelayMs(1, Number.POSITIVE_INFINITY, 0)).toBe(24 * 3_600_000);
  });

  it('is the first one for an attempt that did not count', () => {
    expect(retryDelayMs(0, undefined, 0.5)).toBe(5000);
  });
});
