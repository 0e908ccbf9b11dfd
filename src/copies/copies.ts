import { AppError } from '../domain/errors.ts';
import type { ByteRange, FileLocation, RepoFile } from '../domain/listing.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Places } from '../lib/places.ts';
import type { Proxies } from '../lib/proxies.ts';
import { createRateLimit } from '../lib/rate-limit.ts';
import type { Note } from '../transfer/engine/backoff.ts';
import { createBlobIndex } from '../cache/blob-index.ts';
import { freeBytes, repoPaths } from '../cache/layout.ts';
import { createDisks, type DiskFunctions } from '../cache/disk.ts';
import { createEngine } from '../transfer/engine/engine.ts';
import { createHasher } from '../transfer/files/hasher.ts';
import { missingBytes, missingFiles, type Published, type Wanted } from '../cache/missing.ts';
import { removeSnapshot, type SnapshotRemoval } from '../cache/remove.ts';
import { startSnapshot } from './snapshot.ts';
import { createLater } from '../lib/background.ts';
import { createSocketWire } from '../transfer/http/socket-wire.ts';
import { createUndiciWire } from '../transfer/http/undici-wire.ts';
import { recoverUnflushed } from '../cache/flush-later.ts';
import { type PartName, sweepPartials } from '../cache/sweep.ts';
import { createUnsaved } from '../transfer/files/unsaved.ts';
import type { Wire } from '../transfer/http/wire.ts';

/** A location together with what the Hub says lies there; it does not always tell the size. */
export type LocatedBlob = FileLocation & { readonly etag: string; readonly size: number | undefined };

/** Remembers which ranges of a partial file are safely on disk, and which blobs were verified. */
export interface Journal {
  readonly load: (repoFolder: string, etag: string) => ByteRange[];
  readonly save: (repoFolder: string, etag: string, size: number, ranges: readonly ByteRange[]) => void;
  readonly clear: (repoFolder: string, etag: string) => void;
  /** The mark of a blob that was verified. */
  readonly verified: (repoFolder: string, etag: string) => string | undefined;
  readonly setVerified: (repoFolder: string, etag: string, mark: string) => void;
}

/** How fast a job may go; jobs that share one go so fast together. */
export interface JobPace {
  /** Bytes per second, asked while it runs; undefined = no limit. */
  readonly perSecond: () => number | undefined;
  /** Resolves when so many bytes may be taken in. */
  readonly allow: (bytes: number, signal: AbortSignal) => Promise<void>;
}

export interface SnapshotJob {
  /** `models--gpt2`, a folder inside the cache. */
  readonly repoFolder: string;
  /** 40 hex. */
  readonly commit: string;
  /** `refs/<revision>` is written last; not if it is the commit itself. */
  readonly revision: string;
  readonly files: readonly RepoFile[];
  /** @param ask makes its requests over the connections that the files come over */
  readonly resolve: (path: string, signal: AbortSignal, ask: Wire['get']) => Promise<LocatedBlob>;
  readonly journal: Journal;
  /** Besides the limit for everything. */
  readonly pace?: JobPace;
}

export interface TransferState {
  readonly phase: 'checking' | 'receiving' | 'verifying' | 'publishing' | 'done';
  readonly bytesTotal: number;
  /** Of `bytesTotal`: on disk or received; no byte is counted twice. */
  readonly bytesReady: number;
  /** From the network, in this run. */
  readonly bytesReceived: number;
  readonly filesTotal: number;
  readonly filesDone: number;
  readonly currentFile?: string;
  /** By the clock that only goes forward; 0 before the first byte. */
  readonly lastByteAt: number;
  readonly connections: number;
  readonly note?: Note;
}

export interface RunningTransfer {
  /** What it looks like now; asked, never told. */
  readonly state: () => TransferState;
  /**
   * Resolves when the snapshot is in place. Rejects with an AppError, or with the signal's reason: then everything that
   * had arrived is on disk and in the journal.
   */
  readonly done: Promise<{ readonly snapshotPath: string; readonly bytesReceived: number }>;
}

export interface Transfer {
  readonly start: (job: SnapshotJob, signal: AbortSignal) => RunningTransfer;
  /** Bytes that these files still have to write to the disk. */
  readonly missingBytes: (wanted: Wanted) => Promise<number>;
  /** How many files of what was published are not there any more; undefined: the cache itself is not there. */
  readonly missingFiles: (published: Published) => Promise<number | undefined>;
  readonly freeBytes: () => Promise<number>;
  /** Removes partial files that are not wanted, and what else a killed program left. What is being fetched stays. */
  readonly sweepPartials: (isWanted: (part: PartName) => boolean, signal: AbortSignal) => Promise<void>;
  /** @returns bytes freed */
  readonly removeSnapshot: (removal: SnapshotRemoval) => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface TransferOptions {
  /** The Hugging Face cache, `HF_HUB_CACHE`. */
  readonly cacheDir: string;
  readonly connections: number;
  readonly userAgent: string;
  /** A connection without a byte for so long is given up, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Bytes per second for everything; asked while it runs; undefined = no limit. */
  readonly bandwidthLimit: () => number | undefined;
  /** Writing stops when less than this is free on the disk. */
  readonly minFreeBytes: () => number;
  readonly proxies?: Proxies | undefined;
  /** Where something may be sent. */
  readonly places: Places;
  readonly clock: Clock;
  /** What the disk is asked with, if not Node's own. */
  readonly diskFunctions?: DiskFunctions;
}

/** A connection holds a piece or two that wait for the bandwidth limit. One of each connection is this part of a second. */
const PIECES_PER_SECOND = 64;

const unguarded = (options: TransferOptions): Wire => {
  const { clock, connections, stallTimeoutMs: timeoutMs, bandwidthLimit, proxies } = options;
  const { lookup } = options.places;
  const fallback = createUndiciWire({ lookup, connections, timeoutMs, proxies });
  if (proxies) return fallback;
  const pieceBytes = (): number => (bandwidthLimit() ?? Infinity) / PIECES_PER_SECOND / connections;
  return createSocketWire({ lookup, clock, timeoutMs, pieceBytes, fallback });
};

/** Nothing is sent to a place before it was looked at. Through a proxy, names are the proxy's to look up. */
const wireOf = (options: TransferOptions): Wire => {
  const wire = unguarded(options);
  return {
    get: async (url, headers, signal) => {
      const refusal = await options.places.refusal(url);
      if (refusal !== undefined) throw new AppError('integrity', refusal);
      return wire.get(url, headers, signal);
    },
    close: wire.close,
  };
};

/** Receives snapshots into the cache: parallel, resumable, verified. Knows URLs, sizes, hashes and files only. */
export const createTransfer = (options: TransferOptions): Transfer => {
  const { cacheDir, clock } = options;
  const hasher = createHasher();
  const checkFloor = async (): Promise<void> => {
    if ((await freeBytes(cacheDir)) < options.minFreeBytes()) {
      throw new AppError('no_space', 'The disk is almost full: what should stay free would be used up.');
    }
  };
  const wire = wireOf(options);
  const engine = createEngine({
    connections: options.connections,
    wire,
    userAgent: options.userAgent,
    clock,
    allow: createRateLimit(options.bandwidthLimit, clock),
    blobParts: { hasher, unsaved: createUnsaved(), clock, checkFloor },
  });

  const later = createLater();
  later.run(() => recoverUnflushed(cacheDir, hasher));

  const disks = createDisks(options.diskFunctions);
  // The machine's own clock: that is what the disk notes.
  const index = createBlobIndex(cacheDir, systemClock);
  return {
    start: (job, signal) =>
      startSnapshot({ cacheDir, engine, ask: wire.get, hasher, disks, index, later: later.run }, job, signal),
    missingBytes: (wanted) => missingBytes(cacheDir, index, wanted),
    missingFiles: (published) => missingFiles(cacheDir, published),
    freeBytes: () => freeBytes(cacheDir),
    sweepPartials: (isWanted, signal) => {
      const isNeeded = (part: PartName): boolean =>
        isWanted(part) || engine.isBusyWith(repoPaths(cacheDir, part.repoFolder).blob(part.etag));
      return sweepPartials(cacheDir, isNeeded, signal);
    },
    removeSnapshot: (removal) => removeSnapshot(cacheDir, removal),
    close: async () => {
      await later.close();
      await engine.close();
      await hasher.close();
    },
  };
};
