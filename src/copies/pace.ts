import { setTimeout as pass } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/** Work on the disk that nobody waits for. */
export interface Pace {
  /** To be called between two steps: what was worked for is left to others, as long again. @throws the signal's reason */
  readonly step: (signal: AbortSignal) => Promise<void>;
}

/** Shorter work is counted together: a rest of less is none. */
const REST_FROM_MS = 50;

/** @param rest how to leave the disk to others for so many milliseconds */
export const createPace = (
  clock: Pick<Clock, 'monotonic'>,
  rest: (ms: number, signal: AbortSignal) => Promise<unknown> = (ms, signal) => pass(ms, undefined, { signal }),
): Pace => {
  let since = clock.monotonic();
  return {
    step: async (signal) => {
      const workedMs = clock.monotonic() - since;
      if (workedMs < REST_FROM_MS) return;
      await rest(workedMs, signal).catch(() => undefined);
      signal.throwIfAborted();
      since = clock.monotonic();
    },
  };
};
