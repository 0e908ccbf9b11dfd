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

const FIRST_MS = 5000;
const MOST_MS = 60_000;

export const createBackoff = (): Backoff => {
  const waiting = new Map<string, { readonly times: number; readonly until: number }>();
  return {
    waits: (key, now) => now < (waiting.get(key)?.until ?? now),
    refused: (key, now) => {
      const times = (waiting.get(key)?.times ?? 0) + 1;
      waiting.set(key, { times, until: now + Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(times - 1, 20)) });
      return times;
    },
    worked: (key) => {
      waiting.delete(key);
    },
  };
};
