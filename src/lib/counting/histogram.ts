/** How values are spread. */
export interface Distribution {
  /** How many were at most so large, for each bound; the smallest bound first. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

export interface Histogram {
  readonly observe: (value: number) => void;
  readonly read: () => Distribution;
}

/** @param bounds ascending; above the last one values are only counted */
export const createHistogram = (bounds: readonly number[]): Histogram => {
  const counts = bounds.map(() => 0);
  let sum = 0;
  let count = 0;
  return {
    observe: (value) => {
      sum += value;
      count += 1;
      const at = bounds.findIndex((bound) => value <= bound);
      if (at >= 0) counts[at] = (counts[at] ?? 0) + 1;
    },
    read: () => {
      let below = 0;
      const buckets = bounds.map((atMost, at) => {
        below += counts[at] ?? 0;
        return { atMost, count: below };
      });
      return { buckets, sum, count };
    },
  };
};
