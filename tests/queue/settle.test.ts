import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { StopReason } from '../../src/queue/run/stop-reason.ts';
import { type Attempt, settle } from '../../src/queue/run/ending/settle.ts';

const attempt: Attempt = {
  stopped: undefined,
  retryCount: 0,
  maxRetries: 5,
  bytesReceived: 0,
  random: 0.5,
  reference: '0b5c',
};

describe('settle', () => {
  it.each([
    ['pause', 'stopped'],
    ['cancel', 'stopped'],
    ['held', 'stopped'],
    ['shutdown', 'shutdown'],
  ] as const)('a run stopped by %s is %s, whatever else went wrong', (stopped, settled) => {
    expect(settle(new StopReason(stopped), { ...attempt, stopped })).toEqual({ kind: settled });
    expect(settle(new AppError('gated', 'No.'), { ...attempt, stopped })).toEqual({ kind: settled });
    expect(settle(new TypeError('x'), { ...attempt, stopped })).toEqual({ kind: settled });
  });

  it.each(['unreachable', 'rate_limited', 'unavailable', 'stalled', 'changed', 'corrupt'] as const)(
    '%s is tried again five times and then fails',
    (code) => {
      const error = new AppError(code, 'A reason.');
      expect(settle(error, attempt)).toMatchObject({ kind: 'backoff', retryCount: 1 });
      expect(settle(error, { ...attempt, retryCount: 4 })).toMatchObject({ kind: 'backoff', retryCount: 5 });
      expect(settle(error, { ...attempt, retryCount: 5 })).toMatchObject({ kind: 'failed', message: 'A reason.' });
    },
  );

  it('without retries fails at the first try', () => {
    expect(settle(new AppError('unreachable', 'A reason.'), { ...attempt, maxRetries: 0 }).kind).toBe('failed');
  });

  it('waits longer with each retry, and as long as the other side asked for', () => {
    expect(settle(new AppError('unreachable', 'x'), attempt)).toMatchObject({ delayMs: 5000 });
    expect(settle(new AppError('unreachable', 'x'), { ...attempt, retryCount: 2 })).toMatchObject({ delayMs: 80_000 });
    const asked = new AppError('rate_limited', 'x', { retryAfterMs: 55_000 });
    expect(settle(asked, { ...attempt, random: 0 })).toMatchObject({ delayMs: 55_000 });
  });

  it.each(['not_found', 'forbidden', 'integrity', 'validation', 'operational'] as const)('%s fails at once', (code) => {
    expect(settle(new AppError(code, 'A reason.'), attempt)).toMatchObject({ kind: 'failed', message: 'A reason.' });
  });

  it('a busy database costs nothing, however often', () => {
    expect(settle(new AppError('busy', 'x'), { ...attempt, retryCount: 5 })).toMatchObject({
      kind: 'backoff',
      retryCount: 5,
    });
  });

  it('lack of room waits and costs nothing', () => {
    expect(settle(new AppError('no_space', 'Full.'), { ...attempt, retryCount: 5 })).toEqual({
      kind: 'no_space',
      message: 'Full.',
    });
  });

  it.each(['stalled', 'rate_limited'] as const)('%s costs a try only if no byte came', (code) => {
    const stall = new AppError(code, 'No data.');
    expect(settle(stall, { ...attempt, bytesReceived: 1, retryCount: 5 })).toMatchObject({
      kind: 'backoff',
      retryCount: 5,
    });
    expect(settle(stall, { ...attempt, retryCount: 5 })).toMatchObject({ kind: 'failed' });
    expect(settle(new AppError('unreachable', 'x'), { ...attempt, bytesReceived: 1 })).toMatchObject({ retryCount: 1 });
  });

  it('a fault of ours fails without showing its insides, and says where to look', () => {
    const fault = new TypeError('x is not a function');
    const settled = settle(fault, attempt);
    expect(settled).toMatchObject({ kind: 'failed', stack: fault.stack });
    expect(JSON.stringify({ ...settled, stack: '' })).not.toContain('not a function');
    expect(settled).toMatchObject({ message: expect.stringContaining('0b5c') as string });
  });
});
