import { backoffMs } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';

export interface Ticker {
  /** Runs once as soon as it may; calls that come before it runs are folded into one run. */
  readonly poke: () => void;
  /** No more runs; resolves when the one under way has ended. */
  readonly close: () => Promise<void>;
}

/** While it fails, it waits longer and longer, up to this: what is broken is not mended by asking 25 times a second. */
const FAILING_MOST_MS = 5000;

/** After a run that kept the event loop for so long, it is others' for so many times as long, however often it is poked. */
const REST = 4;

const createRests = (work: () => void | Promise<void>, clock: Pick<Clock, 'monotonic'>) => {
  let until = Number.NEGATIVE_INFINITY;
  return {
    begin: (): void | Promise<void> => {
      const begun = clock.monotonic();
      try {
        return work();
      } finally {
        const ended = clock.monotonic();
        until = ended + REST * (ended - begun);
      }
    },
    restMs: (): number => Math.max(0, until - clock.monotonic()),
  };
};

/**
 * Runs `work` every `intervalMs`, never twice at once.
 * @param work its rejections go to `onError`; the ticker goes on
 * @param clock measures how long a run keeps the event loop
 */
export const startTicker = (
  intervalMs: number,
  work: () => void | Promise<void>,
  onError: (error: unknown) => void,
  clock: Pick<Clock, 'monotonic'> = systemClock,
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
  const { begin, restMs } = createRests(work, clock);

  const runOnce = async (): Promise<void> => {
    try {
      await begin();
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
    } while (again && !closed && restMs() <= 0);
    busy = false;
    if (!closed) timer = setTimeout(start, again ? restMs() : Math.max(backoffMs(failures, pauses), restMs()));
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
      else if (restMs() <= 0) start();
      else {
        clearTimeout(timer);
        timer = setTimeout(start, restMs());
      }
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
};
