import { AppError } from '../../domain/errors.ts';
import type { BlobFile } from '../files/blob-file.ts';
import type { Note } from './backoff.ts';
import { type BlobRun, createBlobRun, ended, giveUp, goOn } from './blob-run.ts';
import type { BlobParts, BlobWanted } from './blob-wanted.ts';
import { EARLY_PIECE } from './gathering.ts';
import { createLocator, type Locator } from './locator.ts';
import type { Segment } from './segments.ts';
import { afterRange, afterWhole, isHopeless } from './server-manner.ts';

export interface BlobProgress {
  /** Bytes written. */
  readonly ready: number;
  /** Bytes from the network. */
  readonly received: number;
  /** By the clock that only goes forward; 0 before the first byte. */
  readonly lastByteAt: number;
  readonly verifying: boolean;
  /** Nothing comes over the network: what of it lies here already is found out and copied. */
  readonly gathering?: boolean;
  /** Nobody has looked yet what of it is there from before. */
  readonly opening?: boolean;
  readonly note: Note | undefined;
}

/** One file on its way. */
export interface Blob {
  readonly wanted: BlobWanted;
  readonly signal: AbortSignal;
  readonly locator: Locator;
  /** Opens the partial file and reads what is noted of it; before that there is nothing to take. */
  readonly open: () => void;
  /**
   * Could another connection fetch something of it now?
   * @param steal also what one has begun
   */
  readonly wants: (steal: boolean) => boolean;
  /**
   * A range to fetch, or undefined if there is none now.
   * @param steal take half of what another connection has left
   * @param segmentBytes how long it may be
   */
  readonly take: (steal: boolean, segmentBytes: number) => Segment | undefined;
  /** Bytes that nobody fetches yet. */
  readonly leftBytes: () => number;
  /** Has a connection end soon that would go on for long. @returns its range, if there is one */
  readonly giveUpOne: () => Segment | undefined;
  /** The connection of this range will end soon. @returns false if that was known */
  readonly leave: (segment: Segment) => boolean;
  readonly write: BlobFile['write'];
  /** The server sends ranges. */
  readonly inRanges: () => void;
  /** Bytes have come. */
  readonly received: (bytes: number) => void;
  /**
   * The server does not send ranges: one connection, from the beginning.
   * @param isWhole this answer is the whole file for one who asked for all of it; otherwise it begins again
   * @throws AppError unavailable the first time that it is not
   */
  readonly withoutRanges: (isWhole: boolean) => void;
  /** A connection ended, with an error or without. @returns true if it was known to end soon */
  readonly ended: (segment: Segment, error?: unknown) => boolean;
  readonly progress: () => BlobProgress;
  /** What it was hashed to; known once it is done. */
  readonly digest: () => string | undefined;
  /** Resolves when the file has its final name, with what the disk may not have of it yet; rejects with why not. */
  readonly done: Promise<number>;
  /** Nobody wants it any more: what is there is saved, then `done` rejects with the reason. */
  readonly abandon: (reason: unknown) => void;
}

/** What may be fetched of it before it is known what of it lies here, in bytes. */
const earlyLeft = ({ wanted, earlyLeft: ofIt }: BlobRun): number => Math.min(ofIt, wanted.early?.left ?? 0);

/** What is asked about may turn out to lie here: only connections that have nothing else to do begin with it. */
const isWanted = (run: BlobRun, steal: boolean): boolean => {
  const { state, manner, segments } = run;
  if (state === 'asking') return steal && earlyLeft(run) > 0 && segments.leftBytes() > 0 && manner.sends !== 'whole';
  return state === 'fetching' && (segments.leftBytes() > 0 || (steal && segments.running() > 0));
};

const wants = (run: BlobRun, steal: boolean): boolean =>
  isWanted(run, steal) && (run.segments.running() === 0 || run.manner.sends === 'ranges') && run.backoff.mayTry();

const take = (run: BlobRun, steal: boolean, segmentBytes: number): Segment | undefined => {
  if (!wants(run, steal)) return undefined;
  const now = run.clock.monotonic();
  if (run.state !== 'asking') return run.segments.take(steal, now, segmentBytes);
  const segment = run.segments.take(false, now, Math.min(segmentBytes, EARLY_PIECE, earlyLeft(run)));
  const bytes = segment ? segment.end - segment.start : 0;
  run.earlyLeft -= bytes;
  if (run.wanted.early) run.wanted.early.left -= bytes;
  return segment;
};

const inRanges = (run: BlobRun): void => {
  const before = run.manner;
  run.manner = afterRange(before);
  if (run.manner !== before) queueMicrotask(run.wake);
};

const received = (run: BlobRun, bytes: number): void => {
  run.received += bytes;
  run.onReceived?.(bytes);
  run.lastByteAt = run.clock.monotonic();
  run.backoff.moved();
};

const withoutRanges = (run: BlobRun, isWhole: boolean): void => {
  run.manner = afterWhole(run.manner, isWhole);
  if (run.manner.sends !== 'whole') {
    throw new AppError('unavailable', 'The server sent the whole file instead of a part.');
  }
  run.segments.makeWhole();
  if (isWhole) return;
  run.segments.reset();
  run.file.startAgain();
  if (isHopeless(run.manner)) {
    giveUp(run, new AppError('unreachable', 'The server sends no ranges, and the connection broke again and again.'));
  }
};

/** A blob that waits to be opened. */
export const createBlob = (wanted: BlobWanted, parts: BlobParts): Blob => {
  const run = createBlobRun(wanted, parts);
  const { signal } = run.abort;
  return {
    wanted,
    signal,
    locator: createLocator(wanted, signal),
    open: () => {
      if (run.state === 'waiting') void goOn(run, 'opening');
    },
    wants: (steal) => wants(run, steal),
    take: (steal, segmentBytes) => take(run, steal, segmentBytes),
    leftBytes: run.segments.leftBytes,
    giveUpOne: () => run.segments.giveUpOne(parts.clock.monotonic()),
    leave: run.segments.leave,
    write: run.file.write,
    inRanges: () => inRanges(run),
    received: (bytes) => received(run, bytes),
    withoutRanges: (isWhole) => withoutRanges(run, isWhole),
    ended: (segment, error) => ended(run, segment, error),
    progress: () => ({
      ready: run.segments.writtenBytes(),
      received: run.received,
      lastByteAt: run.lastByteAt,
      verifying: run.state === 'verifying',
      gathering: (run.state === 'asking' || run.state === 'gathering') && run.segments.running() === 0,
      opening: run.state === 'waiting' || run.state === 'opening',
      note: run.backoff.note(),
    }),
    digest: run.file.digest,
    done: run.end.promise,
    abandon: (reason) => giveUp(run, reason),
  };
};
