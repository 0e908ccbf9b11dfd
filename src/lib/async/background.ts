/* lib/async: work that goes on beside, in turns or within a time, and handles its own errors. */

/** Work that can wait until nobody waits for anything else: one at a time, after a while. */
export interface Background {
  readonly run: (work: () => Promise<void>) => void;
  /** Forgets what has not begun, waits for what has. */
  readonly close: () => Promise<void>;
}

/** @param afterMs how long each waits before it begins. What fails is forgotten: whoever hands it in finds it again. */
export const createBackground = (afterMs: number): Background => {
  let last: Promise<void> = Promise.resolve();
  let isClosed = false;
  const timers = new Set<NodeJS.Timeout>();
  return {
    run: (work) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        last = last.then(() => (isClosed ? undefined : work())).catch(() => undefined);
      }, afterMs).unref();
      timers.add(timer);
    },
    close: async () => {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await last;
    },
  };
};
