import { AppError } from '../../domain/errors.ts';
import type { ByteRange } from '../../domain/listing.ts';
import { type BlobFile, createBlobFile } from '../files/blob-file.ts';
import { createSmallFile, SMALL_BYTES } from '../files/small-file.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import type { BlobParts, BlobWanted } from './blob-wanted.ts';
import { earlyBytes, gather, GATHERED_FROM, type Near } from './gathering.ts';
import { createSegments, type Segment, type Segments } from './segments.ts';
import { type ServerManner, UNKNOWN } from './server-manner.ts';
import { assertBlobMove, BLOB_MOVES, type BlobState, WRITTEN_IN } from './states.ts';

/** A blob on its way through its states. */
export interface BlobRun extends BlobParts {
  readonly wanted: BlobWanted;
  /** Aborted with the first reason for which it is given up. */
  readonly abort: AbortController;
  readonly segments: Segments;
  readonly file: BlobFile;
  readonly backoff: Backoff;
  /** Resolves with what the disk may not have of it yet. */
  readonly end: PromiseWithResolvers<number>;
  state: BlobState;
  manner: ServerManner;
  ticker: NodeJS.Timeout | undefined;
  received: number;
  lastByteAt: number;
  savedAt: number;
  /** How often it arrived damaged. */
  damaged: number;
  /** What lies near, as far as that is known yet. */
  asked: Promise<Near | undefined> | undefined;
  /** What it may fetch itself until that is known, in bytes. */
  earlyLeft: number;
  /** Where a part of it has been taken from. */
  near: Near | undefined;
  /** Whatever lies near, all of it comes over the network. */
  isPlain: boolean;
}

/** One that waits. */
export const createBlobRun = (wanted: BlobWanted, parts: BlobParts): BlobRun => ({
  ...parts,
  wanted,
  abort: new AbortController(),
  segments: createSegments(wanted.size),
  file:
    wanted.size <= SMALL_BYTES
      ? createSmallFile(wanted, parts.spare)
      : createBlobFile(wanted, parts.hasher, parts.unsaved),
  backoff: createBackoff(parts.clock),
  end: Promise.withResolvers<number>(),
  state: 'waiting',
  manner: UNKNOWN,
  ticker: undefined,
  received: 0,
  lastByteAt: 0,
  savedAt: 0,
  damaged: 0,
  asked: undefined,
  earlyLeft: earlyBytes(wanted.size),
  near: undefined,
  isPlain: false,
});

/**
 * What is done in a state.
 * @returns the one that follows; undefined if others say what does, or nothing does
 * @throws what the blob fails with, unless it has been given up for another reason before
 */
type Step = (run: BlobRun) => Promise<BlobState> | undefined;

/** How often it is looked at what can be hashed, saved or shared. */
const TICK_MS = 250;
/** How often it is noted what is written, in milliseconds. */
const SAVE_MS = 1000;
/** A file that arrived damaged so many times is given up. */
const DAMAGED_MOST = 3;

const tick = (run: BlobRun): void => {
  const { file, segments, clock } = run;
  file.grown(segments.frontier());
  // A connection may have become slow: an idle one takes over what it will not bring soon. Where none is under way, a pause
  // may be over by the clock, and its timer not yet: timers stand still while the machine sleeps.
  if (run.wanted.size > SMALL_BYTES || segments.running() === 0) run.wake();
  if (!WRITTEN_IN.has(run.state) || clock.monotonic() - run.savedAt < SAVE_MS) return;
  run.savedAt = clock.monotonic();
  Promise.all([file.save(segments.written), (run.wanted.checkFloor ?? run.checkFloor)()]).catch((error: unknown) =>
    giveUp(run, error),
  );
};

/** Where the bytes that are missing are to come from. */
const goingOn = ({ segments }: BlobRun): BlobState => (segments.isComplete() ? 'verifying' : 'fetching');

const gatheredFrom = ({ wanted }: BlobRun): number => wanted.gatheredFromBytes ?? GATHERED_FROM;

/** To `asking` where something may lie here, to `fetching`, or to `verifying` if everything is there from before. */
const opening = async (run: BlobRun): Promise<BlobState> => {
  const { wanted, file, segments, clock, abort } = run;
  run.asked = run.isPlain || wanted.size < gatheredFrom(run) ? undefined : wanted.near?.(abort.signal);
  // Where it comes to nothing, nobody waits for it.
  run.asked?.catch(() => undefined);
  segments.resume(await file.open());
  run.savedAt = clock.monotonic();
  run.ticker = setInterval(() => tick(run), TICK_MS);
  return run.asked && segments.leftBytes() >= gatheredFrom(run) ? 'asking' : goingOn(run);
};

/** To `gathering` if something does lie here, else to `fetching`: connections go on as they have begun. */
const asking = async ({ asked, wake }: BlobRun): Promise<BlobState> => {
  wake();
  return (await asked) ? 'gathering' : 'fetching';
};

/** To `fetching`, or to `verifying` if everything was there. What cannot be had here comes over the network. */
const gathering = async (run: BlobRun): Promise<BlobState> => {
  const { file, segments, abort, clock, gatherInTurn: inTurn } = run;
  const wrote = (range: ByteRange): void => {
    segments.resume([range]);
    run.lastByteAt = clock.monotonic();
  };
  const { signal } = abort;
  segments.stop();
  run.near = await gather(run.asked, { missing: segments.missing(), write: file.write, wrote, signal, inTurn });
  return goingOn(run);
};

/** To `verifying` when the last connection ends and nothing is left (`ended`). */
const fetching: Step = ({ wake }) => {
  wake();
  return undefined;
};

/** To `publishing` if it is what its name says, else to `discarding`. */
const verifying = async ({ file }: BlobRun): Promise<BlobState> =>
  (await file.verify()) ? 'publishing' : 'discarding';

/** To `done`, though it may have been given up meanwhile: it is there. */
const publishing = async ({ ticker, file }: BlobRun): Promise<BlobState> => {
  clearInterval(ticker);
  await file.publish();
  return 'done';
};

/** To `opening`, as if nothing had been there; not for ever. */
const discarding = async (run: BlobRun): Promise<BlobState> => {
  clearInterval(run.ticker);
  run.isPlain = true;
  // Of what was put together here nobody can say that it arrived damaged.
  if (run.near) run.near.wasWrong();
  else {
    run.damaged += 1;
    run.backoff.say({ kind: 'corrupt' });
  }
  run.near = undefined;
  await run.file.discard();
  run.segments.reset();
  if (run.damaged < DAMAGED_MOST) return 'opening';
  throw new AppError(
    'corrupt',
    'A file arrived damaged three times: the server or something on the way changes it, or the hash that it is compared with is of another version.',
  );
};

/** To `saving` if no connection writes; else when the last one has ended (`ended`). */
const stopping: Step = ({ segments }) => (segments.running() === 0 ? Promise.resolve('saving') : undefined);

/** To `closing`, whatever happens. */
const saving = async ({ ticker, segments, file }: BlobRun): Promise<BlobState> => {
  clearInterval(ticker);
  try {
    if (segments.writtenBytes() > 0) await file.saveAndClose(segments.written);
    else await file.discard();
  } catch {
    // The disk refuses: then less is noted than is there, which is safe. The first reason is the one to tell.
  }
  return 'closing';
};

/** To `failed`. What an earlier run left there stays, and so does what is noted of it. */
const closing = async ({ file }: BlobRun): Promise<BlobState> => {
  await file.close().catch(() => undefined);
  return 'failed';
};

const done: Step = ({ end, file }) => {
  end.resolve(file.unflushed());
  return undefined;
};

const failed: Step = ({ end, abort }) => {
  end.reject(abort.signal.reason);
  return undefined;
};

const STEPS: Readonly<Record<Exclude<BlobState, 'waiting'>, Step>> = {
  opening,
  asking,
  gathering,
  fetching,
  verifying,
  publishing,
  discarding,
  stopping,
  saving,
  closing,
  done,
  failed,
};

/**
 * Goes from state to state until others say what follows, or nothing does. It never rejects.
 * Thousands of small files go this way: nothing is awaited that need not be.
 */
export const goOn = async (run: BlobRun, to: BlobState): Promise<void> => {
  const { abort, end } = run;
  let next: BlobState | undefined = to;
  try {
    while (next) {
      const state: BlobState = next;
      const moves: (typeof BLOB_MOVES)[BlobState] = BLOB_MOVES[state];
      assertBlobMove(run.state, state);
      run.state = state;
      const work: Promise<BlobState> | undefined = state === 'waiting' ? undefined : STEPS[state](run);
      if (!work) return;
      try {
        const chosen: BlobState = await work;
        next = (abort.signal.aborted ? moves.givenUpMeanwhile : undefined) ?? chosen;
      } catch (error) {
        abort.abort(error);
        next = moves.failed;
      }
      // It was given up at once, and has been gone on with from there.
      if (run.state !== state) return;
    }
  } catch (error) {
    // A fault of ours: nobody shall wait for it for ever.
    abort.abort(error);
    end.reject(error);
  }
};

/** Gives it up: what is there is saved, then its end rejects with the first reason. */
export const giveUp = (run: BlobRun, reason: unknown): void => {
  run.abort.abort(reason);
  const next = BLOB_MOVES[run.state].givenUp;
  if (next) void goOn(run, next);
};

const goOnAfter = (run: BlobRun, segment: Segment, error: unknown): void => {
  const { segments, backoff, state } = run;
  if (state === 'stopping') {
    if (segments.running() === 0) void goOn(run, 'saving');
    return;
  }
  const pauseMs = error === undefined ? 0 : backoff.failed(error, segment.position > segment.start);
  if (pauseMs === undefined) {
    giveUp(run, error);
    return;
  }
  if (pauseMs > 0) setTimeout(run.wake, pauseMs + 1).unref();
  if (state === 'fetching' && segments.isComplete()) void goOn(run, 'verifying');
};

/** A connection has ended, with an error or without: the last one has its blob go on. @returns was it known to leave? */
export const ended = (run: BlobRun, segment: Segment, error: unknown): boolean => {
  const hadToLeave = run.segments.ended(segment);
  // At the end of a file the hash would be behind by all that has come since the last look.
  if (run.wanted.size > SMALL_BYTES) run.file.grown(run.segments.frontier());
  goOnAfter(run, segment, error);
  return hadToLeave;
};
