import { dirname } from 'node:path';
import type { ByteRange } from '../../domain/listing.ts';
import { removeEmpty } from '../../lib/folder.ts';
import { type ControlFile, createControlFile, type PartName } from './control-file.ts';
import { diskFailure } from '../../domain/disk-failure.ts';
import type { GrowingHash, Hasher } from './hasher.ts';
import { hasPartFile, openPartFile, type PartFile } from './partial-file.ts';
import { lengthOf, sane } from './ranges.ts';
import type { Unsaved } from './unsaved.ts';

export interface BlobPlace extends PartName {
  readonly finalPath: string;
}

/** A blob's partial file with its control file and its growing hash. */
export interface BlobFile {
  /** Opens it. @returns the ranges that are there from before */
  readonly open: () => Promise<ByteRange[]>;
  readonly write: (data: Uint8Array, position: number) => Promise<void>;
  /** So much is written from the beginning without a gap: may be hashed. */
  readonly grown: (frontier: number) => void;
  /** What was written will be written anew: it must be hashed anew too. */
  readonly startAgain: () => void;
  /**
   * Notes `written()`; now and then flushes the disk and claims it. Calls while one is under way do nothing.
   */
  readonly save: (written: () => ByteRange[]) => Promise<void>;
  /** Saves for the last time: also what was written while an earlier save was under way. Then closes. */
  readonly saveAndClose: (written: () => ByteRange[]) => Promise<void>;
  /** True if the content is what its name says; everything must be written. */
  readonly verify: () => Promise<boolean>;
  /** Bytes that the disk may not have yet. */
  readonly unflushed: () => number;
  /** Gives it its final name. It may not be flushed. */
  readonly publish: () => Promise<void>;
  /** Throws away what is there. */
  readonly discard: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Smaller files have no control file: fetching them again costs less. */
const CONTROL_FROM = 1024 * 1024;

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
const FLUSH_TELLING = 16 * 1024 * 1024;

/** Decides when a flush is worth its time. */
const createFlushPace = () => {
  let flushedBytes = 0;
  let flushedAt = performance.now();
  let speed = FLUSH_SPEED;
  return {
    isDue: (bytes: number): boolean => {
      const passed = performance.now() - flushedAt;
      return passed >= FLUSH_LATEST_MS || ((bytes - flushedBytes) / speed) * FLUSH_SHARE <= passed;
    },
    unflushed: (bytes: number): number => Math.max(0, bytes - flushedBytes),
    /** So much was there when a flush began. */
    flushed: (bytes: number, began: number): void => {
      const now = performance.now();
      const fresh = bytes - flushedBytes;
      if (fresh >= FLUSH_TELLING) speed = fresh / Math.max(1, now - began);
      flushedBytes = bytes;
      flushedAt = now;
    },
  };
};

interface SaverParts {
  /** None of a small file. */
  readonly control: ControlFile | undefined;
  readonly unsaved: Unsaved;
  readonly flush: () => Promise<void>;
}

const createSaver = ({ size, partPath }: BlobPlace, { control, unsaved, flush }: SaverParts) => {
  let saving: Promise<void> | undefined;
  const pace = createFlushPace();

  /** @param ranges what was written before */
  const flushAndClaim = async (ranges: readonly ByteRange[]): Promise<void> => {
    const began = performance.now();
    await flush();
    try {
      await control?.claim(ranges);
    } catch (error) {
      unsaved.keep(partPath, ranges);
      throw error;
    }
    pace.flushed(lengthOf(ranges), began);
  };

  const once = (work: () => Promise<void>): Promise<void> => {
    saving ??= work().finally(() => {
      saving = undefined;
    });
    return saving;
  };

  return {
    save: (written: () => ByteRange[]): Promise<void> =>
      once(async () => {
        const ranges = written();
        await control?.noteWritten(ranges);
        if (pace.isDue(lengthOf(ranges))) await flushAndClaim(ranges);
      }),
    flushAndClaim: (written: () => ByteRange[]): Promise<void> => once(() => flushAndClaim(written())),
    unflushed: () => pace.unflushed(size),
    /** Resolves when none is under way. */
    settled: async (): Promise<void> => {
      await saving?.catch(() => undefined);
    },
  };
};

/** What is in the partial file from before. To be asked before it is opened, which makes one. */
const rangesIn = async (
  { partPath, size }: BlobPlace,
  { control, unsaved }: Omit<SaverParts, 'flush'>,
): Promise<ByteRange[]> => {
  const known = unsaved.take(partPath);
  if (await hasPartFile(partPath, size)) return sane(size, [...((await control?.load()) ?? []), ...known]);
  // Of another file that had this name: it must be gone before the new one is there, which it would speak of.
  await control?.clear();
  return [];
};

const digestOf = async (hash: GrowingHash | undefined, { partPath }: BlobPlace): Promise<string | undefined> => {
  try {
    return await hash?.digest;
  } catch (error) {
    throw diskFailure(error, partPath);
  }
};

export const createBlobFile = (place: BlobPlace, hasher: Hasher, unsaved: Unsaved): BlobFile => {
  const { etag, size } = place;
  let part: PartFile | undefined;
  let hash: GrowingHash | undefined;

  const opened = (): PartFile => {
    if (!part) throw new Error('a partial file is used that is not open');
    return part;
  };

  const control = size >= CONTROL_FROM ? createControlFile(place) : undefined;
  const saver = createSaver(place, { control, unsaved, flush: () => opened().flush() });

  const close = async (): Promise<void> => {
    hash?.drop();
    // What is being saved needs the file open to its end.
    await saver.settled();
    const closing = part;
    part = undefined;
    await closing?.close();
  };

  return {
    open: async () => {
      const known = await rangesIn(place, { control, unsaved });
      part = await openPartFile(place.partPath, size);
      hash = hasher.begin(place.partPath, size, etag);
      return known;
    },
    write: (data, position) => opened().write(data, position),
    grown: (frontier) => hash?.advance(frontier),
    startAgain: () => {
      hash?.drop();
      hash = hasher.begin(place.partPath, size, etag);
    },
    save: saver.save,
    saveAndClose: async (written) => {
      await saver.settled();
      try {
        await saver.flushAndClaim(written);
      } finally {
        await close();
      }
    },
    verify: async () => {
      hash?.advance(size);
      return (await digestOf(hash, place)) === etag;
    },
    unflushed: saver.unflushed,
    publish: async () => {
      const finished = opened();
      await close();
      await finished.publish(place.finalPath);
      // It has its name and is right: what is left over speaks of a file that is not there any more, and is not believed.
      await control?.clear().catch(() => undefined);
    },
    discard: async () => {
      const discarded = part;
      await close();
      // First: what it claims must be there.
      await control?.clear();
      await discarded?.remove();
      await removeEmpty(dirname(dirname(place.partPath)), dirname(place.partPath));
    },
    close,
  };
};
