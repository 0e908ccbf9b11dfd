import { AppError } from '../domain/errors.ts';
import { type Blob, type BlobParts, type BlobWanted, createBlob } from './blob.ts';
import { fetchPart, type PartDeps } from './part.ts';
import type { JobPace } from './transfer.ts';
import type { Work } from './work-list.ts';

export interface EngineOptions extends PartDeps {
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
  /** Fetches a blob, or joins the fetching of it. */
  readonly fetch: (wanted: BlobWanted, pace?: JobPace) => Share;
  readonly connectionsInUse: () => number;
  readonly close: () => Promise<void>;
}

interface Entry {
  readonly blob: Blob;
  /** One for each taker. */
  paces: readonly (JobPace | undefined)[];
  opened: boolean;
  /** Connections that fetch it. */
  busy: number;
}

interface Core {
  readonly options: EngineOptions;
  /** By the blob's final path, oldest first. */
  readonly entries: Map<string, Entry>;
  /** Blobs on their way out, by the same path: whoever wants one anew waits until it has let go of the file. */
  readonly leaving: Map<string, Promise<void>>;
  busy: number;
  isClosed: boolean;
}

/** What a connection brings at least where it is worth limiting, in bytes per second. */
const SLOW_CONNECTION = 5e6;
/** Files open at once beyond the connections: enough that no connection waits for one to be opened. */
const OPEN_AHEAD = 8;

/** Ranges are cut between these: a round trip each, and what must come before the hash of what follows can be made. */
const PART_LEAST = 2 * 1024 * 1024;
const PART_MOST = 32 * 1024 * 1024;

/** Shorter and shorter towards the end, so that all connections end together. */
const partBytesNow = ({ entries, options }: Core): number => {
  const shares = 2 * options.connections;
  let left = 0;
  for (const { blob } of entries.values()) {
    left += blob.leftBytes();
    if (left >= shares * PART_MOST) return PART_MOST;
  }
  return Math.max(PART_LEAST, Math.ceil(left / shares));
};

/** What holds a blob back: nothing as long as one of its takers is held back by nothing; else the fastest of them. */
const paceOf = ({ paces }: Entry): JobPace | undefined => {
  const rates = paces.map((pace) => pace?.perSecond() ?? Number.POSITIVE_INFINITY);
  const fastest = Math.max(...rates);
  return Number.isFinite(fastest) ? paces[rates.indexOf(fastest)] : undefined;
};

/** What is held back must not hold the connections that others could use. */
const connectionsFor = ({ options }: Core, perSecond: number): number =>
  Math.min(Math.max(2, options.connections / 2), 1 + Math.ceil(perSecond / SLOW_CONNECTION));

/** Paces whose blobs have all the connections that help them. */
const sated = (core: Core): ReadonlySet<JobPace> => {
  const busy = new Map<JobPace, number>();
  for (const entry of core.entries.values()) {
    const pace = entry.busy > 0 ? paceOf(entry) : undefined;
    if (pace) busy.set(pace, (busy.get(pace) ?? 0) + entry.busy);
  }
  return new Set(
    [...busy].flatMap(([pace, used]) => (used >= connectionsFor(core, pace.perSecond() ?? 0) ? [pace] : [])),
  );
};

const nextWork = (core: Core): { entry: Entry; work: Work } | undefined => {
  const partBytes = partBytesNow(core);
  const full = sated(core);
  for (const steal of [false, true]) {
    for (const entry of core.entries.values()) {
      const pace = full.size > 0 ? paceOf(entry) : undefined;
      if (pace && full.has(pace)) continue;
      const work = entry.blob.take(steal, partBytes);
      if (work) return { entry, work };
    }
  }
  return undefined;
};

const openAhead = ({ entries, leaving, options }: Core): void => {
  const open = [...entries.values()].filter((entry) => entry.opened).length;
  const next = [...entries.values()].filter((entry) => !entry.opened);
  for (const entry of next.slice(0, Math.max(0, options.connections + OPEN_AHEAD - open))) {
    entry.opened = true;
    const before = leaving.get(entry.blob.wanted.finalPath) ?? Promise.resolve();
    void before.then(entry.blob.open);
  }
};

const runConnection = async (core: Core, entry: Entry, work: Work): Promise<void> => {
  const { blob } = entry;
  const allow: PartDeps['allow'] = async (bytes, signal) => {
    await core.options.allow(bytes, signal);
    await paceOf(entry)?.allow(bytes, signal);
  };
  let failure: unknown;
  try {
    await fetchPart({ ...core.options, allow }, blob, work);
  } catch (error) {
    failure = error;
  }
  core.busy -= 1;
  entry.busy -= 1;
  blob.ended(work, failure);
  wake(core);
};

/** Gives every idle connection something to do. */
const wake = (core: Core): void => {
  if (core.isClosed) return;
  openAhead(core);
  while (core.busy < core.options.connections) {
    const next = nextWork(core);
    if (!next) return;
    core.busy += 1;
    next.entry.busy += 1;
    void runConnection(core, next.entry, next.work);
  }
};

const addEntry = (core: Core, wanted: BlobWanted): Entry => {
  const key = wanted.finalPath;
  const blob = createBlob(wanted, { ...core.options.blobParts, wake: () => wake(core) });
  const entry: Entry = { blob, paces: [], opened: false, busy: 0 };
  core.entries.set(key, entry);
  const forget = (): void => {
    if (core.entries.get(key) === entry) core.entries.delete(key);
    wake(core);
  };
  blob.done.then(forget, forget);
  return entry;
};

/** The last taker has left: the blob saves what it has, and whoever comes now gets a new one. */
const abandon = (core: Core, entry: Entry, reason: unknown): Promise<void> => {
  const key = entry.blob.wanted.finalPath;
  if (core.entries.get(key) === entry) core.entries.delete(key);
  // One that was to wait for another may leave before it: then whoever comes next waits for both.
  const gone = Promise.allSettled([core.leaving.get(key), entry.blob.done]).then(() => {
    if (core.leaving.get(key) === gone) core.leaving.delete(key);
  });
  core.leaving.set(key, gone);
  entry.blob.abandon(reason);
  return gone;
};

/** One budget of connections for everything that runs: an idle connection takes the next range of the oldest blob. */
export const createEngine = (options: EngineOptions): Engine => {
  const core: Core = { options, entries: new Map(), leaving: new Map(), busy: 0, isClosed: false };
  return {
    fetch: (wanted, pace) => {
      const entry = core.entries.get(wanted.finalPath) ?? addEntry(core, wanted);
      entry.paces = [...entry.paces, pace];
      wake(core);
      let hasLeft = false;
      return {
        blob: entry.blob,
        leave: async (reason) => {
          if (hasLeft) return;
          hasLeft = true;
          entry.paces = entry.paces.toSpliced(entry.paces.indexOf(pace), 1);
          if (entry.paces.length === 0) await abandon(core, entry, reason);
        },
      };
    },
    connectionsInUse: () => core.busy,
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
