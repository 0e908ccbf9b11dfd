import { AppError } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import {
  ensureCache,
  fileSize,
  findIn,
  otherFolders,
  refuseLinks,
  removeEmpty,
  type RepoPaths,
  repoPaths,
  takeOver,
  writeRef,
} from './cache.ts';
import type { Engine, Share } from './engine.ts';
import type { Hasher } from './hasher.ts';
import { linkEntries } from './links.ts';
import { stateOf } from './snapshot-state.ts';
import type { RunningTransfer, SnapshotJob, TransferState } from './transfer.ts';
import { together } from './together.ts';
import { keepTrack } from './unflushed.ts';

export interface SnapshotDeps {
  readonly cacheDir: string;
  readonly engine: Engine;
  readonly hasher: Hasher;
  /** Runs this when there is time. */
  readonly later: (work: () => Promise<void>) => void;
}

/** Files that are looked for on the disk at one time. */
const LOOKS_AT_ONCE = 16;

/** A blob of a snapshot, under one path or several. */
export interface SnapshotBlob {
  readonly file: RepoFile;
  /** How many paths of the snapshot are this blob. */
  paths: number;
  share: Share | undefined;
  done: boolean;
  /** Bytes of it that the disk may not have yet. */
  unflushed: number;
}

interface Core extends SnapshotDeps {
  readonly job: SnapshotJob;
  readonly paths: RepoPaths;
  readonly signal: AbortSignal;
  readonly blobs: readonly SnapshotBlob[];
  phase: TransferState['phase'];
}

const byBlob = (files: readonly RepoFile[]): SnapshotBlob[] => {
  const blobs = new Map<string, SnapshotBlob>();
  for (const file of files) {
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(file.etag)) {
      throw new AppError('integrity', 'The Hub named a file in a way that hubgram does not know.');
    }
    const blob = blobs.get(file.etag) ?? { file, paths: 0, share: undefined, done: false, unflushed: 0 };
    blob.paths += 1;
    blobs.set(file.etag, blob);
  }
  return [...blobs.values()];
};

/** Is the file under this path what its name says? It may have been put there by another tool. */
const isRight = async ({ hasher, signal }: Core, path: string, { etag, size }: RepoFile): Promise<boolean> => {
  if ((await fileSize(path)) !== size) return false;
  const hash = hasher.begin(path, size, etag);
  signal.addEventListener('abort', hash.drop, { once: true });
  hash.advance(size);
  try {
    return (await hash.digest) === etag;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', hash.drop);
  }
};

/** True if the blob lies in the cache already, verified; if it lies in another repository's folder, it is linked. */
const isPresent = async (core: Core, file: RepoFile, others: readonly string[]): Promise<boolean> => {
  const { paths } = core;
  const own = paths.blob(file.etag);
  if (await isRight(core, own, file)) return true;
  const elsewhere = await findIn(others, file.etag, file.size);
  if (elsewhere === undefined || !(await isRight(core, elsewhere, file))) return false;
  await takeOver(paths, elsewhere, file.etag);
  return true;
};

const fetchBlob = async ({ engine, job, paths }: Core, blob: SnapshotBlob): Promise<void> => {
  const { etag, size, path } = blob.file;
  const wanted = {
    repoFolder: job.repoFolder,
    etag,
    size,
    partPath: paths.part(etag),
    finalPath: paths.blob(etag),
    resolve: (signal: AbortSignal) => job.resolve(path, signal),
    journal: job.journal,
  };
  blob.share = engine.fetch(wanted, job.pace);
  blob.unflushed = await blob.share.blob.done;
  blob.done = true;
};

/** Fetches all of them. Blobs that others still want go on when this one ends early; the others save what they have. */
const fetchAll = async (core: Core, missing: readonly SnapshotBlob[]): Promise<void> => {
  const { signal } = core;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    await Promise.race([Promise.all(missing.map((blob) => fetchBlob(core, blob))), aborted]);
  } catch (error) {
    await Promise.all(missing.flatMap(({ done, share }) => (done || !share ? [] : [share.leave(error)])));
    throw error;
  }
};

const run = async (core: Core): Promise<{ snapshotPath: string; bytesReceived: number }> => {
  const { job, paths, signal } = core;
  // All names are checked before anything is written.
  for (const file of job.files) paths.entry(job.commit, file.path);
  paths.ref(job.revision);
  await ensureCache(core.cacheDir);
  await refuseLinks(paths.root, paths.partials);
  const others = await otherFolders(core.cacheDir, job.repoFolder);
  await together(core.blobs, LOOKS_AT_ONCE, async (blob) => {
    signal.throwIfAborted();
    blob.done = await isPresent(core, blob.file, others);
  });
  signal.throwIfAborted();
  core.phase = 'receiving';
  await fetchAll(
    core,
    core.blobs.filter(({ done }) => !done),
  );
  core.phase = 'publishing';
  const fresh = core.blobs.filter(({ unflushed }) => unflushed > 0);
  const flush = await keepTrack(
    paths,
    fresh.map(({ file, unflushed }) => ({ etag: file.etag, size: file.size, unflushed })),
  );
  await linkEntries(paths, job.commit, job.files);
  await writeRef(paths, job.revision, job.commit);
  if (flush) core.later(flush);
  await removeEmpty(paths.partials, paths.partials);
  core.phase = 'done';
  return { snapshotPath: paths.snapshot(job.commit), bytesReceived: stateOf(core).bytesReceived };
};

/** Runs one snapshot: checks what is there, fetches what is missing, and publishes when everything is verified. */
export const startSnapshot = (deps: SnapshotDeps, job: SnapshotJob, signal: AbortSignal): RunningTransfer => {
  const paths = repoPaths(deps.cacheDir, job.repoFolder);
  const core: Core = { ...deps, job, paths, signal, blobs: byBlob(job.files), phase: 'checking' };
  return { state: () => stateOf(core), done: run(core) };
};
