import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/lib/rate-limit.ts';

/** A clock that only moves when everybody waits, to the moment the first of them is to wake. */
const setUp = (rate: number | undefined) => {
  let now = 0;
  const current = { rate };
  const sleepers: { at: number; wake: () => void }[] = [];
  const limit = createRateLimit(
    () => current.rate,
    { monotonic: () => now },
    (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        sleepers.push({ at: now + ms, wake: resolve });
      }),
  );
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    limit,
    current,
    now: () => now,
    forward: (ms: number) => (now += ms),
    /** Lets time pass until this is done or `mostMs` have gone by. */
    until: async (work: Promise<unknown>, mostMs = 1_000_000) => {
      let done = false;
      work.then(
        () => (done = true),
        () => (done = true),
      );
      await settled();
      while (!done && now < mostMs) {
        sleepers.sort((left, right) => left.at - right.at);
        const next = sleepers.shift();
        if (!next) throw new Error('everybody waits for nothing');
        now = Math.max(now, next.at);
        next.wake();
        await settled();
      }
      return done;
    },
  };
};
const never = new AbortController().signal;

describe('the allowance', () => {
  it('lets through as much as its rate says, however many take from it', async () => {
    const { limit, until, now } = setUp(1_000_000);
    const taker = async (): Promise<void> => {
      for (let count = 0; count < 20; count += 1) await limit(65_536, never);
    };
    await until(Promise.all([taker(), taker(), taker(), taker()]));
    const bytes = 4 * 20 * 65_536;
    // The burst at the beginning is free; each sleep is rounded up to a millisecond.
    expect(bytes / 1_000_000).toBeLessThanOrEqual((now() + 100) / 1000);
    expect(bytes / 1_000_000).toBeGreaterThan((now() - 200) / 1000);
  });

  it('without a rate lets everything through at once', async () => {
    const { limit, now } = setUp(undefined);
    await limit(Number.MAX_SAFE_INTEGER, never);
    await limit(1e15, never);
    expect(now()).toBe(0);
  });

  it('frees those who wait already when the limit goes', async () => {
    const { limit, until, current, now } = setUp(1);
    const waiting = Promise.all([limit(100_000, never), limit(100_000, never)]);
    expect(await until(waiting, 2000)).toBe(false);
    current.rate = undefined;
    await until(waiting);
    expect(now()).toBeLessThan(3000);
    current.rate = 1000;
    const before = now();
    await until(limit(1000, never));
    expect(now() - before).toBeLessThanOrEqual(1000);
  });

  it('obeys a rate that is raised or lowered while somebody waits', async () => {
    const { limit, until, current, now } = setUp(10);
    const raised = limit(10_000, never);
    await until(raised, 1000);
    current.rate = 10_000;
    await until(raised);
    expect(now()).toBeLessThan(3000);
    const lowered = limit(10_000, never);
    const before = now();
    current.rate = 1000;
    await until(lowered);
    expect(now() - before).toBeGreaterThan(8000);
  });

  it('does not save up what nobody used', async () => {
    const { limit, until, forward, now } = setUp(1000);
    await until(limit(10, never));
    forward(3_600_000);
    const before = now();
    await until(limit(5000, never), before + 100_000);
    expect(now() - before).toBeGreaterThan(4000);
  });

  it('lets go of whoever is aborted while waiting', async () => {
    const { limit, until, now } = setUp(1);
    const abort = new AbortController();
    const waiting = limit(100_000, abort.signal);
    abort.abort(new Error('paused'));
    await expect(waiting).rejects.toThrow('paused');
    const before = now();
    await until(limit(1, never));
    expect(now() - before).toBeLessThan(3000);
  });
});
