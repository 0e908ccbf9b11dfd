/* lib/async: work that goes on beside, in turns or within a time, and handles its own errors. */

/** Work that can wait until nobody waits for anything else: one at a time, after a while. */
export interface Background {
  /** @param work its signal is aborted when it is not to go on, since whoever closes this waits for it */
  readonly run: (work: (signal: AbortSignal) => Promise<void>) => void;
  /** Forgets what has not begun, waits for what has. */
  readonly close: () => Promise<void>;
}

/** @param afterMs how long each waits before it begins. What fails is forgotten: whoever hands it in finds it again. */
export const createBackground = (afterMs: number): Background => {
  let last: Promise<void> = Promise.resolve();
  const closing = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  return {
    run: (work) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        last = last.then(() => (closing.signal.aborted ? undefined : work(closing.signal))).catch(() => undefined);
      }, afterMs).unref();
      timers.add(timer);
    },
    close: async () => {
      closing.abort(new Error('closing'));
      for (const timer of timers) clearTimeout(timer);
      await last;
    },
  };
};
