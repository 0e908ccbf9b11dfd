import { AppError } from '../domain/errors.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { parted } from '../lib/async/slices.ts';
import { isNotedOf, lookAt } from '../cache/verified.ts';
import { questionsAbout } from '../sources/by-token.ts';
import { isUnsized } from '../domain/repo/web-file.ts';
import { broughtTypeOf } from '../domain/repo/source-type.ts';
import type { UnsizedWanted } from '../transfer/engine/unsized.ts';
import { SMALL_BYTES } from '../transfer/files/small-file.ts';
import { nearIn } from './chunks/near.ts';
import { fillAll } from './filling.ts';
import { fetchSmall, isForBulk, type Ways } from './in-bulk.ts';
import { isPresent } from './present.ts';
import { createReadingProgress, readIn } from './read-in.ts';
import { type CopyRun, settle, type SnapshotBlob, type UnderWay } from './snapshot-run.ts';
import type { Running } from './snapshot-state.ts';

/** Blobs under way at one time, of those that cost round trips and of those that cost bandwidth: their memory is bounded. */
const BLOBS_AT_ONCE = 256;

/** Files that are copied at one time from caches of others: a disk has one head, or one queue. */
const READ_IN_AT_ONCE = 2;

/** One of which nobody knows how long it is: it counts as long as it has come. */
const fetchWhole = async (run: CopyRun, blob: SnapshotBlob, wanted: UnsizedWanted): Promise<void> => {
  const { transfer, tally } = run;
  const coming = transfer.fetchUnsized(wanted, run.taker);
  const view: Running = { blob: coming, leave: coming.leave };
  tally.running.set(view, blob.file.path);
  const { size, digest } = await coming.done;
  tally.running.delete(view);
  tally.bytesReceived += size;
  tally.bytesTotal += size;
  tally.bytesDone += size;
  tally.lastByteAt = Math.max(tally.lastByteAt, coming.progress().lastByteAt);
  run.learned.set(blob.file.etag, { sha256: digest, size });
  settle(run, blob, 0);
};

const fetchBlob = async (run: CopyRun, blob: SnapshotBlob): Promise<void> => {
  const { transfer, job, repoFolder, sources, paths, tally, marks } = run;
  const { type, id, commit, url, tokensOf = [] } = job;
  const { etag, size, path, isUnhashed } = blob.file;
  const source = sources[job.source];
  if (!source) throw new AppError('operational', 'Files from web addresses cannot be fetched here.');
  const request = { type, id, commit, path, ...(url === undefined ? {} : { webFile: { url, etag, size } }) };
  const wanted = {
    etag,
    size,
    isUnhashed,
    checkFloor: run.checkFloor,
    partPath: paths.part(etag),
    finalPath: paths.blob(etag),
    near: nearIn(run, blob.file),
    gatheredFromBytes: run.chunkedFromBytes,
    early: run.chunks.early,
    resolve: async (signal: AbortSignal) => questionsAbout(source, tokensOf).locate(request, signal, transfer.ask),
  };
  if (paths.isWebFile && isUnsized(blob.file)) return fetchWhole(run, blob, { ...wanted, mostBytes: job.mostBytes });
  const share = transfer.fetch(wanted, run.taker);
  const mine: UnderWay = { repoFolder, finalPath: wanted.finalPath, share, taker: run.taker };
  if (!run.underWay.has(etag)) run.underWay.set(etag, mine);
  tally.running.set(share, path);
  const unflushed = await share.blob.done.finally(() => {
    if (run.underWay.get(etag) === mine) run.underWay.delete(etag);
  });
  tally.running.delete(share);
  const digest = share.blob.digest();
  if (isUnhashed === true && digest !== undefined) run.learned.set(etag, { sha256: digest, size });
  const { received, lastByteAt } = share.blob.progress();
  tally.bytesReceived += received;
  tally.lastByteAt = Math.max(tally.lastByteAt, lastByteAt);
  settle(run, blob, unflushed);
  const looked = isNotedOf(size) ? await lookAt(wanted.finalPath) : undefined;
  if (looked) await marks.setVerified({ repoFolder, etag }, looked);
};

/** Another job may have fetched it since this one looked: hours, if others had to be hashed. */
const hasCome = async (run: CopyRun, blob: SnapshotBlob): Promise<boolean> =>
  blob.file.size > SMALL_BYTES && isPresent(run, blob, [run.paths.blob(blob.file.etag)]);

/** One that a schedule holds back is not waited for. */
const isAsFast = (other: UnderWay, { taker }: CopyRun): boolean =>
  other.taker.speedLimit === undefined || other.taker.speedLimit === taker.speedLimit;

/** Another repository's folder is about to have it: one that is known by two names, or was uploaded twice, comes once. */
const elsewhere = (run: CopyRun, { file: { etag, size } }: SnapshotBlob): UnderWay | undefined => {
  const other = run.underWay.get(etag);
  if (!other || other.repoFolder === run.repoFolder || size <= SMALL_BYTES) return undefined;
  return isAsFast(other, run) ? other : undefined;
};

/** Resolves when it has ended there, however. It is seen to grow here too, and counts as received there only. */
const waitFor = async ({ tally }: CopyRun, { file: { path } }: SnapshotBlob, { share }: UnderWay): Promise<void> => {
  const view: Running = {
    blob: { progress: () => ({ ...share.blob.progress(), received: 0 }) },
    leave: () => Promise.resolve(),
  };
  tally.running.set(view, path);
  // Why it did not come is for those to tell who have asked for it.
  await share.blob.done.catch(() => undefined);
  tally.running.delete(view);
};

/** @returns false if it is not to be had in caches of others */
const comesFromOthers = async (run: CopyRun, blob: SnapshotBlob, places: readonly string[]): Promise<boolean> => {
  const { tally, marks, paths, repoFolder } = run;
  const { etag, path } = blob.file;
  const progress = createReadingProgress();
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const end = readIn({ ...run, signal }, blob.file, places, progress);
  const view: Running = {
    blob: progress,
    leave: async (reason) => {
      stop.abort(reason);
      await end.catch(() => undefined);
    },
  };
  tally.running.set(view, path);
  const isHere = await end;
  tally.running.delete(view);
  tally.lastByteAt = Math.max(tally.lastByteAt, progress.lastByteAt);
  const looked = isHere ? await lookAt(paths.blob(etag)) : undefined;
  if (looked) await marks.setVerified({ repoFolder, etag }, looked);
  return isHere;
};

/** What a run does until all of its blobs are here. */
const createFetching = (run: CopyRun, broken: PromiseWithResolvers<never>) => {
  let isOver = false;
  /** Nobody goes through those that are left. */
  const unlessOver = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    return isOver ? broken.promise : result;
  };
  const guarded =
    (work: (blob: SnapshotBlob) => Promise<void>) =>
    async (blob: SnapshotBlob): Promise<void> => {
      try {
        await (isOver ? broken.promise : work(blob));
      } catch (error) {
        broken.reject(error);
        throw error;
      }
    };
  const unlessBroken = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await (isOver ? broken.promise : work());
    } catch (error) {
      broken.reject(error);
      throw error;
    }
  };
  const fetch = async (blob: SnapshotBlob): Promise<void> => {
    if (await unlessOver(hasCome(run, blob))) return settle(run, blob);
    for (let other = elsewhere(run, blob); other; other = elsewhere(run, blob)) {
      await unlessOver(waitFor(run, blob, other));
      if (await unlessOver(isPresent(run, blob, [other.finalPath]))) return settle(run, blob);
    }
    await fetchBlob(run, blob);
  };
  const fetchEach = (blobs: Iterable<SnapshotBlob>): Promise<void> =>
    forEachLimit(blobs, BLOBS_AT_ONCE, guarded(fetch));
  const ways: Ways = { one: guarded(fetch), each: fetchEach, unlessBroken };
  const fetchThose = async (blobs: readonly SnapshotBlob[]): Promise<void> => {
    const [small, large] = await parted(blobs, ({ file }) => file.size <= SMALL_BYTES);
    const [many, few] = await parted(small, (blob) => isForBulk(run, blob));
    await Promise.all([fetchEach(few), fetchSmall(run, many, ways), fetchEach(large)]);
  };
  return {
    fetchThose,
    /** Those that turn out not to be there are fetched then. */
    readInThose: async (blobs: readonly SnapshotBlob[], pathsOf: PathsOf): Promise<void> => {
      const left: SnapshotBlob[] = [];
      const bringIn = async (blob: SnapshotBlob): Promise<void> => {
        if (await unlessOver(comesFromOthers(run, blob, pathsOf(blob.file.etag)))) settle(run, blob);
        else left.push(blob);
      };
      await forEachLimit(blobs, READ_IN_AT_ONCE, guarded(bringIn));
      await fetchThose(left);
    },
    end: (): void => {
      isOver = true;
    },
  };
};

type PathsOf = (etag: string) => readonly string[];

/**
 * Brings all of them here. Blobs that others still want go on when this one ends early; the others save what they have.
 * @param pathsOf where blobs lie in caches of others
 */
export const fetchAll = async (run: CopyRun, missing: readonly SnapshotBlob[], pathsOf: PathsOf): Promise<void> => {
  if (run.job.url !== undefined && broughtTypeOf(run.job.url) !== undefined) return fillAll(run, missing, run.job.url);
  const { signal, tally } = run;
  const [near, far] = await parted(missing, ({ file }) => pathsOf(file.etag).length > 0, signal);
  signal.throwIfAborted();
  const broken = Promise.withResolvers<never>();
  const stop = (): void => broken.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const { fetchThose, readInThose, end } = createFetching(run, broken);
  try {
    await Promise.race([Promise.all([fetchThose(far), readInThose(near, pathsOf)]), broken.promise]);
  } catch (error) {
    end();
    await Promise.all([...tally.running.keys()].map((running) => running.leave(error)));
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
