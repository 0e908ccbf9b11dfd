import { backoffMs } from './backoff.ts';

export interface Ticker {
  /** Runs once as soon as possible; calls that come while it runs are folded into one more run. */
  readonly poke: () => void;
  /** No more runs; resolves when the one under way has ended. */
  readonly close: () => Promise<void>;
}

/** While it fails, it waits longer and longer, up to this: what is broken is not mended by asking 25 times a second. */
const FAILING_MOST_MS = 5000;

/**
 * Runs `work` every `intervalMs`, never twice at once.
 * @param work its rejections go to `onError`; the ticker goes on
 */
export const startTicker = (
  intervalMs: number,
  work: () => void | Promise<void>,
  onError: (error: unknown) => void,
): Ticker => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  // Not the same as `running`: the work has begun before its promise is known, and may poke its own ticker right away.
  let busy = false;
  let again = false;
  let closed = false;
  /** In succession. */
  let failures = 0;
  const pauses = { firstMs: intervalMs, mostMs: Math.max(intervalMs, FAILING_MOST_MS) };

  const runOnce = async (): Promise<void> => {
    try {
      await work();
      failures = 0;
    } catch (error) {
      failures += 1;
      onError(error);
    }
  };

  const run = async (): Promise<void> => {
    clearTimeout(timer);
    do {
      again = false;
      await runOnce();
    } while (again && !closed);
    busy = false;
    if (!closed) timer = setTimeout(start, backoffMs(failures, pauses));
  };

  const start = (): void => {
    busy = true;
    running = run();
  };

  timer = setTimeout(start, intervalMs);

  return {
    poke: () => {
      if (closed) return;
      if (busy) again = true;
      else start();
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
};
