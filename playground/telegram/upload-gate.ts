import type { Gate } from './http/arguments.ts';

/** Stops reading what a bot sends, as a slow way does. */
export interface UploadGate {
  readonly gate: Gate;
  /** @returns lets what is held go on */
  readonly hold: (afterBytes: number) => () => void;
}

/** An open one. */
export const createUploadGate = (): UploadGate => {
  let held: { readonly after: number; readonly opened: Promise<void> } | undefined;
  return {
    gate: (bytes) => (held && bytes > held.after ? held.opened : undefined),
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
