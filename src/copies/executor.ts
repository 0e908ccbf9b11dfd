import type { Copy } from '../domain/copy.ts';
import type { RepoFile, RepoType } from '../domain/listing.ts';
import type { Memory } from '../domain/memory.ts';
import type { DiskRoom } from '../cache/layout.ts';
import type { LastUse } from '../cache/use/last-use.ts';
import type { Published, Wanted } from '../cache/missing.ts';
import type { Arrived, SnapshotRemoval } from '../cache/remove.ts';
import type { Piece, PieceWanted } from '../cache/read-piece.ts';
import type { ScannedRepo } from '../cache/scan.ts';
import type { ShownFiles } from '../cache/shown-files.ts';
import type { Parts } from '../cache/sweep.ts';
import type { LinkFound, LinkMade, LinksMade, LinksWanted } from './apps/wanted.ts';
import type { EarlierRecords } from './take-over.ts';
import type { Note } from '../transfer/engine/backoff.ts';

export type { LinkFound, LinkMade };

/** What is asked of an Ollama. */
export interface OllamaStore {
  readonly url: string;
  readonly files: readonly RepoFile[];
}

/** How fast all jobs may go together that name it. */
export interface NamedLimit {
  readonly name: string;
  readonly bytesPerSecond: number;
}

/** A copy that is to be made: plain data, without any token. */
export interface CopyJob {
  /**
   * By which it is known over restarts of either side (`domain/hosts/job-key.ts`). Whoever makes copies on another machine attaches to
   * what runs there under it, and tells an end once: who starts it again after that wants it done again. Without one nobody attaches.
   */
  readonly key?: string | undefined;
  /** Where its files come from: who makes the copy knows the way there, and holds the token for it. */
  readonly source: Copy['source'];
  readonly type: RepoType;
  /** As typed: the folder in the cache is named by it. */
  readonly id: string;
  /** 40 hex. */
  readonly commit: string;
  /** `refs/<revision>` is written last; not if it is the commit itself. */
  readonly revision: string;
  readonly files: readonly RepoFile[];
  /** Of a file from a web address: where it is. It may hold what lets its bearer in. */
  readonly url?: string | undefined;
  /** A file of which nobody knows how long it is may become no longer; without, as long as there is room for it. */
  readonly mostBytes?: number | undefined;
  /** With whose tokens it may be fetched, the first that is of use; without, with that of whoever makes it. */
  readonly tokensOf?: readonly number[];
  /** Besides the limit for everything; none if it is left out. */
  readonly limit?: NamedLimit;
}

/**
 * A reason to leave a copy: the program of who wants it ends, and it is wanted still. Who makes it in this process stops, and so keeps
 * what has come; another machine goes on, and whoever asks for it again under its key finds it there.
 */
export const PROGRAM_ENDS = Symbol('the program ends');

/** Whether a signal was aborted for no other reason. */
export const isLeftRunning = ({ reason }: Pick<AbortSignal, 'reason'>): boolean =>
  reason instanceof Error && reason.cause === PROGRAM_ENDS;

/** What a copy that is being made looks like. */
export interface CopyState {
  /** `checking`: at first, and whenever nothing is to come over the network before it is known what of it lies here. */
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
  /** It ran before anybody of this process had asked for it. */
  readonly ranBefore?: boolean;
  /** Of nothing that is to come is it known yet what is there from before: `bytesReady` says too little. */
  readonly isOpening?: boolean;
  /** Of a torrent: other machines that it comes from. */
  readonly peers?: number;
  readonly note?: Note;
}

/** A copy that is in place. */
export interface CopyMade {
  readonly snapshotPath: string;
  readonly bytesReceived: number;
  /** Of files of which nobody had told the one or the other, by their paths: SHA-256 and bytes. */
  readonly learned?: Readonly<Record<string, { readonly sha256: string; readonly size: number }>>;
}

export interface RunningCopy {
  /** What it looks like now; asked, never told. */
  readonly state: () => CopyState;
  /** From now on this limit holds instead of the one before, or none. */
  readonly setLimit: (limit: NamedLimit | undefined) => void;
  /**
   * Resolves when the snapshot is in place. Rejects with an AppError, or with the signal's reason: then everything that
   * had arrived is on disk and noted there.
   */
  readonly done: Promise<CopyMade>;
}

/** How far the reading of a copy is. */
export interface VerifyState {
  readonly bytesTotal: number;
  /** Read, or known to be missing; what several paths share counts for each of them. */
  readonly bytesDone: number;
  readonly filesTotal: number;
  readonly filesDone: number;
  readonly currentFile?: string;
}

/** What is wrong with a copy, by the paths of its files. */
export interface Verdict {
  readonly missing: readonly string[];
  /** They are there, and not what the source said: of another size, of another content, or not to be read. */
  readonly broken: readonly string[];
}

export interface RunningVerify {
  /** What it looks like now; asked, never told. */
  readonly state: () => VerifyState;
  /** Rejects with an AppError, `unavailable` if the cache itself is not there, or with the signal's reason. */
  readonly done: Promise<Verdict>;
}

/**
 * Who makes the copies of repositories in a machine's cache, says what is there of them, and removes them: all that the queue
 * asks of it. What goes over and what comes back is plain data, a failure is an AppError, and an aborted signal says stop.
 */
export interface Executor {
  /** @throws AppError validation: no repository has such a name; whatever else is wrong, `done` says */
  readonly start: (job: CopyJob, signal: AbortSignal) => RunningCopy;
  /** Bytes that came over the network since it began, for whichever job; each once. */
  readonly bytesReceived: () => number;
  /** Bytes that these files still have to write to the disk. */
  readonly missingBytes: (wanted: Wanted) => Promise<number>;
  /** How many files of what was published are not there any more; undefined: the cache itself is not there. */
  readonly missingFiles: (published: Published) => Promise<number | undefined>;
  /** The paths of a snapshot at which a file of the right size lies, whoever has put it there. */
  readonly filesThere: (published: Published) => Promise<readonly string[]>;
  /** Free bytes on the disk to which the files of this folder are written; on that of the cache unless told. */
  readonly freeBytes: (repoFolder?: string) => Promise<number>;
  /** On which disk that is: folders for which the same is said share their room. */
  readonly diskOf: (repoFolder: string) => Promise<string>;
  /** What the machine has to load models into. */
  readonly memory: () => Promise<Memory>;
  /** Of the disk that the cache lies on. */
  readonly room: () => Promise<DiskRoom>;
  /** When the files of a snapshot were last used; undefined: nothing of it is there. */
  readonly lastUse: (published: Published) => Promise<LastUse | undefined>;
  /**
   * Reads all of a copy again, whatever was verified before, and lets others at the disk half of the time. One copy at a
   * time: who comes later waits. A job for the same copy then fetches what is broken or missing, and nothing else.
   * @throws AppError validation: no repository has such a folder; whatever else is wrong, `done` says
   */
  readonly verify: (published: Published, signal: AbortSignal) => RunningVerify;
  /**
   * Reads a piece of a file of a snapshot.
   * @throws AppError not_found; validation: no such range; integrity: a path or a link that leads out of the
   * repository's folder
   */
  readonly read: (wanted: PieceWanted) => Promise<Piece>;
  /** What lies in the cache, whoever put it there, one repository after the other. Ends when the signal is aborted. */
  readonly list: (signal: AbortSignal) => AsyncIterable<ScannedRepo>;
  /** The files of a snapshot with the names of their blobs, in slices, whoever has put them there. Ends when the signal is aborted. */
  readonly shown: (
    snapshot: Pick<Published, 'repoFolder' | 'commit'>,
    signal: AbortSignal,
  ) => AsyncIterable<ShownFiles>;
  /**
   * Partial files, in slices, for whoever knows what is wanted. A folder without any, in which something else may be to be
   * swept, comes too. Ends when the signal is aborted.
   */
  readonly partials: (signal: AbortSignal) => AsyncIterable<Parts>;
  /** Removes these partial files, save what is being fetched, and what else a killed program left in their folder. */
  readonly sweep: (unwanted: Parts) => Promise<void>;
  /** @returns bytes freed */
  readonly removeSnapshot: (removal: SnapshotRemoval) => Promise<number>;
  /** Removes what has arrived of blobs, save those that a snapshot shows. @returns bytes freed */
  readonly removeArrived: (arrived: Arrived) => Promise<number>;
  /**
   * Shows files of a snapshot to another program of this machine, by links in its folder.
   * @returns what became of each, in their order
   */
  readonly link: (wanted: LinksWanted, signal: AbortSignal) => Promise<readonly LinkMade[]>;
  /** Takes links away again. @returns what lay at each place: what was not hubgram's is left */
  readonly unlink: (links: LinksMade) => Promise<readonly LinkFound[]>;
  /** Those of these files that the store of Ollama at an address has not. @throws AppError unreachable */
  readonly missingInOllama: (store: OllamaStore, signal: AbortSignal) => Promise<readonly RepoFile[]>;
  /** What lies at the places of links. */
  readonly linksThere: (links: LinksMade) => Promise<readonly LinkFound[]>;
  /** Resolves when the disk has what earlier versions kept of its files elsewhere. */
  readonly takeOver: (records: EarlierRecords) => Promise<void>;
}
