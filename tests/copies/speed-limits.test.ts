import { describe, expect, it } from 'vitest';
import { createSpeedLimits } from '../../src/copies/speed-limits.ts';

const never = new AbortController().signal;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Limits on a clock that moves when it is told to, with all that waits. */
const setUp = () => {
  let now = 0;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const limits = createSpeedLimits(
    { monotonic: () => now },
    (ms) => new Promise((resolve) => sleepers.push({ at: now + ms, wake: resolve })),
  );
  return {
    limits,
    /** Lets so much time pass, with everybody waking in time. */
    pass: async (ms: number): Promise<void> => {
      const until = now + ms;
      for (;;) {
        await settled();
        sleepers.sort((left, right) => left.at - right.at);
        if ((sleepers[0]?.at ?? Infinity) > until) break;
        const next = sleepers.shift();
        now = Math.max(now, next?.at ?? now);
        next?.wake();
      }
      now = until;
    },
  };
};

/** Takes a thousand bytes again and again. @returns how many were let through */
const takeFrom = (job: ReturnType<ReturnType<typeof setUp>['limits']['forJob']>): (() => number) => {
  let taken = 0;
  const run = async (): Promise<void> => {
    while (taken < 10_000_000) {
      await job.current()?.allow(1000, never);
      taken += 1000;
    }
  };
  void run();
  return () => taken;
};

describe('speed limits by name', () => {
  it('are shared by the jobs that name them, and by no others', async () => {
    const { limits, pass } = setUp();
    const [one, two, other] = [limits.forJob(), limits.forJob(), limits.forJob()];
    one.set({ name: 'a', bytesPerSecond: 100_000 });
    two.set({ name: 'a', bytesPerSecond: 100_000 });
    other.set({ name: 'b', bytesPerSecond: 100_000 });
    const [byOne, byTwo, byOther] = [one, two, other].map(takeFrom);
    await pass(10_000);
    const [first, second, third] = [byOne?.() ?? 0, byTwo?.() ?? 0, byOther?.() ?? 0];
    // A tenth of a second may come at once.
    for (const all of [first + second, third]) {
      expect(all).toBeGreaterThan(990_000);
      expect(all).toBeLessThanOrEqual(1_015_000);
    }
    expect(Math.abs(first - second)).toBeLessThanOrEqual(20_000);
  });

  it('change for all that wait, and go with the last job that names them', async () => {
    const { limits, pass } = setUp();
    const [one, two] = [limits.forJob(), limits.forJob()];
    one.set({ name: 'a', bytesPerSecond: 1 });
    two.set({ name: 'a', bytesPerSecond: 1 });
    const byOne = takeFrom(one);
    await pass(1000);
    expect(byOne()).toBe(0);
    two.set({ name: 'a', bytesPerSecond: 10_000 });
    await pass(1000);
    expect(byOne()).toBeGreaterThan(6000);
    two.set(undefined);
    await pass(1000);
    expect(byOne()).toBeLessThan(25_000);
    one.set({ name: 'a', bytesPerSecond: 1 });
    await pass(1000);
    one.set(undefined);
    await pass(1000);
    expect(byOne()).toBe(10_000_000);
    expect([one.current(), two.current()]).toEqual([undefined, undefined]);
  });
});
