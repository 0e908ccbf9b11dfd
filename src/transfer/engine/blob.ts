import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { type BlobFile, type BlobPlace, createBlobFile } from '../files/blob-file.ts';
import type { Hasher } from '../files/hasher.ts';
import { createLocator, type Locator, type LocatedBlob } from './locator.ts';
import { createBackoff, type Note, type Backoff } from './backoff.ts';
import { createSmallFile, SMALL_BYTES } from '../files/small-file.ts';
import type { Unsaved } from '../files/unsaved.ts';
import { createSegments, type Segment, type Segments } from './segments.ts';

export interface BlobWanted extends BlobPlace {
  readonly resolve: (signal: AbortSignal) => Promise<LocatedBlob>;
}

export interface BlobParts {
  readonly hasher: Hasher;
  readonly unsaved: Unsaved;
  readonly clock: Clock;
  /** Called when there may be something new to fetch, or nothing any more. */
  readonly wake: () => void;
  /** Throws AppError no_space when the disk's floor is reached. */
  readonly checkFloor: () => Promise<void>;
}

export interface BlobProgress {
  /** Bytes written. */
  readonly ready: number;
  /** Bytes from the network. */
  readonly received: number;
  /** By the clock that only goes forward; 0 before the first byte. */
  readonly lastByteAt: number;
  readonly verifying: boolean;
  readonly note: Note | undefined;
}

/** One file on its way. */
export interface Blob {
  readonly wanted: BlobWanted;
  readonly signal: AbortSignal;
  readonly locator: Locator;
  /** Opens the partial file and reads what is claimed of it; before that there is nothing to take. */
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
  /** A connection ended, with an error or without. */
  readonly ended: (segment: Segment, error?: unknown) => void;
  readonly progress: () => BlobProgress;
  /** Resolves when the file has its final name, with what the disk may not have of it yet; rejects with why not. */
  readonly done: Promise<number>;
  /** Nobody wants it any more: what is there is saved, then `done` rejects with the reason. */
  readonly abandon: (reason: unknown) => void;
}

/** How often it is looked at what can be hashed, saved or shared. */
const TICK_MS = 250;
/** How often it is noted what is written, in milliseconds. */
const SAVE_MS = 1000;
/** A file that arrived damaged so many times is given up. */
const DAMAGED_MOST = 3;
/** Where a server sends no ranges, a broken connection means the whole file again: so many times. */
const RESTARTS_MOST = 5;

interface BlobState extends BlobParts {
  readonly wanted: BlobWanted;
  readonly abort: AbortController;
  readonly segments: Segments;
  readonly file: BlobFile;
  readonly backoff: Backoff;
  readonly end: PromiseWithResolvers<number>;
  /** `settling`: it gets its name, or is thrown away; neither is stopped half-way. */
  phase: 'new' | 'opening' | 'fetching' | 'finishing' | 'settling' | 'failed';
  ticker: NodeJS.Timeout | undefined;
  received: number;
  lastByteAt: number;
  savedAt: number;
  /** The partial file is open: what is in it is known. */
  isOpen: boolean;
  /** The server has sent a range: other connections may help. */
  hasRanges: boolean;
  damaged: number;
  wholeAnswers: number;
  restarts: number;
}

/** Ends it for good, once no connection writes any more: saves what is there. */
const giveUp = async (state: BlobState): Promise<void> => {
  const { segments, file } = state;
  clearInterval(state.ticker);
  try {
    if (segments.writtenBytes() > 0) await file.saveAndClose(segments.written);
    else if (state.isOpen) await file.discard();
    // Never opened: what an earlier run left there stays, and so does what is claimed of it.
  } catch {
    // The disk refuses: then less is claimed than is there, which is safe. The first reason is the one to tell.
  }
  await file.close().catch(() => undefined);
  state.end.reject(state.abort.signal.reason);
  state.wake();
};

const fail = (state: BlobState, error: unknown): void => {
  if (state.phase === 'failed') return;
  const isIdle = state.segments.running() === 0 && state.phase !== 'opening' && state.phase !== 'settling';
  state.phase = 'failed';
  state.abort.abort(error);
  if (isIdle) void giveUp(state);
};

const tick = (state: BlobState): void => {
  const { file, segments, clock } = state;
  file.grown(segments.frontier());
  // A connection may have become slow: an idle one takes over what it will not bring soon.
  if (state.wanted.size > SMALL_BYTES) state.wake();
  if (state.phase !== 'fetching' || clock.monotonic() - state.savedAt < SAVE_MS) return;
  state.savedAt = clock.monotonic();
  Promise.all([file.save(segments.written), state.checkFloor()]).catch((error: unknown) => fail(state, error));
};

const hasFailed = (state: BlobState): boolean => state.phase === 'failed';

const open = async (state: BlobState): Promise<void> => {
  if (hasFailed(state)) return;
  state.phase = 'opening';
  try {
    state.segments.resume(await state.file.open());
    state.isOpen = true;
  } catch (error) {
    // Not open: then nothing is under way that would end it later.
    state.phase = 'new';
    throw error;
  }
  if (hasFailed(state)) {
    await giveUp(state);
    return;
  }
  state.phase = 'fetching';
  state.savedAt = state.clock.monotonic();
  state.ticker = setInterval(() => tick(state), TICK_MS);
  if (state.segments.isComplete()) await finish(state);
  else state.wake();
};

const throwAway = async (state: BlobState): Promise<void> => {
  state.damaged += 1;
  state.backoff.say({ kind: 'corrupt' });
  state.isOpen = false;
  await state.file.discard();
  state.segments.reset();
  if (state.damaged < DAMAGED_MOST) return;
  throw new AppError('corrupt', 'A file arrived damaged three times: the server or something on the way changes it.');
};

const finish = async (state: BlobState): Promise<void> => {
  const { file } = state;
  state.phase = 'finishing';
  const isRight = await file.verify();
  if (hasFailed(state)) return;
  clearInterval(state.ticker);
  state.phase = 'settling';
  try {
    await (isRight ? file.publish() : throwAway(state));
  } catch (error) {
    if (hasFailed(state)) await giveUp(state);
    else state.phase = 'finishing';
    throw error;
  }
  if (isRight) {
    state.end.resolve(file.unflushed());
    state.wake();
  } else if (hasFailed(state)) await giveUp(state);
  else await open(state);
};

const wants = ({ hasRanges, segments, backoff, phase }: BlobState, steal: boolean): boolean =>
  phase === 'fetching' &&
  (segments.leftBytes() > 0 || (steal && segments.running() > 0)) &&
  // The first connection finds out whether the server sends ranges; the others wait for its answer.
  (segments.running() === 0 || hasRanges) &&
  backoff.mayTry();

const inRanges = (state: BlobState): void => {
  if (state.hasRanges) return;
  state.hasRanges = true;
  queueMicrotask(state.wake);
};

const received = (state: BlobState, bytes: number): void => {
  state.received += bytes;
  state.lastByteAt = state.clock.monotonic();
  state.backoff.moved();
};

const withoutRanges = (state: BlobState, isWhole: boolean): void => {
  state.wholeAnswers += 1;
  // One such answer may be a fault on the way; what is there is thrown away for the second only.
  if (!isWhole && state.wholeAnswers === 1) {
    throw new AppError('unavailable', 'The server sent the whole file instead of a part.');
  }
  state.segments.makeWhole();
  if (isWhole) return;
  state.segments.reset();
  state.file.startAgain();
  state.restarts += 1;
  if (state.restarts > RESTARTS_MOST) {
    fail(state, new AppError('unreachable', 'The server sends no ranges, and the connection broke again and again.'));
  }
};

const ended = (state: BlobState, segment: Segment, error: unknown): void => {
  const { segments, backoff } = state;
  segments.ended(segment);
  if (hasFailed(state)) {
    if (segments.running() === 0) void giveUp(state);
    return;
  }
  const pauseMs = error === undefined ? 0 : backoff.failed(error, segment.position > segment.start);
  if (pauseMs === undefined) {
    fail(state, error);
    return;
  }
  if (pauseMs > 0) setTimeout(state.wake, pauseMs + 1).unref();
  if (state.phase === 'fetching' && segments.isComplete())
    finish(state).catch((failure: unknown) => fail(state, failure));
};

export const createBlob = (wanted: BlobWanted, parts: BlobParts): Blob => {
  const abort = new AbortController();
  const state: BlobState = {
    ...parts,
    wanted,
    abort,
    segments: createSegments(wanted.size),
    file: wanted.size <= SMALL_BYTES ? createSmallFile(wanted) : createBlobFile(wanted, parts.hasher, parts.unsaved),
    backoff: createBackoff(parts.clock),
    end: Promise.withResolvers<number>(),
    phase: 'new',
    ticker: undefined,
    received: 0,
    lastByteAt: 0,
    savedAt: 0,
    isOpen: false,
    hasRanges: false,
    damaged: 0,
    wholeAnswers: 0,
    restarts: 0,
  };
  // Whoever joined waits for it; that nobody does any more is no fault.
  state.end.promise.catch(() => undefined);
  return {
    wanted,
    signal: abort.signal,
    locator: createLocator(wanted, abort.signal),
    open: () => {
      open(state).catch((error: unknown) => fail(state, error));
    },
    wants: (steal) => wants(state, steal),
    take: (steal, segmentBytes) =>
      wants(state, steal) ? state.segments.take(steal, parts.clock.monotonic(), segmentBytes) : undefined,
    leftBytes: state.segments.leftBytes,
    giveUpOne: () => state.segments.giveUpOne(parts.clock.monotonic()),
    write: state.file.write,
    inRanges: () => inRanges(state),
    received: (bytes) => received(state, bytes),
    withoutRanges: (isWhole) => withoutRanges(state, isWhole),
    ended: (segment, error) => ended(state, segment, error),
    progress: () => ({
      ready: state.segments.writtenBytes(),
      received: state.received,
      lastByteAt: state.lastByteAt,
      verifying: state.phase === 'finishing',
      note: state.backoff.note(),
    }),
    done: state.end.promise,
    abandon: (reason) => fail(state, reason),
  };
};
