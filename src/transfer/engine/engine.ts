import { AppError } from '../../domain/errors.ts';
import { type Blob, type BlobParts, type BlobWanted, createBlob } from './blob.ts';
import { adapt, count, createLane, freeIn, type Lane as LaneOf, recover } from './lane.ts';
import { fetchRange, type RangeRequestDeps } from './range-request.ts';
import {
  holdings,
  inTurn,
  lasting,
  least,
  speedLimitOf,
  saturated,
  type Shared,
  type Taker,
  tooRich,
} from './fair-share.ts';
import { SMALL_BYTES } from '../files/small-file.ts';
import type { Segment } from './segments.ts';

export interface EngineOptions extends Omit<RangeRequestDeps, 'answered' | 'soon'> {
  readonly connections: number;
  readonly blobParts: Omit<BlobParts, 'wake'>;
}

/** A share in a blob that may have other takers. */
export interface Share {
  readonly blob: Blob;
  /** No more interest of this taker. The last one to leave ends it: resolves when what is there is saved. */
  readonly leave: (reason: unknown) => Promise<void>;
}

export interface Engine {
  /** Fetches a blob for a job, or joins the fetching of it. Jobs share the connections evenly. */
  readonly fetch: (wanted: BlobWanted, taker: Taker) => Share;
  /** Is the blob with this place being fetched, or what came of it being saved? */
  readonly isBusyWith: (finalPath: string) => boolean;
  readonly connectionsInUse: () => number;
  readonly close: () => Promise<void>;
}

interface Entry extends Shared {
  readonly blob: Blob;
  readonly lane: Lane;
}

type Lane = LaneOf<Entry>;

interface EngineState {
  readonly options: EngineOptions;
  /** By the blob's final path. */
  readonly entries: Map<string, Entry>;
  /** Small files cost round trips, others bandwidth: each kind has connections of its own, so that neither waits. */
  readonly lanes: { readonly small: Lane; readonly large: Lane };
  /** Blobs on their way out, by the same path: whoever wants one anew waits until it has let go of the file. */
  readonly leaving: Map<string, Promise<void>>;
  /** Bytes given to connections since they were last all idle. */
  taken: number;
  /** From a request to its answer, in milliseconds; a mean of the last ones. */
  answerMs: number;
  isClosed: boolean;
}

/** Files open at once beyond the connections: enough that no connection waits for one to be opened. */
const OPEN_AHEAD = 8;
/** Connections for small files are so many times those for large ones, since a small file costs a round trip. */
const SMALL_TIMES = 8;
/** However many connections are configured, small files get no more than this. */
const SMALL_MOST = 128;
/** The next segment is asked for as long before the end of this one as an answer takes, and never earlier than this. */
const SOON_MS = 250;
/** The share that the newest answer has in the mean of how long answers take. */
const NEWEST = 0.2;
/** Shorter segments cost more in requests than they bring in even shares. */
const SEGMENT_LEAST = 2 * 1024 * 1024;
/** Longer segments would keep other jobs waiting for a connection, where there are few. */
const SEGMENT_MOST = 32 * 1024 * 1024;
/** All segments under way together are no longer than this: what lies behind a gap cannot be hashed before it is filled. */
const WINDOW = 256 * 1024 * 1024;

const NONE: ReadonlySet<undefined> = new Set();
/** A segment is at most one part in so many of what was given out before: the first ones are short, so that they end in order. */
const RAMP = 4;

/** Shorter and shorter towards the end of a job, so that all its connections end together. */
const segmentBytesFor = ({ lanes: { large }, options, taken }: EngineState, { takers }: Entry): number => {
  const longest = Math.min(SEGMENT_MOST, Math.floor(WINDOW / options.connections), Math.floor(taken / RAMP));
  const most = Math.max(SEGMENT_LEAST, longest);
  const share = Math.ceil(options.connections / Math.max(1, large.jobs.size));
  let left = 0;
  for (const entries of [large.opened, large.waiting]) {
    for (const entry of entries) {
      if (entry.takers.some((taker) => takers.includes(taker))) left += entry.blob.leftBytes();
      if (left >= share * most) return most;
    }
  }
  return Math.max(SEGMENT_LEAST, Math.ceil(left / share));
};

const isLimited = ({ jobs }: Lane): boolean => {
  for (const { speedLimit } of jobs.keys()) if (speedLimit?.perSecond() !== undefined) return true;
  return false;
};

/** Speed limits in a lane that have all the connections that help them. */
const saturatedIn = (lane: Lane, { connections }: EngineOptions): ReadonlySet<Taker['speedLimit']> =>
  isLimited(lane) ? saturated(lane.opened, lasting, connections) : NONE;

/** Asked several times for every small file, so it has to be quick where there is nothing to share. */
const nextSegment = (state: EngineState, lane: Lane): { entry: Entry; segment: Segment } | undefined => {
  const isLarge = lane === state.lanes.large;
  const full = saturatedIn(lane, state.options);
  const entries = lane.jobs.size > 1 ? inTurn(lane.opened) : lane.opened;
  for (const steal of isLarge ? [false, true] : [false]) {
    for (const entry of entries) {
      if (!isLarge && entry.busy > 0) continue;
      if (!entry.blob.wants(steal) || (full.size > 0 && full.has(speedLimitOf(entry)))) continue;
      const segment = entry.blob.take(steal, isLarge ? segmentBytesFor(state, entry) : SEGMENT_LEAST);
      if (!segment) continue;
      if (isLarge) state.taken += segment.end - segment.start;
      return { entry, segment };
    }
  }
  if (isLarge && lane.busy === 0) state.taken = 0;
  return undefined;
};

/** Jobs have equal shares of the places too: one with a thousand files does not keep the others' from being opened. */
const openAhead = ({ leaving, options }: EngineState, lane: Lane): void => {
  if (lane.waiting.size === 0) return;
  const places = lane.limit + OPEN_AHEAD;
  const jobs = lane.jobs.size;
  const isAlone = jobs === 1;
  const held = new Map(isAlone ? [] : holdings(lane.opened, () => 1));
  for (const entry of lane.waiting) {
    if (isAlone && lane.opened.size >= places) return;
    if (!isAlone && least(entry, held) >= places / jobs) continue;
    const limit = speedLimitOf(entry);
    if (limit && saturated(lane.opened, () => 1, options.connections, OPEN_AHEAD).has(limit)) continue;
    for (const taker of entry.takers) held.set(taker, (held.get(taker) ?? 0) + 1);
    lane.waiting.delete(entry);
    lane.opened.add(entry);
    const before = leaving.get(entry.blob.wanted.finalPath) ?? Promise.resolve();
    void before.then(entry.blob.open);
  }
};

/** Its connection counts as free already. */
const countAsFree = (entry: Entry, segment: Segment): void => {
  segment.isLeaving = true;
  entry.leaving += 1;
  entry.lane.leaving += 1;
};

/** Every connection is taken, and one job has too few of them: another gives one up. */
const makeRoom = ({ options, lanes: { large } }: EngineState): void => {
  if (large.jobs.size < 2 || freeIn(large) > 0) return;
  const full = saturatedIn(large, options);
  const wants = (entry: Entry): boolean => entry.blob.wants(false) && !full.has(speedLimitOf(entry));
  for (const entry of tooRich(large.opened, large.limit, wants)) {
    const segment = entry.blob.giveUpOne();
    if (segment) return countAsFree(entry, segment);
  }
};

const runConnection = async (state: EngineState, entry: Entry, segment: Segment): Promise<void> => {
  const { lane, blob } = entry;
  const began = performance.now();
  let heldMs = 0;
  const allow: RangeRequestDeps['allow'] = async (bytes, signal) => {
    const asked = performance.now();
    await state.options.allow(bytes, signal);
    heldMs += performance.now() - asked;
    await speedLimitOf(entry)?.allow(bytes, signal);
  };
  const answered: RangeRequestDeps['answered'] = (ms) => {
    state.answerMs += (ms - state.answerMs) * NEWEST;
  };
  const soon: RangeRequestDeps['soon'] = (ms) => {
    if (segment.isLeaving || lane === state.lanes.small || ms > Math.min(SOON_MS, state.answerMs)) return;
    countAsFree(entry, segment);
    wake(state);
  };
  let failure: unknown;
  try {
    await fetchRange({ ...state.options, allow, answered, soon }, blob, segment);
  } catch (error) {
    failure = error;
  }
  lane.busy -= 1;
  entry.busy -= 1;
  if (segment.isLeaving) {
    lane.leaving -= 1;
    entry.leaving -= 1;
  }
  adapt(lane, failure, heldMs > (performance.now() - began) / 2, state.options.clock.monotonic());
  blob.ended(segment, failure);
  wake(state);
};

/** Gives every idle connection something to do. */
const wake = (state: EngineState): void => {
  if (state.isClosed) return;
  for (const lane of [state.lanes.small, state.lanes.large]) {
    openAhead(state, lane);
    recover(lane, state.options.clock.monotonic());
    while (freeIn(lane) > 0) {
      const next = nextSegment(state, lane);
      if (!next) break;
      lane.busy += 1;
      next.entry.busy += 1;
      void runConnection(state, next.entry, next.segment);
    }
  }
  makeRoom(state);
};

const isIn = (entry: Entry): boolean => entry.lane.waiting.has(entry) || entry.lane.opened.has(entry);

/** It is done or given up: no connection begins anything more for it. */
const forget = (state: EngineState, entry: Entry): void => {
  const { lane, takers } = entry;
  if (lane.waiting.delete(entry) || lane.opened.delete(entry)) for (const taker of takers) count(lane, taker, -1);
  const key = entry.blob.wanted.finalPath;
  if (state.entries.get(key) === entry) state.entries.delete(key);
};

const addEntry = (state: EngineState, wanted: BlobWanted): Entry => {
  const blob = createBlob(wanted, { ...state.options.blobParts, wake: () => wake(state) });
  const lane = wanted.size <= SMALL_BYTES ? state.lanes.small : state.lanes.large;
  const entry: Entry = { blob, lane, takers: [], busy: 0, leaving: 0 };
  state.entries.set(wanted.finalPath, entry);
  lane.waiting.add(entry);
  const leave = (): void => {
    forget(state, entry);
    wake(state);
  };
  blob.done.then(leave, leave);
  return entry;
};

/** The last taker has left: the blob saves what it has, and whoever comes now gets a new one. */
const abandon = (state: EngineState, entry: Entry, reason: unknown): Promise<void> => {
  const key = entry.blob.wanted.finalPath;
  forget(state, entry);
  // One that was to wait for another may leave before it: then whoever comes next waits for both.
  const gone = Promise.allSettled([state.leaving.get(key), entry.blob.done]).then(() => {
    if (state.leaving.get(key) === gone) state.leaving.delete(key);
  });
  state.leaving.set(key, gone);
  entry.blob.abandon(reason);
  return gone;
};

/** One budget of connections for everything that runs: an idle one fetches for the job that has fewest. */
export const createEngine = (options: EngineOptions): Engine => {
  const { connections } = options;
  const lanes = {
    small: createLane<Entry>(connections, Math.min(SMALL_MOST, connections * SMALL_TIMES)),
    large: createLane<Entry>(connections, connections),
  };
  const state: EngineState = {
    options,
    lanes,
    entries: new Map(),
    leaving: new Map(),
    taken: 0,
    answerMs: 0,
    isClosed: false,
  };
  return {
    fetch: (wanted, taker) => {
      const entry = state.entries.get(wanted.finalPath) ?? addEntry(state, wanted);
      entry.takers = [...entry.takers, taker];
      count(entry.lane, taker, 1);
      wake(state);
      let hasLeft = false;
      return {
        blob: entry.blob,
        leave: async (reason) => {
          if (hasLeft) return;
          hasLeft = true;
          if (isIn(entry)) count(entry.lane, taker, -1);
          entry.takers = entry.takers.toSpliced(entry.takers.indexOf(taker), 1);
          if (entry.takers.length === 0) await abandon(state, entry, reason);
        },
      };
    },
    isBusyWith: (finalPath) => state.entries.has(finalPath) || state.leaving.has(finalPath),
    connectionsInUse: () => state.lanes.small.busy + state.lanes.large.busy,
    close: async () => {
      state.isClosed = true;
      // Whatever still runs would wait for a connection for ever.
      const reason = new AppError('operational', 'hubgram is shutting down.');
      await Promise.all([...state.entries.values()].map((entry) => abandon(state, entry, reason)));
      await Promise.all(state.leaving.values());
      await options.wire.close();
    },
  };
};
