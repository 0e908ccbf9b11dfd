import { createBlobIndex } from '../cache/blob-index.ts';
import { createDisks, type DiskFunctions } from '../cache/disk.ts';
import { recoverUnflushed } from '../cache/flush-later.ts';
import { freeBytes, repoPaths, roomOn } from '../cache/layout.ts';
import { lastUse } from '../cache/use/last-use.ts';
import { filesThere, missingBytes, missingFiles } from '../cache/missing.ts';
import { readPiece } from '../cache/read-piece.ts';
import { removeArrived, removeSnapshot } from '../cache/remove.ts';
import { createReadCaches } from '../cache/read-caches.ts';
import { createRepoFolders } from '../cache/repo-folders.ts';
import { scanCache } from '../cache/scan.ts';
import { shownFiles } from '../cache/shown-files.ts';
import { listPartials, sweepFolder } from '../cache/sweep.ts';
import { createMarks } from '../cache/verified.ts';
import { AppError } from '../domain/errors.ts';
import { createBackground } from '../lib/async/background.ts';
import { systemClock } from '../lib/clock.ts';
import { type Log, silentLog } from '../lib/log.ts';
import { createTransfer, type TransferOptions } from '../transfer/transfer.ts';
import { lookAtLinks, makeLinks, removeLinks } from './apps/links.ts';
import { missingInOllama } from './apps/ollama.ts';
import type { Executor } from './executor.ts';
import { createMemory } from './memory.ts';
import { startSnapshot } from './snapshot.ts';
import type { SnapshotDeps, Sources } from './snapshot-run.ts';
import { createSpeedLimits } from './speed-limits.ts';
import { takeOverRecords } from './take-over.ts';
import { createVerify } from './verify.ts';

/** What makes and keeps the copies in this machine's cache. */
export interface Copies extends Executor {
  readonly close: () => Promise<void>;
}

export interface CopiesOptions extends Omit<TransferOptions, 'checkFloor'> {
  readonly sources: Sources;
  /** The Hugging Face cache, `HF_HUB_CACHE`. */
  readonly cacheDir: string;
  /** Writing stops when less than this is free on the disk. */
  readonly minFreeBytes: () => number;
  /** Caches of others in which blobs may lie; none if left out. */
  readonly readCaches?: readonly string[];
  readonly log?: Log;
  /** What the disk is asked with, if not Node's own. */
  readonly diskFunctions?: DiskFunctions;
}

/** Whoever asked for a download gets the answer first, and the next download a head start. */
const FLUSH_AFTER_MS = 2000;

/** @param onIdle called when the last run has ended that was under way */
const countRuns = (onIdle: () => void) => {
  let running = 0;
  const ended = (): void => {
    running -= 1;
    if (running === 0) onIdle();
  };
  return <Run extends { readonly done: Promise<unknown> }>(run: Run): Run => {
    running += 1;
    run.done.then(ended, ended);
    return run;
  };
};

/** One copy after the other, or side by side, from nothing to verified. */
export const createCopies = (options: CopiesOptions): Copies => {
  const { cacheDir, sources } = options;
  const checkFloor = async (): Promise<void> => {
    if ((await freeBytes(cacheDir)) < options.minFreeBytes()) {
      throw new AppError('no_space', 'The disk is almost full: what should stay free would be used up.');
    }
  };
  const transfer = createTransfer({ ...options, checkFloor });
  const background = createBackground(FLUSH_AFTER_MS);
  background.run(() => recoverUnflushed(cacheDir, transfer.hash));

  const disks = createDisks(options.diskFunctions);
  const folders = createRepoFolders();
  // The machine's own clock: that is what the disk notes.
  const index = createBlobIndex(cacheDir, systemClock);
  const marks = createMarks(cacheDir);
  const limits = createSpeedLimits(options.clock);
  const { readCaches: others = [], log = silentLog, clock } = options;
  const readCaches = createReadCaches({ folders: others, cacheDir, clock: systemClock, log });
  const underWay: SnapshotDeps['underWay'] = new Map();
  const found = { readCaches, underWay, checkFloor, clock };
  const shared = { cacheDir, sources, transfer, disks, folders, index, marks, limits, later: background.run, ...found };
  const verify = createVerify({ cacheDir, hash: transfer.hash, index, marks, clock: options.clock });
  const memory = createMemory();
  // Of a large repository they take megabytes.
  const counted = countRuns(marks.forget);
  return {
    start: (job, signal) => counted(startSnapshot(shared, job, signal)),
    verify: (published, signal) => counted(verify(published, signal)),
    bytesReceived: transfer.bytesReceived,
    missingBytes: (wanted) => missingBytes(cacheDir, { index, readCaches }, wanted),
    missingFiles: (published) => missingFiles(cacheDir, published),
    filesThere: (published) => filesThere(cacheDir, published),
    freeBytes: () => freeBytes(cacheDir),
    memory,
    room: () => roomOn(cacheDir),
    lastUse: (published) => lastUse(cacheDir, disks, published),
    read: (wanted) => readPiece(cacheDir, wanted),
    list: (signal) => scanCache(cacheDir, signal),
    shown: (snapshot, signal) => shownFiles(cacheDir, snapshot, signal),
    partials: (signal) => listPartials(cacheDir, signal),
    sweep: ({ repoFolder, etags }) => {
      const paths = repoPaths(cacheDir, repoFolder);
      return sweepFolder(cacheDir, folders, {
        repoFolder,
        etags: etags.filter((etag) => !transfer.isBusyWith(paths.blob(etag))),
      });
    },
    removeSnapshot: (removal) => removeSnapshot(cacheDir, folders, removal),
    removeArrived: (arrived) => removeArrived(cacheDir, folders, arrived),
    link: (wanted, signal) => makeLinks(cacheDir, wanted, signal),
    missingInOllama: ({ url, files }, signal) => missingInOllama(url, files, signal),
    unlink: (links) => removeLinks(cacheDir, links),
    linksThere: (links) => lookAtLinks(cacheDir, links),
    takeOver: (records) => takeOverRecords(cacheDir, marks, records),
    close: async () => {
      await background.close();
      await transfer.close();
      await marks.written();
    },
  };
};
