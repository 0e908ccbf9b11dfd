/** What was free on a disk at a time, and what we had written there until then. */
export interface DiskLevel {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly freeBytes: number;
  /** Since any beginning, the same for all levels. */
  readonly ownBytes: number;
}

/** Shorter than this is no trend, in milliseconds. */
const LEAST_MS = 3 * 3_600_000;

/** What went between two levels and was not ours; nothing if more became free. */
const perMs = (from: DiskLevel, to: DiskLevel): number => {
  const taken = from.freeBytes - to.freeBytes - (to.ownBytes - from.ownBytes);
  return Math.max(0, taken / (to.at - from.at));
};

/**
 * How fast others fill a disk, in bytes for each millisecond: the slower one of both halves of the time, so that something
 * large that was copied once is no trend.
 * @param levels the oldest first
 * @returns 0 where there is none, or too little is known
 */
export const othersPerMs = (levels: readonly DiskLevel[]): number => {
  const [first, last] = [levels[0], levels.at(-1)];
  if (!first || !last || last.at - first.at < LEAST_MS) return 0;
  const middle = levels.find(({ at }) => at >= (first.at + last.at) / 2);
  if (!middle || middle === last || middle === first) return 0;
  return Math.min(perMs(first, middle), perMs(middle, last));
};
