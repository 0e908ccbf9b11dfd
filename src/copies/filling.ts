import { lstat, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { forEachLimit } from '../lib/async/for-each-limit.ts';
import { inFolder } from '../lib/folder.ts';
import { LOOKS_AT_ONCE } from '../cache/layout.ts';
import { lookAt } from '../cache/verified.ts';
import type { Filling } from '../sources/port.ts';
import { pathInTorrent } from '../domain/repo/web-file.ts';
import { type CopyRun, settle, type SnapshotBlob } from './snapshot-run.ts';
import type { Running } from './snapshot-state.ts';

/** As its source calls a file. */
const sourcePath = ({ job }: CopyRun, path: string): string => pathInTorrent(job.id, path);

/** The same folder however much of it has come: what lies there is gone on with. Whatever sweeps partial files finds it. */
const folderFor = ({ job, paths }: CopyRun): string => {
  const [first] = job.files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  if (!first) throw new AppError('integrity', 'There is nothing to fetch.');
  return paths.part(first.etag);
};

/** While files come over connections as well, each side has half: what comes here is charged to them. */
const speedLimitOf = ({ bandwidthLimit, transfer, taker }: CopyRun): number | undefined => {
  const all = bandwidthLimit();
  const mine = all !== undefined && transfer.connectionsInUse() > 0 ? all / 2 : all;
  const own = taker.speedLimit?.perSecond();
  return mine === undefined || own === undefined ? (mine ?? own) : Math.min(mine, own);
};

/** Whether a file that has come is the one that is wanted. @throws AppError corrupt; the signal's reason */
const check = async ({ transfer, signal }: CopyRun, { file }: SnapshotBlob, staged: string): Promise<void> => {
  const { size, etag, isUnhashed } = file;
  const found = await lstat(staged).catch(() => undefined);
  if (!found?.isFile() || found.size !== size) throw new AppError('corrupt', 'A file did not come whole.');
  if (isUnhashed === true) return;
  const hash = transfer.hash(staged, size, etag);
  signal.addEventListener('abort', hash.drop, { once: true });
  hash.advance(size);
  if ((await hash.digest) !== etag)
    throw new AppError('corrupt', 'The file that came is another one than the one that was here.');
};

/** A file that has come goes where blobs are, unless it is not what it was when somebody read it. */
const take = async (run: CopyRun, blob: SnapshotBlob, staged: string | undefined): Promise<void> => {
  const { paths, marks, repoFolder, signal } = run;
  const { etag, size } = blob.file;
  const place = paths.blob(etag);
  try {
    if (size > 0) await check(run, blob, staged ?? '');
    await inFolder(dirname(place), () => (size > 0 ? rename(staged ?? '', place) : writeFile(place, '')));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : diskFailure(error);
  }
  const looked = await lookAt(place);
  if (looked) await marks.setVerified({ repoFolder, etag }, looked);
  settle(run, blob);
};

const viewOf = ({ clock, tally }: CopyRun, filling: Filling): Running => {
  let [before, lastByteAt] = [0, 0];
  return {
    blob: {
      progress: () => {
        const { ready, received, isChecking, peers } = filling.progress();
        if (received > before) lastByteAt = clock.monotonic();
        before = received;
        tally.peers = peers;
        return { ready, received, lastByteAt, verifying: isChecking, note: undefined };
      },
    },
    // It ends by the signal of the run.
    leave: () => Promise.resolve(),
  };
};

/** Has a source that brings its own bytes fill a folder, and takes what came from there. */
export const fillAll = async (run: CopyRun, missing: readonly SnapshotBlob[], url: string): Promise<void> => {
  const { filling: source, tally, taker, transfer, checkFloor, signal } = run;
  const wanted = missing.filter(({ file }) => file.size > 0);
  if (!source) throw new AppError('operational', 'Neither torrents nor files of messages can be fetched here.');
  let places: ReadonlyMap<string, string> = new Map();
  if (wanted.length > 0) {
    const request = {
      url,
      files: wanted.map(({ file: { path, size } }) => ({ path: sourcePath(run, path), size })),
      folder: folderFor(run),
      speedLimit: () => speedLimitOf(run),
      onReceived: (bytes: number) => {
        transfer.charge(bytes, signal);
        taker.speedLimit?.allow(bytes, signal).catch(() => undefined);
      },
      checkFloor,
    };
    const filling = source.fill(request, signal);
    const view = viewOf(run, filling);
    tally.running.set(view, wanted[0]?.file.path ?? '');
    try {
      places = await filling.done;
    } finally {
      const { received, lastByteAt } = view.blob.progress();
      tally.running.delete(view);
      tally.bytesReceived += received;
      tally.lastByteAt = Math.max(tally.lastByteAt, lastByteAt);
    }
  }
  tally.peers = undefined;
  await forEachLimit(missing, LOOKS_AT_ONCE, (blob) => take(run, blob, places.get(sourcePath(run, blob.file.path))));
};
