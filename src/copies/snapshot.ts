import { readdir } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import { ensureCache, fileSize, LOOKS_AT_ONCE, repoPaths, writeRef } from '../cache/layout.ts';
import type { CopyJob, CopyMade, RunningCopy } from './executor.ts';
import type { Disk } from '../cache/disk.ts';
import { linkEntries } from '../cache/links.ts';
import { commitsOf, placeFiles } from '../cache/without-symlinks.ts';
import { partsIn, removeParts } from '../cache/sweep.ts';
import { fetchAll } from './fetching.ts';
import { type CopyRun, settle, type SnapshotDeps } from './snapshot-run.ts';
import { stateOf, type Tally } from './snapshot-state.ts';
import { inSlices } from '../lib/async/slices.ts';
import { createTurns } from '../lib/async/turns.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { keepTrack } from '../cache/flush-later.ts';
import { lookAt } from '../cache/verified.ts';
import { hashedAs } from '../transfer/files/blob-hash.ts';
import type { Taker } from '../transfer/engine/fair-share.ts';
import { createEarly } from '../transfer/engine/gathering.ts';
import { isPresent, isRight, nameOf, ownPaths, shareWithCache } from './present.ts';
import { isUnsized } from '../domain/repo/web-file.ts';
import { isEtag } from '../domain/hashes.ts';
import { repoFolderName } from '../domain/repo/repo.ts';

/** Files of which it is asked at one time what of them lies here in others. */
const ASKED_AT_ONCE = 2;

/** Checks all names, before anything is written, and gathers the blobs. A list may be very long. */
const plan = async ({ job, paths, byEtag, tally, signal }: CopyRun): Promise<void> => {
  const take = (file: RepoFile): void => {
    if (!isEtag(file.etag)) {
      throw new AppError('integrity', 'The Hub named a file in a way that hubgram does not know.');
    }
    paths.entry(job.commit, file.path);
    const known = byEtag.get(file.etag);
    if (known) {
      (known.others ??= []).push(file);
      return;
    }
    byEtag.set(file.etag, { file, others: undefined, done: false, unflushed: 0, isThere: undefined });
    tally.bytesTotal += file.size;
  };
  await inSlices(job.files, (slice) => slice.forEach(take), signal);
  paths.ref(job.revision);
};

/** Others clean up the same cache (`hf cache rm`): what was there when this began may be gone by now. */
const checkAll = async ({ byEtag, paths }: CopyRun): Promise<void> => {
  // One that this run has just put there has its size: one look at the folder tells for all of them that they are there.
  const seen = (name: string): void => {
    const blob = byEtag.get(name);
    if (blob?.isThere === false) blob.isThere = true;
  };
  await inSlices(await readdir(paths.blobs).catch(() => []), (slice) => slice.forEach(seen));
  await forEachLimit(byEtag.values(), LOOKS_AT_ONCE, async ({ file: { etag, size }, isThere }) => {
    if (isThere ?? (await fileSize(paths.blob(etag))) === size) return;
    throw new AppError('changed', 'Something has removed files of this model from the cache while others came.');
  });
};

/** What had come of blobs that then came another way: from another repository's folder, say, while this waited. */
const dropParts = async ({ byEtag, transfer, paths }: CopyRun): Promise<void> => {
  const etags = [...(await partsIn(paths))].filter((etag) => byEtag.has(etag));
  const unused = etags.filter((etag) => !transfer.isBusyWith(paths.blob(etag)));
  if (unused.length > 0) await removeParts(paths, new Set(unused));
};

/** Where there are no links, snapshots hold the files themselves. */
const putFiles = async (run: CopyRun, disk: Disk): Promise<void> => {
  const { paths, job } = run;
  const isThere = (path: string, file: RepoFile): Promise<boolean> => isRight(run, path, file);
  await placeFiles({ paths, commit: job.commit, disk, isThere }, job.files);
  await forEachLimit(run.byEtag.values(), LOOKS_AT_ONCE, async ({ file }) => {
    const entry = paths.entry(job.commit, file.path);
    const looked = await lookAt(entry);
    // Its new name has changed its times, not what was verified.
    if (looked) await run.marks.setVerified(nameOf(run, entry, file.etag), looked);
  });
};

const hashNow = (transfer: Pick<CopyRun['transfer'], 'hash'>, path: string, size: number): Promise<string> => {
  const hash = transfer.hash(path, size, hashedAs({ etag: '', isUnhashed: true }));
  hash.advance(size);
  return hash.digest;
};

/** Of files of which nobody had told it: what they have turned out to be while they came, or are now. */
const learnedOf = async (run: CopyRun): Promise<Pick<CopyMade, 'learned'>> => {
  const { job, paths, transfer, marks, repoFolder } = run;
  const learned: Record<string, { readonly sha256: string; readonly size: number }> = {};
  const unknown = job.files.filter((file) => file.isUnhashed === true || (paths.isWebFile && isUnsized(file)));
  const pathsOf = unknown.length > 0 && paths.isWebFile ? await run.index.find(repoFolder) : undefined;
  for (const { path, etag } of unknown) {
    const entry = paths.entry(job.commit, path);
    const looked = await lookAt(entry);
    if (!looked) throw new AppError('changed', 'Something has removed the file while it came.');
    const known = run.learned.get(etag);
    const sha256 = known?.sha256 ?? (await hashNow(transfer, entry, looked.size));
    learned[path] = { sha256, size: looked.size };
    await marks.setVerified({ repoFolder, etag: sha256 }, looked);
    await shareWithCache(run, { entry, sha256, size: looked.size }, pathsOf?.(sha256) ?? []);
  }
  return Object.keys(learned).length > 0 ? { learned } : {};
};

const makeIn = async (run: CopyRun): Promise<CopyMade> => {
  const { job, paths, signal } = run;
  const blobs = [...run.byEtag.values()];
  const able = await run.disks.of(paths);
  // A file from a web address lies at its place itself, and nowhere else.
  const disk = paths.isWebFile ? { ...able, symlinks: false, hardLinks: false } : able;
  await run.disks.refuse(paths, disk, job.files);
  const pathsOf = await run.index.find(run.repoFolder);
  const commits = disk.symlinks ? [] : await commitsOf(paths, job.commit);
  await forEachLimit(blobs, LOOKS_AT_ONCE, async (blob) => {
    signal.throwIfAborted();
    const entries = commits.flatMap((commit) => ownPaths(blob).map((path) => paths.entry(commit, path)));
    if (await isPresent(run, blob, [...pathsOf(blob.file.etag), ...entries])) settle(run, blob);
  });
  signal.throwIfAborted();
  run.phase = 'receiving';
  const missing = blobs.filter(({ done }) => !done);
  await fetchAll(run, missing, await run.readCaches.find());
  run.phase = 'publishing';
  const fresh = blobs.filter(({ unflushed }) => unflushed > 0);
  const flush = await keepTrack(paths, fresh, disk.symlinks);
  if (disk.symlinks) {
    await checkAll(run);
    await linkEntries(paths, job.commit, job.files);
  } else await putFiles(run, disk);
  await writeRef(paths, job.revision, job.commit);
  if (flush) run.later(flush);
  // The model is there: what is left over is no reason to fail, and is swept later.
  await dropParts(run).catch(() => undefined);
  const learned = await learnedOf(run);
  await run.marks.written();
  run.phase = 'done';
  return { snapshotPath: paths.snapshot(job.commit), bytesReceived: stateOf(run).bytesReceived, ...learned };
};

const makeCopy = async (run: CopyRun): Promise<CopyMade> => {
  await plan(run);
  await run.checkMount();
  await ensureCache(run.cacheDir);
  const leave = await run.folders.enter(run.paths);
  try {
    return await makeIn(run);
  } finally {
    await leave();
  }
};

/** Runs one snapshot: checks what is there, fetches what is missing, and publishes when everything is verified. */
export const startSnapshot = (deps: SnapshotDeps, job: CopyJob, signal: AbortSignal): RunningCopy => {
  const repoFolder = repoFolderName(job);
  const paths = repoPaths(deps.cacheDir, repoFolder);
  const tally: Tally = {
    bytesTotal: 0,
    filesTotal: job.files.length,
    bytesDone: 0,
    filesDone: 0,
    bytesReceived: 0,
    lastByteAt: 0,
    running: new Map(),
  };
  const limit = deps.limits.forJob();
  limit.set(job.limit);
  const taker: Taker = {
    get speedLimit() {
      return limit.current();
    },
  };
  const run: CopyRun = {
    ...deps,
    job,
    repoFolder,
    commit: job.commit,
    taker,
    paths,
    signal,
    byEtag: new Map(),
    tally,
    learned: new Map(),
    chunks: {
      askInTurn: createTurns(ASKED_AT_ONCE),
      early: createEarly(),
      found: 0,
      vain: 0,
      looks: 0,
      sibling: undefined,
    },
    phase: 'checking',
  };
  let isOver = false;
  const over = (): void => {
    isOver = true;
    limit.set(undefined);
  };
  const done = makeCopy(run).finally(over);
  return {
    state: () => stateOf(run),
    setLimit: (other) => {
      if (!isOver) limit.set(other);
    },
    done,
  };
};
