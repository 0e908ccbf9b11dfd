import { dirname } from 'node:path';
import type { ByteRange } from '../../domain/listing.ts';
import { removeEmpty } from '../../lib/folder.ts';
import { createControlFile, type PartName } from './control-file.ts';
import { hashedAs } from './blob-hash.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { createFlushedRanges, type FlushedRanges, type FlushedRangesDeps } from './flushed-ranges.ts';
import type { GrowingHash, Hasher } from './hasher.ts';
import { hasPartFile, openPartFile, type PartFile } from './partial-file.ts';
import { sane } from './ranges.ts';
import type { Unsaved } from './unsaved.ts';

export interface BlobTarget extends PartName {
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
  readonly save: FlushedRanges['save'];
  /** Saves for the last time: also what was written while an earlier save was under way. Then closes. */
  readonly saveAndClose: (written: () => ByteRange[]) => Promise<void>;
  /** True if the content is what its name says, or nobody knows what it should be; everything must be written. */
  readonly verify: () => Promise<boolean>;
  /** What it was hashed to, once it was verified. */
  readonly digest: () => string | undefined;
  readonly unflushed: FlushedRanges['unflushed'];
  /** Gives it its final name. It may not be flushed. */
  readonly publish: () => Promise<void>;
  /** Throws away what is there. */
  readonly discard: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Smaller files have no control file: fetching them again costs less. */
const CONTROL_FROM = 1024 * 1024;

/** What is in the partial file from before. To be asked before it is opened, which makes one. */
const rangesIn = async (
  { partPath, size }: BlobTarget,
  { control, unsaved }: Omit<FlushedRangesDeps, 'flush'>,
): Promise<ByteRange[]> => {
  const known = unsaved.take(partPath);
  if (await hasPartFile(partPath, size)) return sane(size, [...((await control?.load()) ?? []), ...known]);
  // Of another file that had this name: it must be gone before the new one is there, which it would speak of.
  await control?.clear();
  return [];
};

const digestOf = async (hash: GrowingHash | undefined, { partPath, size }: BlobTarget): Promise<string | undefined> => {
  hash?.advance(size);
  try {
    return await hash?.digest;
  } catch (error) {
    throw diskFailure(error, partPath);
  }
};

/** @param digest what it was hashed to */
export const isRight = ({ etag, isUnhashed = false }: PartName, digest: string | undefined): boolean =>
  isUnhashed || digest === etag;

/** Touches nothing before `open`. @param unsaved what could not be noted of any file */
export const createBlobFile = (target: BlobTarget, hasher: Hasher, unsaved: Unsaved): BlobFile => {
  const { size } = target;
  const hashedBy = hashedAs(target);
  let digest: string | undefined;
  let part: PartFile | undefined;
  let hash: GrowingHash | undefined;

  const opened = (): PartFile => {
    if (!part) throw new Error('a partial file is used that is not open');
    return part;
  };

  const control = size >= CONTROL_FROM ? createControlFile(target) : undefined;
  const ranges = createFlushedRanges(target, { control, unsaved, flush: () => opened().flush() });

  const close = async (): Promise<void> => {
    hash?.drop();
    // What is being saved needs the file open to its end.
    await ranges.settled();
    const closing = part;
    part = undefined;
    await closing?.close();
  };

  return {
    open: async () => {
      const known = await rangesIn(target, { control, unsaved });
      part = await openPartFile(target.partPath, size);
      hash = hasher.begin(target.partPath, size, hashedBy);
      return known;
    },
    write: (data, position) => opened().write(data, position),
    grown: (frontier) => hash?.advance(frontier),
    startAgain: () => {
      hash?.drop();
      hash = hasher.begin(target.partPath, size, hashedBy);
    },
    save: ranges.save,
    saveAndClose: async (written) => {
      await ranges.settled();
      try {
        await ranges.flushAndNote(written);
      } finally {
        await close();
      }
    },
    verify: async () => {
      digest = await digestOf(hash, target);
      return isRight(target, digest);
    },
    digest: () => digest,
    unflushed: ranges.unflushed,
    publish: async () => {
      const finished = opened();
      await close();
      await finished.publish(target.finalPath);
      // It has its name and is right: what is left over speaks of a file that is not there any more, and is not believed.
      await control?.clear().catch(() => undefined);
    },
    discard: async () => {
      const discarded = part;
      await close();
      // First: what it speaks of must be there.
      await control?.clear();
      await discarded?.remove();
      await removeEmpty(dirname(dirname(target.partPath)), dirname(target.partPath));
    },
    close,
  };
};
