import { createHold, type Hold } from './hold.ts';

/** Told how much of a body has been read; no more is read before what it returns has resolved. */
export type Gate = (bytes: number) => Promise<void> | undefined;

/** What becomes of a body that is larger than it may be: it is told while more of it comes, or the connection breaks without a word. */
export type UploadEnd = 'told' | 'broken';

/** Stops reading what a bot sends, as a slow way does, or refuses it. */
export interface UploadGate extends Pick<Hold, 'hold'> {
  readonly gate: Gate;
  /** From now on so many bytes are read of a call and no more; either way the connection is closed then. */
  readonly limitTo: (bytes: number, end: UploadEnd) => void;
  readonly limit: () => { readonly bytes: number; readonly end: UploadEnd };
}

/** An open one. @param mostBytes what the server takes of a call */
export const createUploadGate = (mostBytes: number): UploadGate => {
  const { at, hold } = createHold();
  let limit: ReturnType<UploadGate['limit']> = { bytes: mostBytes, end: 'told' };
  return {
    // What is as much as it holds after has been read.
    gate: (bytes) => at(bytes - 1),
    hold,
    limitTo: (bytes, end) => {
      limit = { bytes, end };
    },
    limit: () => limit,
  };
};
