import type { Copy } from '../domain/copy.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Turns } from '../lib/async/turns.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { BlobIndex } from '../cache/blob-index.ts';
import type { Disks } from '../cache/disk.ts';
import type { ReadCaches } from '../cache/read-caches.ts';
import type { RepoFolders } from '../cache/repo-folders.ts';
import type { Marks } from '../cache/verified.ts';
import type { FillingSource, Source } from '../sources/port.ts';
import type { Taker } from '../transfer/engine/fair-share.ts';
import type { Share } from '../transfer/engine/engine.ts';
import type { Early } from '../transfer/engine/gathering.ts';
import type { Transfer } from '../transfer/transfer.ts';
import type { CopyJob, CopyState } from './executor.ts';
import type { Checking, Named } from './present.ts';
import type { Tally } from './snapshot-state.ts';
import type { SpeedLimits } from './speed-limits.ts';

/** What is asked about files. */
type Asked = Pick<Source, 'locate' | 'ofPerson'> & Partial<Pick<Source, 'terms' | 'findingIn'>>;

/** Who says where files lie, by the name that jobs have for it. */
export type Sources = Readonly<Record<'hub', Asked>> & Readonly<Partial<Record<Copy['source'], Asked>>>;

/** A blob that is being fetched below a repository's folder. */
export interface UnderWay {
  readonly repoFolder: string;
  readonly finalPath: string;
  readonly share: Share;
  readonly taker: Taker;
}

export interface SnapshotDeps {
  readonly cacheDir: string;
  readonly sources: Sources;
  /** Brings torrents, and files of messages; without it none can be had. */
  readonly filling?: FillingSource | undefined;
  /** Bytes per second for everything; undefined: no limit. */
  readonly bandwidthLimit: () => number | undefined;
  readonly transfer: Transfer;
  readonly disks: Disks;
  readonly folders: RepoFolders;
  readonly index: BlobIndex;
  readonly readCaches: ReadCaches;
  /** By name: what is being fetched, for whichever repository. */
  readonly underWay: Map<string, UnderWay>;
  /** @throws AppError no_space: its disk is not mounted */
  readonly checkMount: () => Promise<void>;
  /** @throws AppError no_space: what should stay free would be used up */
  readonly checkFloor: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly marks: Marks;
  /** Of a smaller file it is not asked what of it lies here, in bytes. */
  readonly chunkedFromBytes: number;
  readonly limits: SpeedLimits;
  /** Runs this when there is time. */
  readonly later: (work: () => Promise<void>) => void;
}

/** A blob of a snapshot that is being made. */
export interface SnapshotBlob extends Named {
  others: RepoFile[] | undefined;
  /** It lies in the cache, verified. */
  done: boolean;
  /** Bytes of it that the disk may not have yet. */
  unflushed: number;
  /** Of one that this run has put there whole: whether it is still there, false before that is known. Of others: undefined. */
  isThere: boolean | undefined;
}

/** What a run knows of what lies here in files of earlier commits. */
export interface Chunks {
  /** It is asked about a few files at one time. */
  readonly askInTurn: Turns;
  /** What is fetched of its files meanwhile. */
  readonly early: Early;
  /** Of so many files something lay here. */
  found: number;
  /** Of so many nothing did, or nobody could say. */
  vain: number;
  /** So often all other repositories were looked into. */
  looks: number;
  /** The folder of the one in which a file like one of this copy lay. */
  sibling: string | undefined;
}

/** A snapshot that is being made. */
export interface CopyRun extends SnapshotDeps, Pick<Checking, 'repoFolder' | 'paths' | 'commit' | 'signal'> {
  readonly job: CopyJob;
  readonly taker: Taker;
  /** By name. */
  readonly byEtag: Map<string, SnapshotBlob>;
  readonly tally: Tally;
  /** What files have turned out to be of which nobody had told it, by the names of their blobs. */
  readonly learned: Map<string, { readonly sha256: string; readonly size: number }>;
  readonly chunks: Chunks;
  phase: CopyState['phase'];
}

/**
 * It lies in the cache, verified.
 * @param unflushed bytes that the disk may not have: of what was there before nobody knows
 */
export const settle = ({ tally }: CopyRun, blob: SnapshotBlob, unflushed = blob.file.size): void => {
  blob.done = true;
  blob.unflushed = unflushed;
  tally.bytesDone += blob.file.size;
  tally.filesDone += 1 + (blob.others?.length ?? 0);
};
