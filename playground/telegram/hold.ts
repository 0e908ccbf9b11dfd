/** Lets bytes pass, or holds them from so many on. */
export interface Hold {
  /** @returns to be waited for, if what has passed is as much */
  readonly at: (bytes: number) => Promise<void> | undefined;
  /** @returns lets what is held go on */
  readonly hold: (afterBytes: number) => () => void;
}

/** One that holds nothing yet. */
export const createHold = (): Hold => {
  let held: { readonly after: number; readonly opened: Promise<void> } | undefined;
  return {
    at: (bytes) => (held && bytes >= held.after ? held.opened : undefined),
    hold: (after) => {
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      held = { after, opened };
      return () => {
        held = undefined;
        resolve();
      };
    },
  };
};
