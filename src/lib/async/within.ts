/**
 * What `work` comes to, unless that takes too long: it goes on then, and nobody hears of it.
 * @returns undefined when the time is over
 * @throws what `work` throws within its time
 */
export const within = async <T>(timeoutMs: number, work: () => Promise<T>): Promise<T | undefined> => {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, timeoutMs, undefined);
  try {
    // What comes too late is nobody's: the race has taken its rejection as well.
    return await Promise.race([work(), over]);
  } finally {
    clearTimeout(timer);
  }
};
