import { backoffMs } from '../../lib/backoff.ts';

/**
 * Which slots wait after a call that was refused for now, each a bit longer each time. Times are those of a clock that
 * only goes forward.
 */
export interface Backoff {
  readonly waits: (key: string, now: number) => boolean;
  /** @returns how often in succession it was refused */
  readonly refused: (key: string, now: number) => number;
  readonly worked: (key: string) => void;
}

const PAUSES = { firstMs: 5000, mostMs: 60_000 } as const;

/** Nothing waits at first. */
export const createBackoff = (): Backoff => {
  const waiting = new Map<string, { readonly times: number; readonly until: number }>();
  return {
    waits: (key, now) => now < (waiting.get(key)?.until ?? now),
    refused: (key, now) => {
      const before = waiting.get(key)?.times ?? 0;
      waiting.set(key, { times: before + 1, until: now + backoffMs(before, PAUSES) });
      return before + 1;
    },
    worked: (key) => {
      waiting.delete(key);
    },
  };
};
