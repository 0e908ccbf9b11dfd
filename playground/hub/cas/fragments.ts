/*
 * Known chunks are not always pointed at: a file in many small pieces is slow to read. The rule is that of xet-core
 * (defrag_prevention.rs): where the last ranges have few chunks each, a short run is stored anew.
 */

/** So many of the last ranges are looked at. */
const RANGES = 128;
/** Chunks that a range should have on average; half of it as long as all is well. */
const LEAST_CHUNKS = 8;

export interface Fragments {
  /** A new range of so many chunks. */
  readonly begin: (chunks: number) => void;
  /** The last range has so many more. */
  readonly extend: (chunks: number) => void;
  /** Whether a run of so many known chunks may become a range of its own. */
  readonly mayPoint: (chunks: number) => boolean;
}

export const createFragments = (): Fragments => {
  const ranges: number[] = [];
  let isLenient = true;
  return {
    begin: (chunks) => {
      ranges.push(chunks);
      if (ranges.length > RANGES) ranges.shift();
    },
    extend: (chunks) => {
      const last = ranges.pop();
      if (last !== undefined) ranges.push(last + chunks);
    },
    mayPoint: (chunks) => {
      if (ranges.length < RANGES) return true;
      const average = ranges.reduce((sum, each) => sum + each, 0) / ranges.length;
      const isPoor = average < (isLenient ? LEAST_CHUNKS / 2 : LEAST_CHUNKS);
      if (!isPoor) isLenient = true;
      else if (chunks < average) {
        isLenient = false;
        return false;
      }
      return true;
    },
  };
};
