import { AppError } from '../../domain/errors.ts';
import { type Blob, type BlobParts, type BlobWanted, createBlob } from './blob.ts';
import { adapt, count, createLane, freeIn, type Lane as LaneOf, recover } from './lane.ts';
import { fetchPart, type PartDeps } from './range-request.ts';
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
import type { Work } from './segments.ts';

export interface EngineOptions extends Omit<PartDeps, 'answered' | 'soon'> {
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

interface Core {
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
/** Connections for small files: so many times those for others, */
const SMALL_TIMES = 8;
/** but no more than this. */
const SMALL_MOST = 128;
/** The next range is asked for before this one ends, by as long as an answer takes, but at most by this. */
const SOON_MS = 250;
/** The share that the newest answer has in the mean. */
const NEWEST = 0.2;
const PART_LEAST = 2 * 1024 * 1024;
/** With few connections others wait for the end of one. */
const PART_MOST = 32 * 1024 * 1024;
/** What is under way at one time: the hash of what follows waits for it, and then has to be made in a hurry. */
const WINDOW = 256 * 1024 * 1024;

const NONE: ReadonlySet<undefined> = new Set();
/** The first ones are short and grow by this share of what was taken: then they end one after the other, in their order. */
const RAMP = 4;

/** Shorter and shorter towards the end of a job, so that all its connections end together. */
const partBytesFor = ({ lanes: { large }, options, taken }: Core, { takers }: Entry): number => {
  const longest = Math.min(PART_MOST, Math.floor(WINDOW / options.connections), Math.floor(taken / RAMP));
  const most = Math.max(PART_LEAST, longest);
  const share = Math.ceil(options.connections / Math.max(1, large.jobs.size));
  let left = 0;
  for (const entries of [large.opened, large.waiting]) {
    for (const entry of entries) {
      if (entry.takers.some((taker) => takers.includes(taker))) left += entry.blob.leftBytes();
      if (left >= share * most) return most;
    }
  }
  return Math.max(PART_LEAST, Math.ceil(left / share));
};

const isLimited = ({ jobs }: Lane): boolean => {
  for (const { speedLimit } of jobs.keys()) if (speedLimit?.perSecond() !== undefined) return true;
  return false;
};

/** Speed limits in a lane that have all the connections that help them. */
const saturatedIn = (lane: Lane, { connections }: EngineOptions): ReadonlySet<Taker['speedLimit']> =>
  isLimited(lane) ? saturated(lane.opened, lasting, connections) : NONE;

/** Asked several times for every small file, so it has to be quick where there is nothing to share. */
const nextWork = (core: Core, lane: Lane): { entry: Entry; work: Work } | undefined => {
  const isLarge = lane === core.lanes.large;
  const full = saturatedIn(lane, core.options);
  const entries = lane.jobs.size > 1 ? inTurn(lane.opened) : lane.opened;
  for (const steal of isLarge ? [false, true] : [false]) {
    for (const entry of entries) {
      if (!isLarge && entry.busy > 0) continue;
      if (!entry.blob.wants(steal) || (full.size > 0 && full.has(speedLimitOf(entry)))) continue;
      const work = entry.blob.take(steal, isLarge ? partBytesFor(core, entry) : PART_LEAST);
      if (!work) continue;
      if (isLarge) core.taken += work.end - work.start;
      return { entry, work };
    }
  }
  if (isLarge && lane.busy === 0) core.taken = 0;
  return undefined;
};

/** Jobs have equal shares of the places too: one with a thousand files does not keep the others' from being opened. */
const openAhead = ({ leaving, options }: Core, lane: Lane): void => {
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
const countAsFree = (entry: Entry, work: Work): void => {
  work.isLeaving = true;
  entry.leaving += 1;
  entry.lane.leaving += 1;
};

/** Every connection is taken, and one job has too few of them: another gives one up. */
const makeRoom = ({ options, lanes: { large } }: Core): void => {
  if (large.jobs.size < 2 || freeIn(large) > 0) return;
  const full = saturatedIn(large, options);
  const wants = (entry: Entry): boolean => entry.blob.wants(false) && !full.has(speedLimitOf(entry));
  for (const entry of tooRich(large.opened, large.limit, wants)) {
    const work = entry.blob.giveUpOne();
    if (work) return countAsFree(entry, work);
  }
};

const runConnection = async (core: Core, entry: Entry, work: Work): Promise<void> => {
  const { lane, blob } = entry;
  const began = performance.now();
  let heldMs = 0;
  const allow: PartDeps['allow'] = async (bytes, signal) => {
    const asked = performance.now();
    await core.options.allow(bytes, signal);
    heldMs += performance.now() - asked;
    await speedLimitOf(entry)?.allow(bytes, signal);
  };
  const answered: PartDeps['answered'] = (ms) => {
    core.answerMs += (ms - core.answerMs) * NEWEST;
  };
  const soon: PartDeps['soon'] = (ms) => {
    if (work.isLeaving || lane === core.lanes.small || ms > Math.min(SOON_MS, core.answerMs)) return;
    countAsFree(entry, work);
    wake(core);
  };
  let failure: unknown;
  try {
    await fetchPart({ ...core.options, allow, answered, soon }, blob, work);
  } catch (error) {
    failure = error;
  }
  lane.busy -= 1;
  entry.busy -= 1;
  if (work.isLeaving) {
    lane.leaving -= 1;
    entry.leaving -= 1;
  }
  adapt(lane, failure, heldMs > (performance.now() - began) / 2, core.options.clock.monotonic());
  blob.ended(work, failure);
  wake(core);
};

/** Gives every idle connection something to do. */
const wake = (core: Core): void => {
  if (core.isClosed) return;
  for (const lane of [core.lanes.small, core.lanes.large]) {
    openAhead(core, lane);
    recover(lane, core.options.clock.monotonic());
    while (freeIn(lane) > 0) {
      const next = nextWork(core, lane);
      if (!next) break;
      lane.busy += 1;
      next.entry.busy += 1;
      void runConnection(core, next.entry, next.work);
    }
  }
  makeRoom(core);
};

const isIn = (entry: Entry): boolean => entry.lane.waiting.has(entry) || entry.lane.opened.has(entry);

/** It is done or given up: no connection begins anything more for it. */
const forget = (core: Core, entry: Entry): void => {
  const { lane, takers } = entry;
  if (lane.waiting.delete(entry) || lane.opened.delete(entry)) for (const taker of takers) count(lane, taker, -1);
  const key = entry.blob.wanted.finalPath;
  if (core.entries.get(key) === entry) core.entries.delete(key);
};

const addEntry = (core: Core, wanted: BlobWanted): Entry => {
  const blob = createBlob(wanted, { ...core.options.blobParts, wake: () => wake(core) });
  const lane = wanted.size <= SMALL_BYTES ? core.lanes.small : core.lanes.large;
  const entry: Entry = { blob, lane, takers: [], busy: 0, leaving: 0 };
  core.entries.set(wanted.finalPath, entry);
  lane.waiting.add(entry);
  const leave = (): void => {
    forget(core, entry);
    wake(core);
  };
  blob.done.then(leave, leave);
  return entry;
};

/** The last taker has left: the blob saves what it has, and whoever comes now gets a new one. */
const abandon = (core: Core, entry: Entry, reason: unknown): Promise<void> => {
  const key = entry.blob.wanted.finalPath;
  forget(core, entry);
  // One that was to wait for another may leave before it: then whoever comes next waits for both.
  const gone = Promise.allSettled([core.leaving.get(key), entry.blob.done]).then(() => {
    if (core.leaving.get(key) === gone) core.leaving.delete(key);
  });
  core.leaving.set(key, gone);
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
  const core: Core = { options, lanes, entries: new Map(), leaving: new Map(), taken: 0, answerMs: 0, isClosed: false };
  return {
    fetch: (wanted, taker) => {
      const entry = core.entries.get(wanted.finalPath) ?? addEntry(core, wanted);
      entry.takers = [...entry.takers, taker];
      count(entry.lane, taker, 1);
      wake(core);
      let hasLeft = false;
      return {
        blob: entry.blob,
        leave: async (reason) => {
          if (hasLeft) return;
          hasLeft = true;
          if (isIn(entry)) count(entry.lane, taker, -1);
          entry.takers = entry.takers.toSpliced(entry.takers.indexOf(taker), 1);
          if (entry.takers.length === 0) await abandon(core, entry, reason);
        },
      };
    },
    isBusyWith: (finalPath) => core.entries.has(finalPath) || core.leaving.has(finalPath),
    connectionsInUse: () => core.lanes.small.busy + core.lanes.large.busy,
    close: async () => {
      core.isClosed = true;
      // Whatever still runs would wait for a connection for ever.
      const reason = new AppError('operational', 'hubgram is shutting down.');
      await Promise.all([...core.entries.values()].map((entry) => abandon(core, entry, reason)));
      await Promise.all(core.leaving.values());
      await options.wire.close();
    },
  };
};
