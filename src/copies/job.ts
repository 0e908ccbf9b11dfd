import type { RepoFile } from '../domain/listing.ts';
import type { SpeedLimit } from '../lib/rate-limit.ts';
import type { Note } from '../transfer/engine/backoff.ts';
import type { LocatedBlob } from '../transfer/engine/locator.ts';
import type { Wire } from '../transfer/http/wire.ts';

/** A copy that is to be made. */
export interface CopyJob {
  /** `models--gpt2`, a folder inside the cache. */
  readonly repoFolder: string;
  /** 40 hex. */
  readonly commit: string;
  /** `refs/<revision>` is written last; not if it is the commit itself. */
  readonly revision: string;
  readonly files: readonly RepoFile[];
  /** @param ask makes its requests over the connections that the files come over */
  readonly resolve: (path: string, signal: AbortSignal, ask: Wire['get']) => Promise<LocatedBlob>;
  /** Besides the limit for everything; asked again and again. */
  readonly speedLimit?: () => SpeedLimit | undefined;
}

/** What a copy that is being made looks like. */
export interface CopyState {
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

export interface RunningCopy {
  /** What it looks like now; asked, never told. */
  readonly state: () => CopyState;
  /**
   * Resolves when the snapshot is in place. Rejects with an AppError, or with the signal's reason: then everything that
   * had arrived is on disk and claimed there.
   */
  readonly done: Promise<{ readonly snapshotPath: string; readonly bytesReceived: number }>;
}
