import { Hasher } from 'gearhash-jit';
import { CHUNK_MOST_BYTES } from '../../domain/chunks/term.ts';

/** One chunk in 65,536 places, no chunk shorter than 8 KiB, none longer than 128 KiB (draft-denis-xet, chunking). */
const MASK = 0xffff_0000_0000_0000n;
const LEAST = 8 * 1024;
/** The hash is made of so many bytes, whatever came before them. */
const WINDOW = 64;

/** Finds where content is cut into chunks, as it comes. */
export interface Cutter {
  /** The next bytes. @param whenCut told how long each chunk is that has ended */
  readonly push: (bytes: Uint8Array, whenCut: (length: number) => void) => void;
  /** What has come since the last chunk: at the end of a file it is one. */
  readonly rest: () => number;
}

/** Where a chunk begins: cuts after it are the same wherever one begins to look. */
export const createCutter = (): Cutter => {
  const gear = new Hasher(MASK);
  /** Of the chunk that has begun. */
  let length = 0;

  /** @returns how many of these bytes belong to the chunk; it ends there if `isCut` */
  const next = (bytes: Uint8Array): { readonly used: number; readonly isCut: boolean } => {
    const until = Math.min(bytes.length, CHUNK_MOST_BYTES - length);
    // No cut can be so early: the first bytes need not be looked at.
    let at = Math.min(until, Math.max(0, LEAST - WINDOW - 1 - length));
    while (at < until) {
      const found = gear.nextMatch(bytes.subarray(at, until));
      if (found === -1) break;
      at += found;
      // Of less than a window of bytes the hash says nothing.
      if (length + at >= LEAST) return { used: at, isCut: true };
    }
    return { used: until, isCut: length + until === CHUNK_MOST_BYTES };
  };

  return {
    push: (bytes, whenCut) => {
      for (let at = 0; at < bytes.length; ) {
        const { used, isCut } = next(bytes.subarray(at));
        at += used;
        length += used;
        if (!isCut) continue;
        whenCut(length);
        length = 0;
        gear.resetHash();
      }
    },
    rest: () => length,
  };
};
