import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** How fast something may go; those that share one go so fast together. */
export interface SpeedLimit {
  /** Bytes per second, asked while it runs; undefined = no limit. */
  readonly perSecond: () => number | undefined;
  /** Resolves when so many bytes may be taken in. */
  readonly allow: (bytes: number, signal: AbortSignal) => Promise<void>;
}

/** What may come at once before anybody waits, in milliseconds of the rate. */
const BURST_MS = 100;
/** Whoever waits asks for the rate again after this. */
const STEP_MS = 250;

const wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal });

/**
 * A shared allowance per second; whoever asks first is served first.
 * @param perSecond asked again and again, also for those who wait already; undefined = no limit
 * @param pause how to wait so many milliseconds; rejects if the signal is aborted
 * @returns take(amount): resolves when so much may be used; rejects if the signal is aborted
 */
export const createRateLimit = (
  perSecond: () => number | undefined,
  clock: Pick<Clock, 'monotonic'>,
  pause: typeof wait = wait,
): ((amount: number, signal: AbortSignal) => Promise<void>) => {
  /** All that was ever taken, and all that could have been taken until `earnedAt` without ever saving up. */
  let taken = 0;
  let earned = 0;
  let earnedAt = clock.monotonic();

  const earn = (rate: number): void => {
    const now = clock.monotonic();
    // Time that nobody used is not saved up beyond the burst.
    earned = Math.min(earned + ((now - earnedAt) * rate) / 1000, taken + (rate * BURST_MS) / 1000);
    earnedAt = now;
  };

  return async (amount, signal) => {
    const first = perSecond();
    if (first !== undefined) earn(first);
    taken += amount;
    const due = taken;
    try {
      for (let rate = first; rate !== undefined && earned < due; ) {
        await pause(Math.min(STEP_MS, Math.ceil(((due - earned) / rate) * 1000)), signal);
        rate = perSecond();
        if (rate !== undefined) earn(rate);
      }
    } catch (error) {
      // Not used: those behind must not wait for it.
      earned += amount;
      throw error;
    }
    // Without a limit, or past it: nobody behind has to pay for this.
    earned = Math.max(earned, due);
  };
};
