/* bot/ui/storage: what is on a disk, and when it was last used, in a line. */

/** What a disk holds, in bytes. */
export interface DiskParts {
  /** Of everything in the cache. */
  readonly cacheBytes: number;
  readonly otherBytes: number;
  readonly freeBytes: number;
  /** Of what is free: what stays so. */
  readonly floorBytes: number;
}

const WIDTH = 18;

/**
 * A bar of the whole disk: full for models, half for other files, light for what is free, and a line at the bottom for what stays
 * so. Whatever is there at all has a cell.
 */
export const diskBar = ({ cacheBytes, otherBytes, freeBytes, floorBytes }: DiskParts): string => {
  const shares = [
    { bytes: cacheBytes, sign: '█' },
    { bytes: otherBytes, sign: '▓' },
    { bytes: freeBytes - floorBytes, sign: '░' },
    { bytes: floorBytes, sign: '▁' },
  ].filter(({ bytes }) => bytes > 0);
  const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  const cells = shares.map(({ bytes }) => Math.max(1, Math.round((bytes / total) * WIDTH)));
  const largest = cells.indexOf(Math.max(...cells));
  const excess = cells.reduce((sum, amount) => sum + amount, 0) - WIDTH;
  return shares.map(({ sign }, at) => sign.repeat((cells[at] ?? 0) - (at === largest ? excess : 0))).join('');
};
