import { createHold, type Hold } from './hold.ts';

/** What becomes of a file that the bot fetches, once so many bytes of it were sent: it waits, or its connection breaks. */
export interface DownloadGate extends Pick<Hold, 'hold'> {
  /** @returns `break`: the connection is to be broken off; a promise: to be waited for */
  readonly gate: (sentBytes: number) => Promise<void> | 'break' | undefined;
  /** The next file breaks off there, once. */
  readonly breakOnce: (afterBytes: number) => void;
}

/** An open one. */
export const createDownloadGate = (): DownloadGate => {
  const { at, hold } = createHold();
  let breaksAfter: number | undefined;
  return {
    gate: (bytes) => {
      if (breaksAfter !== undefined && bytes >= breaksAfter) {
        breaksAfter = undefined;
        return 'break';
      }
      return at(bytes);
    },
    hold,
    breakOnce: (after) => {
      breaksAfter = after;
    },
  };
};
