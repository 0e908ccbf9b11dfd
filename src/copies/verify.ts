import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, sep } from 'node:path';
import type { BlobIndex } from '../cache/blob-index.ts';
import { repoPaths, type RepoPaths } from '../cache/layout.ts';
import type { Published } from '../cache/missing.ts';
import { lookAt, type Looked, type Marks } from '../cache/verified.ts';
import { AppError } from '../domain/errors.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Clock } from '../lib/clock.ts';
import { codeOf } from '../lib/error-code.ts';
import type { Transfer } from '../transfer/transfer.ts';
import type { RunningVerify, Verdict } from './executor.ts';
import { createPace, type Pace } from './pace.ts';

export interface VerifyDeps {
  readonly cacheDir: string;
  readonly hash: Transfer['hash'];
  readonly index: BlobIndex;
  readonly marks: Marks;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How to leave the disk to others for so many milliseconds, if not by waiting. */
  readonly rest?: Parameters<typeof createPace>[1];
}

/** Of a large file so much is read before others have the disk. */
const PIECE = 32 * 1024 * 1024;
/** A file that is written while it is read is read once more. */
const READS_MOST = 2;
/** The content is lost, or nobody can have it: to a loader that is as bad as a wrong one. */
const UNREADABLE = new Set(['EIO', 'EACCES', 'EPERM']);

type Found = 'right' | 'missing' | 'broken';

interface Reading extends VerifyDeps {
  readonly published: Published;
  readonly paths: RepoPaths;
  readonly signal: AbortSignal;
  readonly pace: Pace;
  /** Where the blobs of the repository truly lie; undefined: there are none. */
  readonly blobs: string | undefined;
  /** What was found of files, by where they truly lie: several paths may lead to one. */
  readonly seen: Map<string, Found>;
  readonly progress: Progress;
}

interface Progress {
  /** Of files that are done. */
  bytesDone: number;
  filesDone: number;
  /** Of the one that is being read. */
  bytesOfCurrent: number;
  currentFile: string | undefined;
}

/** @throws the signal's reason; whatever the disk says */
const hashOf = async (reading: Reading, real: string, { etag, size }: RepoFile): Promise<string> => {
  const { hash, signal, pace, progress } = reading;
  const hashing = hash(real, size, etag);
  signal.addEventListener('abort', hashing.drop, { once: true });
  try {
    for (let upTo = 0; upTo < size; ) {
      upTo = Math.min(size, upTo + PIECE);
      hashing.advance(upTo);
      if (upTo === size) break;
      await hashing.caughtUp();
      signal.throwIfAborted();
      progress.bytesOfCurrent = upTo;
      await pace.step(signal);
    }
    return await hashing.digest;
  } finally {
    signal.removeEventListener('abort', hashing.drop);
    hashing.drop();
  }
};

const isSame = (one: Looked, other: Looked | undefined): boolean =>
  other !== undefined && one.size === other.size && one.mark === other.mark;

/** Nowhere are these blobs believed to be right any more: another repository's folder may hold the same file. */
const doubt = async ({ index, marks, published }: Reading, etags: ReadonlySet<string>): Promise<void> => {
  if (etags.size === 0) return;
  const { repoFolder } = published;
  const pathsOf = await index.find(repoFolder);
  for (const etag of etags) {
    const holders = pathsOf(etag).map((place) => basename(dirname(dirname(place))));
    for (const holder of new Set([repoFolder, ...holders])) await marks.forgetVerified({ repoFolder: holder, etag });
  }
};

const readFile = async (reading: Reading, real: string, file: RepoFile): Promise<Found> => {
  const { marks, published, signal } = reading;
  for (let reads = 1; ; reads += 1) {
    signal.throwIfAborted();
    const looked = await lookAt(real);
    if (!looked) return 'missing';
    if (looked.size !== file.size) return 'broken';
    try {
      if ((await hashOf(reading, real, file)) === file.etag) {
        await marks.setVerified({ repoFolder: published.repoFolder, etag: file.etag }, looked);
        return 'right';
      }
    } catch (error) {
      signal.throwIfAborted();
      if (UNREADABLE.has(codeOf(error))) return 'broken';
      // Unless something has taken it away or cut it short, that says nothing of the file.
      if (isSame(looked, await lookAt(real))) throw diskFailure(error, real);
    }
    if (reads === READS_MOST || isSame(looked, await lookAt(real))) return 'broken';
  }
};

const look = async (reading: Reading, file: RepoFile): Promise<Found> => {
  const { paths, published, seen } = reading;
  const real = await realpath(paths.entry(published.commit, file.path)).catch(() => undefined);
  if (real === undefined) return 'missing';
  // Nearly all lie there: the name that is there already will do, of a hundred thousand.
  const name = real === `${reading.blobs}${sep}${file.etag}` ? file.etag : `${file.etag} ${real}`;
  const found = seen.get(name) ?? (await readFile(reading, real, file));
  seen.set(name, found);
  return found;
};

const readAll = async (reading: Reading): Promise<Verdict> => {
  const { published, signal, pace, cacheDir, marks, progress } = reading;
  const verdict = { missing: [] as string[], broken: [] as string[] };
  const doubted = new Set<string>();
  for (const file of published.files) {
    signal.throwIfAborted();
    progress.currentFile = file.path;
    const found = await look(reading, file);
    if (found !== 'right') verdict[found].push(file.path);
    if (found === 'broken') doubted.add(file.etag);
    progress.filesDone += 1;
    progress.bytesDone += file.size;
    progress.bytesOfCurrent = 0;
    await pace.step(signal);
  }
  progress.currentFile = undefined;
  await doubt(reading, doubted);
  await marks.written();
  if (verdict.missing.length > 0 && !(await stat(cacheDir).catch(() => undefined))) {
    throw new AppError('unavailable', `The cache ${cacheDir} is not there: its disk may not be mounted.`);
  }
  return verdict;
};

/** Rejects with the signal's reason as soon as it is aborted. */
const abortOf = (signal: AbortSignal): { readonly aborted: Promise<never>; readonly forget: () => void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  promise.catch(() => undefined);
  return { aborted: promise, forget: () => signal.removeEventListener('abort', abort) };
};

/** Reads copies anew, one after the other. */
export const createVerify = (deps: VerifyDeps): ((published: Published, signal: AbortSignal) => RunningVerify) => {
  let last: Promise<unknown> = Promise.resolve();

  return (published, signal) => {
    const paths = repoPaths(deps.cacheDir, published.repoFolder);
    const bytesTotal = published.files.reduce((sum, { size }) => sum + size, 0);
    const progress: Progress = { bytesDone: 0, filesDone: 0, bytesOfCurrent: 0, currentFile: undefined };
    const before = last;
    const verify = async (): Promise<Verdict> => {
      const { aborted, forget } = abortOf(signal);
      try {
        await Promise.race([before, aborted]);
      } finally {
        forget();
      }
      const pace = createPace(deps.clock, deps.rest);
      const blobs = await realpath(paths.blobs).catch(() => undefined);
      return readAll({ ...deps, published, paths, signal, pace, blobs, seen: new Map(), progress });
    };
    const done = verify();
    last = Promise.allSettled([before, done]);
    return {
      state: () => ({
        bytesTotal,
        bytesDone: progress.bytesDone + progress.bytesOfCurrent,
        filesTotal: published.files.length,
        filesDone: progress.filesDone,
        ...(progress.currentFile === undefined ? {} : { currentFile: progress.currentFile }),
      }),
      done,
    };
  };
};
