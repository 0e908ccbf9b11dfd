import type { ByteRange } from '../../domain/listing.ts';

/**
 * What lies in partial files and could not be noted as flushed, because the disk that was full for the file was full for its control
 * file too. Believed as long as the program runs: then it goes on where it was, not where it last said so.
 */
export interface Unsaved {
  readonly keep: (partPath: string, ranges: readonly ByteRange[]) => void;
  /** What was kept; it is forgotten. */
  readonly take: (partPath: string) => readonly ByteRange[];
}

/** Nothing is kept at first. */
export const createUnsaved = (): Unsaved => {
  const kept = new Map<string, readonly ByteRange[]>();
  return {
    keep: (partPath, ranges) => {
      kept.set(partPath, ranges);
    },
    take: (partPath) => {
      const ranges = kept.get(partPath) ?? [];
      kept.delete(partPath);
      return ranges;
    },
  };
};
