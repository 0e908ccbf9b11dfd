/**
 * What a promise comes to, unless a signal is aborted before: it goes on then, and nobody hears of it.
 * @returns undefined when the signal is aborted
 * @throws what the promise rejects with
 */
export const orAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const leave = (): void => resolve(undefined);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    // What comes too late is nobody's: the race has taken its rejection as well.
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
};
