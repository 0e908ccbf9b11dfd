/* copies: one copy on this machine, from nothing to verified, by what its job and its disk say; it knows no database. */

import { join } from 'node:path';
import { createBlobIndex } from '../cache/blob-index.ts';
import { createDisks, type DiskFunctions } from '../cache/disk.ts';
import { recoverUnflushed } from '../cache/flush-later.ts';
import { diskOf, freeBytes, isPathTaken, isWebFileFolder, repoPaths, roomOn } from '../cache/layout.ts';
import { lastUse } from '../cache/use/last-use.ts';
import { filesThere, missingBytes, missingFiles, type Published } from '../cache/missing.ts';
import { readPiece } from '../cache/read-piece.ts';
import { removeArrived, removeSnapshot } from '../cache/remove.ts';
import { createReadCaches, type ReadCaches } from '../cache/read-caches.ts';
import { createRepoFolders } from '../cache/repo-folders.ts';
import { scanCache } from '../cache/scan.ts';
import { shownFiles } from '../cache/shown-files.ts';
import { listPartials, sweepFolder } from '../cache/sweep.ts';
import { createMarks } from '../cache/verified.ts';
import { AppError } from '../domain/errors.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import { createBackground } from '../lib/async/background.ts';
import { behind, oneAtATime } from '../lib/async/one-at-a-time.ts';
import { systemClock } from '../lib/clock.ts';
import { type Log, silentLog } from '../lib/log.ts';
import type { Mount } from '../lib/disk/mount.ts';
import type { FillingSource } from '../sources/port.ts';
import { GATHERED_FROM } from '../transfer/engine/gathering.ts';
import { createTransfer, type Transfer, type TransferOptions } from '../transfer/transfer.ts';
import { lookAtLinks, makeLinks, removeLinks } from './apps/links.ts';
import { missingInOllama } from './apps/ollama.ts';
import { createSilentServers } from './apps/silent-servers.ts';
import type { Executor } from './executor.ts';
import { createMemory } from './memory.ts';
import { startSnapshot } from './snapshot.ts';
import type { SnapshotDeps, Sources } from './snapshot-run.ts';
import { createSpeedLimits } from './speed-limits.ts';
import { takeOverRecords } from './take-over.ts';
import { createVerify } from './verify.ts';

/** What makes and keeps the copies in this machine's cache. */
export interface Copies extends Executor, Pick<Transfer, 'ask' | 'askForeign'> {
  /** Whether something lies where the file from a web address that has this folder gets its place. */
  readonly isPathTaken: (repoFolder: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export interface CopiesOptions extends Omit<TransferOptions, 'checkFloor'> {
  readonly sources: Sources;
  /** Brings torrents, and files of messages; without it none can be had. */
  readonly filling?: FillingSource | undefined;
  /** The Hugging Face cache, `HF_HUB_CACHE`. */
  readonly cacheDir: string;
  /** The disk that it lies on; whatever lies there if not given. */
  readonly mount?: Mount | undefined;
  /** Where files from web addresses get their places; without it none can be fetched. */
  readonly filesDir?: string | undefined;
  /** Writing stops when less than this is free on the disk. */
  readonly minFreeBytes: () => number;
  /** Caches of others in which blobs may lie; none if left out. */
  readonly readCaches?: readonly string[];
  /** Where the program is looked for that knows the graphics cards, as PATH has it; nowhere if left out. */
  readonly programPath?: string | undefined;
  readonly log?: Log;
  /** Of a smaller file it is not asked what of it lies here, in bytes; `GATHERED_FROM` if left out. */
  readonly chunkedFromBytes?: number;
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

/** Where something below a folder is kept, and what is known of it. */
interface Root extends Pick<SnapshotDeps, 'cacheDir' | 'folders' | 'index' | 'marks' | 'checkMount' | 'checkFloor'> {
  /** A disk that answers nobody is asked once, however often somebody asks: each question takes one of a few threads. */
  readonly room: Executor['room'];
}

const createMountCheck = (mount: Mount | undefined) => async (): Promise<void> => {
  if (mount && !(await mount.isThere())) {
    // Like room, it is waited for: nothing has failed when it is back.
    throw new AppError(
      'no_space',
      `The disk with the models is not mounted at ${mount.point}: there is no room for them.`,
    );
  }
};

const createFloor =
  (
    folder: string,
    { minFreeBytes, checkMount }: Pick<CopiesOptions, 'minFreeBytes'> & Pick<SnapshotDeps, 'checkMount'>,
  ) =>
  async (): Promise<void> => {
    await checkMount();
    if ((await freeBytes(folder)) < minFreeBytes()) {
      throw new AppError('no_space', 'The disk is almost full: what should stay free would be used up.');
    }
  };

/** The cache, and the folder for what is under way of files from web addresses. */
const createHolding = ({ cacheDir, mount, filesDir, minFreeBytes }: CopiesOptions) => {
  // The machine's own clock: that is what the disk notes.
  const index = createBlobIndex(cacheDir, systemClock);
  const rootAt = (folder: string, disk?: Mount): Root => {
    const checkMount = createMountCheck(disk);
    return {
      cacheDir: folder,
      folders: createRepoFolders(),
      index,
      marks: createMarks(folder),
      checkMount,
      checkFloor: createFloor(folder, { minFreeBytes, checkMount }),
      room: oneAtATime(() => roomOn(folder)),
    };
  };
  const cache = rootAt(cacheDir, mount);
  const files = filesDir === undefined ? undefined : rootAt(join(filesDir, '.hubgram'));
  return {
    cache,
    all: files ? [cache, files] : [cache],
    of: (repoFolder: string): Root => (isWebFileFolder(repoFolder) ? (files ?? cache) : cache),
  };
};

type Holding = ReturnType<typeof createHolding>;

/** What goes from the disk, in either place. */
const createSweeping = (
  holding: Holding,
  transfer: Pick<Transfer, 'isBusyWith'>,
  filling: FillingSource | undefined,
): Pick<Executor, 'partials' | 'sweep' | 'removeSnapshot' | 'removeArrived'> => ({
  partials: async function* partials(signal) {
    for (const root of holding.all) yield* listPartials(root.cacheDir, signal);
  },
  sweep: ({ repoFolder, etags }) => {
    const { cacheDir, folders } = holding.of(repoFolder);
    const paths = repoPaths(cacheDir, repoFolder);
    const unwanted = etags.filter((etag) => !transfer.isBusyWith(paths.blob(etag)));
    return sweepFolder(cacheDir, folders, { repoFolder, etags: unwanted });
  },
  removeSnapshot: async (removal) => {
    await holding.of(removal.repoFolder).checkMount();
    // First, so that the disk has the room when the files have gone.
    await filling?.letGo?.(removal.commit);
    const { cacheDir, folders } = holding.of(removal.repoFolder);
    return removeSnapshot(cacheDir, folders, removal);
  },
  removeArrived: async (arrived) => {
    const { cacheDir, folders, checkMount } = holding.of(arrived.repoFolder);
    await checkMount();
    return removeArrived(cacheDir, folders, arrived);
  },
});

/** @returns undefined: its disk is not mounted, and nothing is known of what lies on it */
const missingOn = async (
  { cacheDir, mount }: CopiesOptions,
  dir: string,
  published: Published,
): Promise<number | undefined> => {
  const missing = await missingFiles(dir, published);
  return dir === cacheDir && missing !== 0 && (await mount?.isThere()) === false ? undefined : missing;
};

/** What lies where it should, which people ask often. */
const createLooks = (
  options: CopiesOptions,
  holding: Holding,
  readCaches: ReadCaches,
): Pick<Executor, 'missingBytes' | 'missingFiles' | 'filesThere'> => {
  const lookIn = <T>(
    { repoFolder }: { readonly repoFolder: string },
    look: (dir: string) => Promise<T>,
  ): Promise<T> => {
    const { cacheDir, room } = holding.of(repoFolder);
    return behind(room)(() => look(cacheDir));
  };
  return {
    missingBytes: (wanted) =>
      lookIn(wanted, (dir) => missingBytes(dir, { index: holding.cache.index, readCaches }, wanted)),
    missingFiles: (published) => lookIn(published, (dir) => missingOn(options, dir, published)),
    filesThere: (published) => lookIn(published, (dir) => filesThere(dir, published)),
  };
};

/** One copy after the other, or side by side, from nothing to verified. */
export const createCopies = (options: CopiesOptions): Copies => {
  const { cacheDir, sources, filling, bandwidthLimit, chunkedFromBytes = GATHERED_FROM } = options;
  const holding = createHolding(options);
  const transfer = createTransfer({ ...options, checkFloor: holding.cache.checkFloor });
  const background = createBackground(FLUSH_AFTER_MS);
  for (const root of holding.all) background.run((signal) => recoverUnflushed(root.cacheDir, transfer.hash, signal));

  const disks = createDisks(options.diskFunctions);
  const limits = createSpeedLimits(options.clock);
  const { readCaches: others = [], log = silentLog, clock } = options;
  const readCaches = createReadCaches({ folders: others, cacheDir, clock: systemClock, log });
  const underWay: SnapshotDeps['underWay'] = new Map();
  const shared = {
    sources,
    filling,
    bandwidthLimit,
    chunkedFromBytes,
    transfer,
    disks,
    limits,
    later: background.run,
    readCaches,
    underWay,
    clock,
    log,
  };
  const verifyIn = new Map(
    holding.all.map((root) => [root, createVerify({ ...root, hash: transfer.hash, clock: options.clock })]),
  );
  const memory = createMemory(options.programPath);
  const servers = createSilentServers(clock);
  // Of a large repository they take megabytes.
  const counted = countRuns(() => holding.all.forEach(({ marks }) => marks.forget()));
  /** What is done in the folder that holds this. */
  const dirOf = ({ repoFolder }: { readonly repoFolder: string }): string => holding.of(repoFolder).cacheDir;
  return {
    start: (job, signal) => counted(startSnapshot({ ...shared, ...holding.of(repoFolderName(job)) }, job, signal)),
    verify: (published, signal) => {
      const verify = verifyIn.get(holding.of(published.repoFolder));
      if (!verify) throw new AppError('validation', 'That is no folder of a repository.');
      return counted(verify(published, signal));
    },
    bytesReceived: transfer.bytesReceived,
    ...createLooks(options, holding, readCaches),
    freeBytes: (repoFolder) => freeBytes(repoFolder === undefined ? cacheDir : dirOf({ repoFolder })),
    diskOf: (repoFolder) => diskOf(dirOf({ repoFolder })),
    memory,
    room: holding.cache.room,
    lastUse: (published) => lastUse(dirOf(published), disks, published),
    read: (wanted) => readPiece(dirOf(wanted), wanted),
    list: (signal) => scanCache(cacheDir, signal),
    shown: (snapshot, signal) => shownFiles(dirOf(snapshot), snapshot, signal),
    ...createSweeping(holding, transfer, filling),
    link: (wanted, signal) => makeLinks(dirOf(wanted), wanted, signal),
    missingInOllama: ({ url, files }, signal) => missingInOllama(url, files, signal),
    unlink: (links) => removeLinks(dirOf(links), links, servers),
    linksThere: (links) => lookAtLinks(dirOf(links), links, servers),
    takeOver: (records) => takeOverRecords(cacheDir, holding.cache.marks, records),
    ask: transfer.ask,
    askForeign: transfer.askForeign,
    isPathTaken: (repoFolder) => isPathTaken(dirOf({ repoFolder }), repoFolder),
    close: async () => {
      await background.close();
      await transfer.close();
      for (const { marks } of holding.all) await marks.written();
    },
  };
};
