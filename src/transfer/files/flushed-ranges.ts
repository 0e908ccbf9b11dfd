import type { ByteRange } from '../../domain/listing.ts';
import type { ControlFile, PartName } from './control-file.ts';
import { lengthOf } from './ranges.ts';
import type { Unsaved } from './unsaved.ts';

/**
 * Flushing takes at most one part in so many of the time: a disk that is slower than the network would hold up
 * receiving, and what is not flushed is lost only with the power.
 */
const FLUSH_SHARE = 4;
/** However slow the disk is, it is flushed once in this time. */
const FLUSH_LATEST_MS = 10_000;
/** What a disk is taken for that has not been seen to flush, in bytes per millisecond. */
const FLUSH_SPEED = 400_000;
/** Flushes of less say nothing about the disk's speed. */
const FLUSH_MEASURED_FROM = 16 * 1024 * 1024;

/** Decides when a flush is worth its time. */
const createFlushTiming = () => {
  let flushedBytes = 0;
  /** Since when there is something that the disk may not have: what lay still is no reason to flush what has just begun to come. */
  let since = performance.now();
  let speed = FLUSH_SPEED;
  return {
    isDue: (bytes: number): boolean => {
      const now = performance.now();
      if (bytes === flushedBytes) {
        since = now;
        return false;
      }
      const passed = now - since;
      return passed >= FLUSH_LATEST_MS || ((bytes - flushedBytes) / speed) * FLUSH_SHARE <= passed;
    },
    unflushed: (bytes: number): number => Math.max(0, bytes - flushedBytes),
    /** So much was there when a flush began. */
    flushed: (bytes: number, began: number): void => {
      const now = performance.now();
      const fresh = bytes - flushedBytes;
      if (fresh >= FLUSH_MEASURED_FROM) speed = fresh / Math.max(1, now - began);
      flushedBytes = bytes;
      since = now;
    },
  };
};

/** Which ranges of a partial file are safe. */
export interface FlushedRanges {
  /** Notes `written()`; now and then flushes the disk and notes that. Calls while one is under way do nothing. */
  readonly save: (written: () => ByteRange[]) => Promise<void>;
  /** Flushes and notes at once, unless a save is under way. @throws AppError no_space, operational */
  readonly flushAndNote: (written: () => ByteRange[]) => Promise<void>;
  /** Bytes that the disk may not have yet. */
  readonly unflushed: () => number;
  /** Resolves when none is under way. */
  readonly settled: () => Promise<void>;
}

export interface FlushedRangesDeps {
  /** undefined: a small file has none. */
  readonly control: ControlFile | undefined;
  readonly unsaved: Unsaved;
  /** The disk has what was written before, when it resolves. */
  readonly flush: () => Promise<void>;
}

/** What comes is noted, flushed to the disk when that is worth its time, and noted as flushed only after that. */
export const createFlushedRanges = (
  { size, partPath }: PartName,
  { control, unsaved, flush }: FlushedRangesDeps,
): FlushedRanges => {
  let saving: Promise<void> | undefined;
  const timing = createFlushTiming();

  /** @param ranges what was written before */
  const flushAndNote = async (ranges: readonly ByteRange[]): Promise<void> => {
    const began = performance.now();
    await flush();
    try {
      await control?.noteFlushed(ranges);
    } catch (error) {
      unsaved.keep(partPath, ranges);
      throw error;
    }
    timing.flushed(lengthOf(ranges), began);
  };

  const once = (work: () => Promise<void>): Promise<void> => {
    saving ??= work().finally(() => {
      saving = undefined;
    });
    return saving;
  };

  return {
    save: (written) =>
      once(async () => {
        const ranges = written();
        await control?.noteWritten(ranges);
        if (timing.isDue(lengthOf(ranges))) await flushAndNote(ranges);
      }),
    flushAndNote: (written) => once(() => flushAndNote(written())),
    unflushed: () => timing.unflushed(size),
    settled: async () => {
      await saving?.catch(() => undefined);
    },
  };
};
