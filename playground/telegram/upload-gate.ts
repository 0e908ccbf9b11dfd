/** Told how much of a body has been read; no more is read before what it returns has resolved. */
export type Gate = (bytes: number) => Promise<void> | undefined;

/** What becomes of a body that is larger than it may be: it is told while more of it comes, or the connection breaks without a word. */
export type UploadEnd = 'told' | 'broken';

/** Stops reading what a bot sends, as a slow way does, or refuses it. */
export interface UploadGate {
  readonly gate: Gate;
  /** @returns lets what is held go on */
  readonly hold: (afterBytes: number) => () => void;
  /** From now on so many bytes are read of a call and no more; either way the connection is closed then. */
  readonly limitTo: (bytes: number, end: UploadEnd) => void;
  readonly limit: () => { readonly bytes: number; readonly end: UploadEnd };
}

/** An open one. @param mostBytes what the server takes of a call */
export const createUploadGate = (mostBytes: number): UploadGate => {
  let held: { readonly after: number; readonly opened: Promise<void> } | undefined;
  let limit: ReturnType<UploadGate['limit']> = { bytes: mostBytes, end: 'told' };
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
    limitTo: (bytes, end) => {
      limit = { bytes, end };
    },
    limit: () => limit,
  };
};
