/* transfer/engine: all blobs that come at once, within one budget of connections, each by its states. */

import { AppError } from '../../domain/errors.ts';
import { createTurns } from '../../lib/async/turns.ts';
import { type Blob, createBlob } from './blob.ts';
import type { BlobParts, BlobWanted } from './blob-wanted.ts';
import { type Connections, type ConnectionsOptions, createConnections, type Entry } from './connections.ts';
import type { Taker } from './fair-share.ts';
import type { SmallConnections } from './lane.ts';

export interface EngineOptions extends ConnectionsOptions {
  readonly blobParts: Omit<BlobParts, 'wake' | 'gatherInTurn' | 'spare'>;
}

/** Blobs that take what lies on this machine at one time: a disk has one head, or one queue. */
const GATHERING_AT_ONCE = 2;

/** A share in a blob that may have other takers. */
export interface Share {
  readonly blob: Blob;
  /** No more interest of this taker. The last one to leave ends it: resolves when what is there is saved. */
  readonly leave: (reason: unknown) => Promise<void>;
}

export interface Engine {
  /** Fetches a blob for a job, or joins the fetching of it. Jobs share the connections evenly. */
  readonly fetch: (wanted: BlobWanted, taker: Taker) => Share;
  /** Is the blob with this path being fetched, or what came of it being saved? */
  readonly isBusyWith: (finalPath: string) => boolean;
  readonly connectionsInUse: () => number;
  /** For what is brought without it. */
  readonly small: SmallConnections;
  readonly close: () => Promise<void>;
}

interface EngineState {
  readonly blobParts: BlobParts;
  readonly connections: Connections;
  /** By the blob's final path. */
  readonly entries: Map<string, Entry>;
  /** Blobs on their way out, by the same path: whoever wants one anew waits until it has let go of the file. */
  readonly leaving: Map<string, Promise<void>>;
}

const AT_ONCE = Promise.resolve();

const forget = ({ entries, connections }: EngineState, entry: Entry): void => {
  connections.remove(entry);
  const key = entry.blob.wanted.finalPath;
  if (entries.get(key) === entry) entries.delete(key);
};

const addEntry = (state: EngineState, wanted: BlobWanted): Entry => {
  const { connections, entries, leaving, blobParts } = state;
  const blob = createBlob(wanted, blobParts);
  const entry = connections.add(blob, leaving.get(wanted.finalPath) ?? AT_ONCE);
  entries.set(wanted.finalPath, entry);
  const leave = (): void => {
    forget(state, entry);
    connections.wake();
  };
  // Whoever joined waits for it too; that nobody does any more is no fault.
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

/** Fetches blobs over one budget of connections, each once for all who want it. */
export const createEngine = (options: EngineOptions): Engine => {
  const connections = createConnections(options);
  const state: EngineState = {
    blobParts: {
      ...options.blobParts,
      wake: connections.wake,
      gatherInTurn: createTurns(GATHERING_AT_ONCE),
      spare: new Map(),
    },
    connections,
    entries: new Map(),
    leaving: new Map(),
  };
  return {
    fetch: (wanted, taker) => {
      const entry = state.entries.get(wanted.finalPath) ?? addEntry(state, wanted);
      connections.join(entry, taker);
      connections.wake();
      let hasLeft = false;
      return {
        blob: entry.blob,
        leave: async (reason) => {
          if (hasLeft) return;
          hasLeft = true;
          connections.part(entry, taker);
          if (entry.takers.length === 0) await abandon(state, entry, reason);
        },
      };
    },
    isBusyWith: (finalPath) => state.entries.has(finalPath) || state.leaving.has(finalPath),
    connectionsInUse: connections.inUse,
    small: connections.small,
    close: async () => {
      connections.stop();
      // Whatever still runs would wait for a connection for ever.
      const reason = new AppError('operational', 'hubgram is shutting down.');
      await Promise.all([...state.entries.values()].map((entry) => abandon(state, entry, reason)));
      await Promise.all(state.leaving.values());
      await options.wire.close();
      await options.foreignWire.close();
    },
  };
};
