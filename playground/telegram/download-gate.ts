/** What becomes of a file that the bot fetches, once so many bytes of it were sent: it waits, or its connection breaks. */
export interface DownloadGate {
  /** @returns `break`: the connection is to be broken off; a promise: to be waited for */
  readonly gate: (sentBytes: number) => Promise<void> | 'break' | undefined;
  /** @returns lets what is held go on */
  readonly hold: (afterBytes: number) => () => void;
  /** The next file breaks off there, once. */
  readonly breakOnce: (afterBytes: number) => void;
}

/** An open one. */
export const createDownloadGate = (): DownloadGate => {
  let held: { readonly after: number; readonly opened: Promise<void> } | undefined;
  let breaksAfter: number | undefined;
  return {
    gate: (bytes) => {
      if (breaksAfter !== undefined && bytes >= breaksAfter) {
        breaksAfter = undefined;
        return 'break';
      }
      return held && bytes >= held.after ? held.opened : undefined;
    },
    hold: (after) => {
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      held = { after, opened };
      return () => {
        held = undefined;
        resolve();
      };
    },
    breakOnce: (after) => {
      breaksAfter = after;
    },
  };
};
