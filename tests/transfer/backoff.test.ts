import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { createBackoff } from '../../src/transfer/engine/backoff.ts';
import { createTestClock } from '../helpers/clock.ts';

const broken = new AppError('unreachable', 'It broke.');

describe('backoff', () => {
  it('waits longer after each failure without a byte and ends after the fifth', () => {
    const clock = createTestClock();
    const backoff = createBackoff(clock);
    const pauses: (number | undefined)[] = [];
    for (let count = 0; count < 5; count += 1) {
      const pause = backoff.failed(broken, false);
      pauses.push(pause);
      expect(backoff.mayTry()).toBe(pause === undefined);
      clock.pass(pause ?? 0);
      expect(backoff.mayTry()).toBe(true);
    }
    expect(pauses.slice(0, 4).every((pause, at) => pause !== undefined && pause > (pauses[at - 1] ?? 0))).toBe(true);
    expect(pauses[4]).toBeUndefined();
  });

  it('counts connections that break together as one failure', () => {
    const clock = createTestClock();
    const backoff = createBackoff(clock);
    for (let connection = 0; connection < 16; connection += 1) {
      expect(backoff.failed(broken, false)).toBeDefined();
    }
  });

  it('begins anew with every byte', () => {
    const clock = createTestClock();
    const backoff = createBackoff(clock);
    for (let count = 0; count < 50; count += 1) {
      clock.pass(backoff.failed(broken, count % 2 === 0) ?? Number.NaN);
      expect(backoff.mayTry()).toBe(true);
    }
    backoff.failed(new AppError('stalled', 'Nothing came.'), false);
    expect(backoff.note()).toEqual({ kind: 'stalled' });
    backoff.moved();
    expect(backoff.note()).toBeUndefined();
  });

  it('gives up at once on what time does not mend, and on a fault of ours', () => {
    const backoff = createBackoff(createTestClock());
    expect(backoff.failed(new AppError('not_found', 'It is gone.'), false)).toBeUndefined();
    expect(backoff.failed(new TypeError('a bug'), true)).toBeUndefined();
  });

  it('waits as long as it was asked up to a minute and says how long; longer waits are the queue’s', () => {
    const clock = createTestClock();
    const backoff = createBackoff(clock);
    const limited = (retryAfterMs: number) => new AppError('rate_limited', 'Too many.', { retryAfterMs });
    expect(backoff.failed(limited(60_000), false)).toBe(60_000);
    expect(backoff.note()).toEqual({ kind: 'rate_limited', leftMs: 60_000 });
    clock.pass(59_999);
    expect(backoff.mayTry()).toBe(false);
    clock.pass(1);
    expect(backoff.mayTry()).toBe(true);
    expect(backoff.failed(limited(60_001), true)).toBeUndefined();
  });
});

describe('with the clock set meanwhile', () => {
  it.each([
    ['back by an hour', -3_600_000],
    ['back by a second', -1000],
  ])('%s, waits no longer', (_, byMs) => {
    const clock = createTestClock();
    const backoff = createBackoff(clock);
    const pauseMs = backoff.failed(broken, false) ?? Number.NaN;
    clock.turn(byMs);
    clock.pass(pauseMs - 1);
    expect(backoff.mayTry()).toBe(false);
    clock.pass(1);
    expect(backoff.mayTry()).toBe(true);
  });

  it('forward, as after a sleep, tries at once what the other side wanted left alone until then', () => {
    const clock = createTestClock();
    const backoff = createBackoff(clock);
    backoff.failed(new AppError('rate_limited', 'Too many.', { retryAfterMs: 60_000 }), false);
    clock.turn(8 * 3_600_000);
    expect(backoff.mayTry()).toBe(true);
    expect(backoff.note()).toEqual({ kind: 'rate_limited', leftMs: 0 });
  });
});
