import type { Blob } from './blob.ts';
import {
  adapt,
  count,
  createLane,
  createLending,
  freeIn,
  type Lane as LaneOf,
  type Lending,
  recover,
  type SmallConnections,
} from './lane.ts';
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
import { segmentBytesFor } from './segment-size.ts';
import type { Segment } from './segments.ts';

export interface ConnectionsOptions extends Omit<RangeRequestDeps, 'answered' | 'soon'> {
  readonly connections: number;
}

/** A blob that is to be fetched, with who wants it and what works on it. */
export interface Entry extends Shared {
  readonly blob: Blob;
  readonly lane: Lane;
  /** Resolves when its file is free: somebody may be on the way out with it. */
  readonly fileFree: Promise<unknown>;
}

type Lane = LaneOf<Entry>;

/** The budget of connections, and what they fetch. */
export interface Connections {
  /** Begins to fetch a blob when its turn has come. */
  readonly add: (blob: Blob, fileFree: Promise<unknown>) => Entry;
  /** It is done or given up: no connection begins anything more for it. Twice does nothing more. */
  readonly remove: (entry: Entry) => void;
  /** One job more wants it. */
  readonly join: (entry: Entry, taker: Taker) => void;
  /** One job less wants it. */
  readonly part: (entry: Entry, taker: Taker) => void;
  /** Gives every idle connection something to do. */
  readonly wake: () => void;
  readonly inUse: () => number;
  readonly small: SmallConnections;
  /** From now on nothing is begun. */
  readonly stop: () => void;
}

interface ConnectionsState {
  readonly options: ConnectionsOptions;
  /** Small files cost round trips, others bandwidth: each kind has connections of its own, so that neither waits. */
  readonly lanes: { readonly small: Lane; readonly large: Lane };
  /** Bytes given to connections since they were last all idle. */
  taken: number;
  /** Connections for small files that others use. */
  readonly lending: Lending;
  /** From a request to its answer, in milliseconds; a mean of the last ones. */
  answerMs: number;
  isStopped: boolean;
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

const NONE: ReadonlySet<undefined> = new Set();

const isLimited = ({ jobs }: Lane): boolean => {
  for (const { speedLimit } of jobs.keys()) if (speedLimit?.perSecond() !== undefined) return true;
  return false;
};

/** Speed limits in a lane that have all the connections that help them. */
const saturatedIn = (lane: Lane, { connections }: ConnectionsOptions): ReadonlySet<Taker['speedLimit']> =>
  isLimited(lane) ? saturated(lane.opened, lasting, connections) : NONE;

const isHeldBack = (entry: Entry, full: ReadonlySet<Taker['speedLimit']>): boolean =>
  full.size > 0 && full.has(speedLimitOf(entry));

const inOrder = ({ jobs, opened }: Lane): Iterable<Entry> => (jobs.size > 1 ? inTurn(opened) : opened);

interface Next {
  readonly entry: Entry;
  readonly segment: Segment;
}

/**
 * A small file is for one connection. Asked several times for every one of them, so it has to be quick where there is
 * nothing to share.
 */
const nextSmall = ({ lanes: { small }, options }: ConnectionsState): Next | undefined => {
  const full = saturatedIn(small, options);
  for (const entry of inOrder(small)) {
    if (entry.busy > 0 || isHeldBack(entry, full)) continue;
    const segment = entry.blob.take(false, SMALL_BYTES);
    if (segment) return { entry, segment };
  }
  return undefined;
};

/** First of what nobody fetches, then of what others have begun. */
const nextLarge = (state: ConnectionsState): Next | undefined => {
  const { large } = state.lanes;
  const { connections } = state.options;
  const full = saturatedIn(large, state.options);
  const entries = inOrder(large);
  for (const steal of [false, true]) {
    for (const entry of entries) {
      if (!entry.blob.wants(steal) || isHeldBack(entry, full)) continue;
      const segment = entry.blob.take(steal, segmentBytesFor(entry, large, connections, state.taken));
      if (!segment) continue;
      state.taken += segment.end - segment.start;
      return { entry, segment };
    }
  }
  if (large.busy === 0) state.taken = 0;
  return undefined;
};

/** Jobs have equal shares of what is open, too: one with a thousand files does not keep the others' from being opened. */
const openAhead = (lane: Lane, { connections }: ConnectionsOptions): void => {
  if (lane.waiting.size === 0) return;
  const openMost = lane.limit + OPEN_AHEAD;
  const jobs = lane.jobs.size;
  const isAlone = jobs === 1;
  const held = new Map(isAlone ? [] : holdings(lane.opened, () => 1));
  for (const entry of lane.waiting) {
    if (isAlone && lane.opened.size >= openMost) return;
    if (!isAlone && least(entry, held) >= openMost / jobs) continue;
    const limit = speedLimitOf(entry);
    if (limit && saturated(lane.opened, () => 1, connections, OPEN_AHEAD).has(limit)) continue;
    for (const taker of entry.takers) held.set(taker, (held.get(taker) ?? 0) + 1);
    lane.waiting.delete(entry);
    lane.opened.add(entry);
    // A connection waits for it: it is asked where it lies while its file is opened, which a small one's is not.
    if (entry.blob.wanted.size > SMALL_BYTES && lane.opened.size <= freeIn(lane)) entry.blob.locator.prepare();
    void entry.fileFree.then(entry.blob.open);
  }
};

/** So many connections more of it, or fewer, count as free already. */
const countAsFree = (entry: Entry, more: 1 | -1): void => {
  entry.leaving += more;
  entry.lane.leaving += more;
};

/** So many connections more fetch it, or fewer. */
const countAsBusy = (entry: Entry, more: 1 | -1): void => {
  entry.busy += more;
  entry.lane.busy += more;
};

/** Frees a connection where every one is taken and a job has too few of them: one that has more than its share gives it up. */
const freeOne = ({ options, lanes: { large } }: ConnectionsState): void => {
  if (large.jobs.size < 2 || freeIn(large) > 0) return;
  const full = saturatedIn(large, options);
  const wants = (entry: Entry): boolean => entry.blob.wants(false) && !full.has(speedLimitOf(entry));
  for (const entry of tooRich(large.opened, large.limit, wants)) {
    if (entry.blob.giveUpOne()) return countAsFree(entry, 1);
  }
};

type Soon = RangeRequestDeps['soon'];

/** What is soon there lets the next one be asked for meanwhile. */
const goSoon =
  (state: ConnectionsState, { entry, segment }: Next): Soon =>
  (ms) => {
    if (ms > Math.min(SOON_MS, state.answerMs) || !entry.blob.leave(segment)) return;
    countAsFree(entry, 1);
    wake(state);
  };

const runConnection = async (state: ConnectionsState, { entry, segment }: Next, soon: Soon): Promise<void> => {
  const { lane, blob } = entry;
  const began = performance.now();
  let heldMs = 0;
  const allow: RangeRequestDeps['allow'] = async (bytes, signal) => {
    const asked = performance.now();
    await state.options.allow(bytes, signal);
    heldMs += performance.now() - asked;
    const limit = speedLimitOf(entry);
    if (limit) await limit.allow(bytes, signal);
  };
  const answered: RangeRequestDeps['answered'] = (ms) => {
    state.answerMs += (ms - state.answerMs) * (state.answerMs === 0 ? 1 : NEWEST);
  };
  let failure: unknown;
  try {
    await fetchRange({ ...state.options, allow, answered, soon }, blob, segment);
  } catch (error) {
    failure = error;
  }
  countAsBusy(entry, -1);
  adapt(lane, failure, heldMs > (performance.now() - began) / 2, state.options.clock.monotonic());
  if (blob.ended(segment, failure)) countAsFree(entry, -1);
  wake(state);
};

/** What differs between small files and large ones. */
interface Kind {
  readonly next: (state: ConnectionsState) => Next | undefined;
  /** What is done when the rest of a range will be there soon. */
  readonly soon: (state: ConnectionsState, next: Next) => Soon;
}

const NOTHING: Soon = () => undefined;
const SMALL: Kind = { next: nextSmall, soon: () => NOTHING };
const LARGE: Kind = { next: nextLarge, soon: goSoon };

const fill = (state: ConnectionsState, lane: Lane, { next, soon }: Kind): void => {
  openAhead(lane, state.options);
  recover(lane, state.options.clock.monotonic());
  const kept = lane === state.lanes.small ? state.lending.kept() : 0;
  while (freeIn(lane) > kept) {
    const found = next(state);
    if (!found) return;
    countAsBusy(found.entry, 1);
    void runConnection(state, found, soon(state, found));
  }
};

const wake = (state: ConnectionsState): void => {
  if (state.isStopped) return;
  fill(state, state.lanes.small, SMALL);
  fill(state, state.lanes.large, LARGE);
  freeOne(state);
  state.lending.tell();
};

const remove = (entry: Entry): void => {
  const { lane, takers } = entry;
  if (lane.waiting.delete(entry) || lane.opened.delete(entry)) for (const taker of takers) count(lane, taker, -1);
};

const isIn = (entry: Entry): boolean => entry.lane.waiting.has(entry) || entry.lane.opened.has(entry);

/** One budget of connections for everything that runs: an idle one fetches for the job that has fewest. */
export const createConnections = (options: ConnectionsOptions): Connections => {
  const { connections } = options;
  const lanes = {
    small: createLane<Entry>(connections, Math.min(SMALL_MOST, connections * SMALL_TIMES)),
    large: createLane<Entry>(connections, connections),
  };
  const lending = createLending({
    lane: lanes.small,
    clock: options.clock,
    isStopped: () => state.isStopped,
    wake: () => wake(state),
  });
  const state: ConnectionsState = { options, lanes, taken: 0, lending, answerMs: 0, isStopped: false };
  return {
    add: (blob, fileFree) => {
      const lane = blob.wanted.size <= SMALL_BYTES ? lanes.small : lanes.large;
      const entry: Entry = { blob, lane, fileFree, takers: [], busy: 0, leaving: 0 };
      lane.waiting.add(entry);
      return entry;
    },
    remove,
    join: (entry, taker) => {
      entry.takers = [...entry.takers, taker];
      count(entry.lane, taker, 1);
    },
    part: (entry, taker) => {
      if (isIn(entry)) count(entry.lane, taker, -1);
      entry.takers = entry.takers.toSpliced(entry.takers.indexOf(taker), 1);
    },
    wake: () => wake(state),
    inUse: () => lanes.small.busy + lanes.large.busy,
    small: lending.small,
    stop: () => {
      state.isStopped = true;
    },
  };
};
