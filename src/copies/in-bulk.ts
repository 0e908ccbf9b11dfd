import { sep } from 'node:path';
import { createTemporaryNames } from '../cache/temporary.ts';
import { diskFailure } from '../domain/failures/disk-failure.ts';
import { makeFolder } from '../lib/folder.ts';
import { questionsAbout } from '../sources/by-token.ts';
import { SMALL_BYTES } from '../transfer/files/small-file.ts';
import { type CopyRun, settle, type SnapshotBlob } from './snapshot-run.ts';
import type { Running } from './snapshot-state.ts';

/** Whether it is one of those that may come in bulk. */
export const isForBulk = ({ paths }: CopyRun, { file: { size, isUnhashed } }: SnapshotBlob): boolean =>
  size > 0 && size <= SMALL_BYTES && isUnhashed !== true && !paths.isWebFile;

/** All that are on their way together are one that runs, with a path of one of them. */
const createView = ({ clock }: CopyRun, leave: Running['leave']) => {
  let received = 0;
  let lastByteAt = 0;
  // As long as it brings nothing it says nothing of what is there from before: where all files are large, these do.
  let opening = true;
  const view: Running = {
    blob: { progress: () => ({ ready: 0, received, lastByteAt, opening, verifying: false, note: undefined }) },
    leave,
  };
  return {
    view,
    begun: (): void => {
      opening = false;
    },
    received: (bytes: number): void => {
      received += bytes;
      lastByteAt = clock.monotonic();
    },
  };
};

const makeFolders = async ({ paths }: CopyRun): Promise<void> => {
  for (const folder of [paths.partials, paths.blobs]) {
    await makeFolder(folder).catch((error: unknown) => {
      throw diskFailure(error, folder);
    });
  }
};

/** How it went. */
interface InBulk {
  /** So many files came. */
  readonly came: number;
  /** Nothing is in the way of the rest but servers that were not well. */
  readonly isUnwell: boolean;
}

/**
 * Brings small files here, as long as that goes well.
 * @param files those that were not begun are still in it
 * @param left told of those that did not come: the other way says why; and whether a server was not well
 * @throws AppError no_space; what it was left for
 */
const fetchInBulk = async (
  run: CopyRun,
  files: Iterator<SnapshotBlob>,
  left: (blob: SnapshotBlob, isUnwell: boolean) => void,
): Promise<InBulk> => {
  const { transfer, job, sources, paths, tally, taker, checkFloor } = run;
  const { fetchBulk } = transfer;
  const source = sources[job.source];
  const finding = source && questionsAbout(source, job.tokensOf ?? []).findingIn?.(job);
  if (!finding || !fetchBulk) return { came: 0, isUnwell: false };
  const temporaryName = createTemporaryNames();
  const stop = new AbortController();
  const { view, begun, received } = createView(run, async (reason) => {
    stop.abort(reason);
    await over;
  });
  let came = 0;
  const bring = async (): Promise<boolean> => {
    await makeFolders(run);
    return fetchBulk<SnapshotBlob>(
      {
        finding,
        files,
        wanted: ({ file: { path, etag, size } }) => {
          const finalPath = paths.blob(etag);
          // Another job has it come already.
          if (transfer.isBusyWith(finalPath)) return undefined;
          tally.running.set(view, path);
          begun();
          return { path, etag, size, temporary: `${paths.partials}${sep}${temporaryName()}`, finalPath };
        },
        taker,
        checkFloor,
        received,
        done: (blob) => {
          came += 1;
          blob.isThere = false;
          settle(run, blob);
        },
        left,
      },
      stop.signal,
    );
  };
  const coming = bring();
  const over = coming.catch(() => undefined);
  // Before anything is waited for: what ends early tells whatever runs.
  tally.running.set(view, '');
  const isUnwell = await coming;
  tally.running.delete(view);
  const progress = view.blob.progress();
  tally.bytesReceived += progress.received;
  tally.lastByteAt = Math.max(tally.lastByteAt, progress.lastByteAt);
  return { came, isUnwell };
};

/** How files come, save in bulk. */
export interface Ways {
  /** @throws why it does not come; then the run is over */
  readonly one: (blob: SnapshotBlob) => Promise<void>;
  /** All of them, so many at one time. @throws as `one` */
  readonly each: (blobs: Iterable<SnapshotBlob>) => Promise<void>;
  /** What it begins ends with the run, and ends the run when it fails. */
  readonly unlessBroken: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A round that brings fewer may have cost more than it has spared. */
const MANY = 256;
/** So many rounds of few there are: a server that is well and unwell in turns is not asked without end. */
const ROUNDS_OF_FEW = 8;

/** The next ones of a list, as long as they are wanted; the others stay in it. */
function* nextWhile<T>(files: Iterator<T>, isWanted: () => boolean): Generator<T> {
  while (isWanted()) {
    const next = files.next();
    if (next.done === true) return;
    yield next.value;
  }
}

/**
 * Brings small files here: in bulk as long as that goes well, and what does not come with all others like any file, at once: what is wrong
 * with it is known soon. Where a server was not well, so does what is next, until one of those that it refused has come; from then on all come in bulk again.
 */
export const fetchSmall = async (run: CopyRun, files: readonly SnapshotBlob[], ways: Ways): Promise<void> => {
  const rest = files.values();
  const others: Promise<void>[] = [];
  for (let roundsOfFew = 0; roundsOfFew < ROUNDS_OF_FEW; ) {
    const refused: Promise<void>[] = [];
    const left = (blob: SnapshotBlob, isUnwell: boolean): void => {
      const coming = ways.one(blob);
      coming.catch(() => undefined);
      others.push(coming);
      if (isUnwell) refused.push(coming);
    };
    const { came, isUnwell } = await ways.unlessBroken(() => fetchInBulk(run, rest, left));
    if (!isUnwell) break;
    if (came < MANY) roundsOfFew += 1;
    let isWell = false;
    Promise.any(refused).then(
      () => {
        isWell = true;
      },
      // None of them comes: the run is over.
      () => undefined,
    );
    await ways.each(nextWhile(rest, () => !isWell));
    if (!isWell) break;
  }
  await Promise.all([...others, ways.each(rest)]);
};
