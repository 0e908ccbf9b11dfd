/** Lets one at a time load a model on this machine. */
export interface LoadLock {
  /**
   * Waits for it, in the order in which it is asked for.
   * @returns gives it back
   * @throws the signal's reason
   */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
  readonly isTaken: () => boolean;
  /** Whether somebody waits for it. */
  readonly isWanted: () => boolean;
}

/** Checks and talks both load models: there is memory, and there are cores, for one at a time. */
export const createLoadLock = (): LoadLock => {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  const give = (): void => {
    const next = waiting.shift();
    if (next) next();
    else isTaken = false;
  };
  const once = (): (() => void) => {
    let isGiven = false;
    return () => {
      if (!isGiven) give();
      isGiven = true;
    };
  };
  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (isTaken) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const leave = (): void => {
          const at = waiting.indexOf(resolve);
          if (at < 0) return;
          waiting.splice(at, 1);
          reject(signal.reason);
        };
        waiting.push(resolve);
        signal.addEventListener('abort', leave, { once: true });
        await promise.finally(() => signal.removeEventListener('abort', leave));
      }
      isTaken = true;
      return once();
    },
    isTaken: () => isTaken,
    isWanted: () => waiting.length > 0,
  };
};
