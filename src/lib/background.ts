/** Work that can wait until nobody waits for anything else: one at a time, after a while. */
export interface Later {
  readonly run: (work: () => Promise<void>) => void;
  /** Forgets what has not begun, waits for what has. */
  readonly close: () => Promise<void>;
}

/** Whoever asked for a download gets the answer first, and the next download a head start. */
const AFTER_MS = 2000;

export const createLater = (): Later => {
  let last: Promise<void> = Promise.resolve();
  let isClosed = false;
  const timers = new Set<NodeJS.Timeout>();
  return {
    run: (work) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        // What fails is done at the next start.
        last = last.then(() => (isClosed ? undefined : work())).catch(() => undefined);
      }, AFTER_MS).unref();
      timers.add(timer);
    },
    close: async () => {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await last;
    },
  };
};
