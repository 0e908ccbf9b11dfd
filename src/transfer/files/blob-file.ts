import { dirname } from 'node:path';
import { isBusy, isForNow } from '../../domain/errors.ts';
import type { ByteRange } from '../../domain/listing.ts';
import { removeEmpty } from '../../lib/folder.ts';
import type { Journal } from './journal.ts';
import { createWrittenRanges, type WrittenRanges } from './written-ranges.ts';
import { diskFailure } from '../../domain/disk-failure.ts';
import type { GrowingHash, Hasher } from './hasher.ts';
import { openPartFile, type PartFile } from './partial-file.ts';
import { lengthOf, sane } from './ranges.ts';
import type { Unsaved } from './unsaved.ts';

export interface BlobPlace {
  readonly repoFolder: string;
  readonly etag: string;
  readonly size: number;
  readonly partPath: string;
  readonly finalPath: string;
  readonly journal: Journal;
}

/** A blob's partial file with its journal and its growing hash. */
export interface BlobFile {
  /** Opens it. @returns the ranges that are there from before */
  readonly open: () => Promise<ByteRange[]>;
  readonly write: (data: Uint8Array, position: number) => Promise<void>;
  /** So much is written from the beginning without a gap: may be hashed. */
  readonly grown: (frontier: number) => void;
  /** What was written will be written anew: it must be hashed anew too. */
  readonly startAgain: () => void;
  /**
   * Notes `written()`; now and then flushes the disk and claims it in the journal. Calls while one is under way do
   * nothing.
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

/** Smaller files are not journalled: fetching them again costs less. */
const JOURNAL_FROM = 1024 * 1024;

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
  readonly writtenRanges: WrittenRanges;
  readonly unsaved: Unsaved;
  readonly flush: () => Promise<void>;
}

const createSaver = (place: BlobPlace, { writtenRanges, unsaved, flush }: SaverParts) => {
  const { repoFolder, etag, size, partPath, journal } = place;
  let saving: Promise<void> | undefined;
  const pace = createFlushPace();
  const isJournalled = size >= JOURNAL_FROM;

  /** @param ranges what was written before */
  const flushAndClaim = async (ranges: readonly ByteRange[], isLast: boolean): Promise<void> => {
    const began = performance.now();
    await flush();
    try {
      if (isJournalled) journal.save(repoFolder, etag, size, ranges);
    } catch (error) {
      // Tried again in a moment; until then less is claimed than is there. It is no reason to stop receiving.
      if (isBusy(error) && !isLast) return;
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
        if (isJournalled) await writtenRanges.save(ranges);
        if (pace.isDue(lengthOf(ranges))) await flushAndClaim(ranges, false);
      }),
    flushAndClaim: (written: () => ByteRange[]): Promise<void> => once(() => flushAndClaim(written(), true)),
    unflushed: () => pace.unflushed(size),
    /** Resolves when none is under way. */
    settled: async (): Promise<void> => {
      await saving?.catch(() => undefined);
    },
  };
};

/** A full disk keeps nobody from going on: what is claimed of a file that is not there is not believed. */
const forget = ({ repoFolder, etag, journal }: BlobPlace): void => {
  try {
    journal.clear(repoFolder, etag);
  } catch (error) {
    if (!isForNow(error)) throw error;
  }
};

/** What is in the partial file from before. */
const rangesIn = async (
  place: BlobPlace,
  { existed }: PartFile,
  { writtenRanges, unsaved }: Omit<SaverParts, 'flush'>,
): Promise<ByteRange[]> => {
  const { repoFolder, etag, size, partPath, journal } = place;
  const known = unsaved.take(partPath);
  if (existed) return sane(size, [...journal.load(repoFolder, etag), ...(await writtenRanges.load()), ...known]);
  // Of another file that had this name.
  await writtenRanges.clear();
  forget(place);
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

  const writtenRanges = createWrittenRanges(place.partPath);
  const saver = createSaver(place, { writtenRanges, unsaved, flush: () => opened().flush() });

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
      part = await openPartFile(place.partPath, size);
      hash = hasher.begin(place.partPath, size, etag);
      return rangesIn(place, part, { writtenRanges, unsaved });
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
        await writtenRanges.clear();
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
      // It has its name and is right: what is left over says something of a file that is not there any more.
      if (size >= JOURNAL_FROM) await writtenRanges.clear().catch(() => undefined);
      forget(place);
    },
    discard: async () => {
      const discarded = part;
      await close();
      await writtenRanges.clear();
      await discarded?.remove();
      forget(place);
      await removeEmpty(dirname(dirname(place.partPath)), dirname(place.partPath));
    },
    close,
  };
};
