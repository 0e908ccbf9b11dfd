import { Hasher } from 'gearhash-jit';

/** Of a chunk, in bytes (huggingface.co/docs/xet/chunking). */
export const CHUNK = { least: 8192, most: 131_072 } as const;

/** 16 one-bits: a place in 65,536 is a boundary. */
const MASK = 0xffff000000000000n;
/** The hash depends on so many bytes before a place. */
const WINDOW = 64;

export interface Cutter {
  /** @returns how many of these bytes end the chunk that is open; undefined if it goes on after them */
  readonly next: (bytes: Uint8Array) => number | undefined;
}

/**
 * Finds where chunks end, by the content alone: at the first place of at least 8 KiB where the gear hash of the 64 bytes
 * before it has sixteen zeros on top, else at 128 KiB.
 */
export const createCutter = (): Cutter => {
  const gear = new Hasher(MASK);
  let length = 0;

  /** The rest of the bytes that the hash need not see: it forgets them before a chunk may end. */
  const skip = (bytes: Uint8Array): number => Math.min(bytes.length, Math.max(0, CHUNK.least - WINDOW - 1 - length));

  return {
    next: (bytes) => {
      let at = skip(bytes);
      length += at;
      const end = Math.min(bytes.length, at + CHUNK.most - length);
      while (at < end) {
        const found = gear.nextMatch(bytes.subarray(at, end));
        const step = found === -1 ? end - at : found;
        at += step;
        length += step;
        // A match before the least length is none; the hash goes on from there.
        if ((found !== -1 && length >= CHUNK.least) || length >= CHUNK.most) {
          gear.resetHash();
          length = 0;
          return at;
        }
      }
      return undefined;
    },
  };
};
