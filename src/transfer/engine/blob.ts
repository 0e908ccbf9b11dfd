import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { type BlobFile, type BlobPlace, createBlobFile } from '../files/blob-file.ts';
import type { Hasher } from '../files/hasher.ts';
import { createLocator, type Locator, type LocatedBlob } from './locator.ts';
import { createPatience, type Note, type Patience } from './backoff.ts';
import { createSmallFile, SMALL_BYTES } from '../files/small-file.ts';
import type { Unsaved } from '../files/unsaved.ts';
import { createWorkList, type Work, type WorkList } from './segments.ts';

export interface BlobWanted extends BlobPlace {
  readonly resolve: (signal: AbortSignal) => Promise<LocatedBlob>;
}

export interface BlobParts {
  readonly hasher: Hasher;
  readonly unsaved: Unsaved;
  readonly clock: Clock;
  /** Called when there may be new work, or none any more. */
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
  /** Opens the partial file and reads the journal; before that there is nothing to take. */
  readonly open: () => void;
  /**
   * Could another connection fetch something of it now?
   * @param steal also what one has begun
   */
  readonly wants: (steal: boolean) => boolean;
  /**
   * A range to fetch, or undefined if there is none now.
   * @param steal take half of what another connection has left
   * @param partBytes how long it may be
   */
  readonly take: (steal: boolean, partBytes: number) => Work | undefined;
  /** Bytes that nobody fetches yet. */
  readonly leftBytes: () => number;
  /** Has a connection end soon that would go on for long. @returns its range, if there is one */
  readonly giveUpOne: () => Work | undefined;
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
  readonly ended: (work: Work, error?: unknown) => void;
  readonly progress: () => BlobProgress;
  /** Resolves when the file has its final name, with what the disk may not have of it yet; rejects with why not. */
  readonly done: Promise<number>;
  /** Nobody wants it any more: what is there is saved, then `done` rejects with the reason. */
  readonly abandon: (reason: unknown) => void;
}

const TICK_MS = 250;
/** How often the journal is written, in milliseconds. */
const SAVE_MS = 1000;
const DAMAGED_MOST = 3;
/** Without ranges a broken connection means the whole file again: this often. */
const RESTARTS_MOST = 5;

/** What all the functions below share. */
interface Core extends BlobParts {
  readonly wanted: BlobWanted;
  readonly abort: AbortController;
  readonly list: WorkList;
  readonly file: BlobFile;
  readonly patience: Patience;
  readonly end: PromiseWithResolvers<number>;
  /** `settling`: it gets its name, or is thrown away; neither is stopped half-way. */
  state: 'new' | 'opening' | 'fetching' | 'finishing' | 'settling' | 'failed';
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
const giveUp = async (core: Core): Promise<void> => {
  const { list, file } = core;
  clearInterval(core.ticker);
  try {
    if (list.writtenBytes() > 0) await file.saveAndClose(list.written);
    else if (core.isOpen) await file.discard();
    // Never opened: what an earlier run left there stays, and so does what the journal says of it.
  } catch {
    // The disk refuses: then less is claimed than is there, which is safe. The first reason is the one to tell.
  }
  await file.close().catch(() => undefined);
  core.end.reject(core.abort.signal.reason);
  core.wake();
};

const fail = (core: Core, error: unknown): void => {
  if (core.state === 'failed') return;
  const isIdle = core.list.running() === 0 && core.state !== 'opening' && core.state !== 'settling';
  core.state = 'failed';
  core.abort.abort(error);
  if (isIdle) void giveUp(core);
};

const tick = (core: Core): void => {
  const { file, list, clock } = core;
  file.grown(list.frontier());
  // A connection may have become slow: an idle one takes over what it will not bring soon.
  if (core.wanted.size > SMALL_BYTES) core.wake();
  if (core.state !== 'fetching' || clock.monotonic() - core.savedAt < SAVE_MS) return;
  core.savedAt = clock.monotonic();
  Promise.all([file.save(list.written), core.checkFloor()]).catch((error: unknown) => fail(core, error));
};

const hasFailed = (core: Core): boolean => core.state === 'failed';

const open = async (core: Core): Promise<void> => {
  if (hasFailed(core)) return;
  core.state = 'opening';
  try {
    core.list.resume(await core.file.open());
    core.isOpen = true;
  } catch (error) {
    // Not open: then nothing is under way that would end it later.
    core.state = 'new';
    throw error;
  }
  if (hasFailed(core)) {
    await giveUp(core);
    return;
  }
  core.state = 'fetching';
  core.savedAt = core.clock.monotonic();
  core.ticker = setInterval(() => tick(core), TICK_MS);
  if (core.list.isComplete()) await finish(core);
  else core.wake();
};

const throwAway = async (core: Core): Promise<void> => {
  core.damaged += 1;
  core.patience.say({ kind: 'corrupt' });
  core.isOpen = false;
  await core.file.discard();
  core.list.reset();
  if (core.damaged < DAMAGED_MOST) return;
  throw new AppError('corrupt', 'A file arrived damaged three times: the server or something on the way changes it.');
};

const finish = async (core: Core): Promise<void> => {
  const { file } = core;
  core.state = 'finishing';
  const isRight = await file.verify();
  if (hasFailed(core)) return;
  clearInterval(core.ticker);
  core.state = 'settling';
  try {
    await (isRight ? file.publish() : throwAway(core));
  } catch (error) {
    if (hasFailed(core)) await giveUp(core);
    else core.state = 'finishing';
    throw error;
  }
  if (isRight) {
    core.end.resolve(file.unflushed());
    core.wake();
  } else if (hasFailed(core)) await giveUp(core);
  else await open(core);
};

const wants = ({ hasRanges, list, patience, state }: Core, steal: boolean): boolean =>
  state === 'fetching' &&
  (list.leftBytes() > 0 || (steal && list.running() > 0)) &&
  // The first connection finds out whether the server sends ranges; the others wait for its answer.
  (list.running() === 0 || hasRanges) &&
  patience.mayTry();

const inRanges = (core: Core): void => {
  if (core.hasRanges) return;
  core.hasRanges = true;
  queueMicrotask(core.wake);
};

const received = (core: Core, bytes: number): void => {
  core.received += bytes;
  core.lastByteAt = core.clock.monotonic();
  core.patience.moved();
};

const withoutRanges = (core: Core, isWhole: boolean): void => {
  core.wholeAnswers += 1;
  // One such answer may be a fault on the way; what is there is thrown away for the second only.
  if (!isWhole && core.wholeAnswers === 1) {
    throw new AppError('unavailable', 'The server sent the whole file instead of a part.');
  }
  core.list.makeWhole();
  if (isWhole) return;
  core.list.reset();
  core.file.startAgain();
  core.restarts += 1;
  if (core.restarts > RESTARTS_MOST) {
    fail(core, new AppError('connection', 'The server sends no ranges, and the connection broke again and again.'));
  }
};

const ended = (core: Core, work: Work, error: unknown): void => {
  const { list, patience } = core;
  list.ended(work);
  if (hasFailed(core)) {
    if (list.running() === 0) void giveUp(core);
    return;
  }
  const pauseMs = error === undefined ? 0 : patience.failed(error, work.position > work.start);
  if (pauseMs === undefined) {
    fail(core, error);
    return;
  }
  if (pauseMs > 0) setTimeout(core.wake, pauseMs + 1).unref();
  if (core.state === 'fetching' && list.isComplete()) finish(core).catch((failure: unknown) => fail(core, failure));
};

export const createBlob = (wanted: BlobWanted, parts: BlobParts): Blob => {
  const abort = new AbortController();
  const core: Core = {
    ...parts,
    wanted,
    abort,
    list: createWorkList(wanted.size),
    file: wanted.size <= SMALL_BYTES ? createSmallFile(wanted) : createBlobFile(wanted, parts.hasher, parts.unsaved),
    patience: createPatience(parts.clock),
    end: Promise.withResolvers<number>(),
    state: 'new',
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
  core.end.promise.catch(() => undefined);
  return {
    wanted,
    signal: abort.signal,
    locator: createLocator(wanted, abort.signal),
    open: () => {
      open(core).catch((error: unknown) => fail(core, error));
    },
    wants: (steal) => wants(core, steal),
    take: (steal, partBytes) =>
      wants(core, steal) ? core.list.take(steal, parts.clock.monotonic(), partBytes) : undefined,
    leftBytes: core.list.leftBytes,
    giveUpOne: () => core.list.giveUpOne(parts.clock.monotonic()),
    write: core.file.write,
    inRanges: () => inRanges(core),
    received: (bytes) => received(core, bytes),
    withoutRanges: (isWhole) => withoutRanges(core, isWhole),
    ended: (work, error) => ended(core, work, error),
    progress: () => ({
      ready: core.list.writtenBytes(),
      received: core.received,
      lastByteAt: core.lastByteAt,
      verifying: core.state === 'finishing',
      note: core.patience.note(),
    }),
    done: core.end.promise,
    abandon: (reason) => fail(core, reason),
  };
};
