/** Calls that come while one is under way share it: what hangs is begun once, however often somebody asks. */
export const oneAtATime = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
};

/**
 * Work that hangs where something else hangs. It is begun when that has ended, well or not.
 * @param first shared by those who come while it is under way (`oneAtATime`)
 */
export const behind =
  (first: () => Promise<unknown>) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    // The work says itself what is wrong.
    await first().catch(() => undefined);
    return work();
  };
