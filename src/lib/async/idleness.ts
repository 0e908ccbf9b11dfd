/** That nobody needs something any more that takes long enough to begin with to be kept for the next one. */
export interface Idleness {
  /** From now on nobody needs it. */
  readonly begins: () => void;
  /** Somebody needs it, or it has gone. */
  readonly ends: () => void;
}

/** A thread takes ten megabytes and more while it does nothing, and a tenth of a second to start. */
const IDLE_MS = 10_000;

/**
 * The program may end meanwhile.
 * @param letGo is called when nobody has needed it for a while
 * @param idleMs how long that is, in milliseconds
 */
export const createIdleness = (letGo: () => void, idleMs = IDLE_MS): Idleness => {
  let timer: NodeJS.Timeout | undefined;
  const ends = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    begins: () => {
      ends();
      timer = setTimeout(letGo, idleMs).unref();
    },
    ends,
  };
};
