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

/**
 * Brings small files here, as long as that goes well.
 * @param files those that were not begun are still in it
 * @param left told of those that did not come: the other way says why
 * @throws AppError no_space; what it was left for
 */
export const fetchInBulk = async (
  run: CopyRun,
  files: Iterator<SnapshotBlob>,
  left: (blob: SnapshotBlob) => void,
): Promise<void> => {
  const { transfer, job, sources, paths, tally, taker, checkFloor } = run;
  const { fetchBulk } = transfer;
  const source = sources[job.source];
  const finding = source && questionsAbout(source, job.tokensOf ?? []).findingIn?.(job);
  if (!finding || !fetchBulk) return;
  const temporaryName = createTemporaryNames();
  const stop = new AbortController();
  const { view, begun, received } = createView(run, async (reason) => {
    stop.abort(reason);
    await over;
  });
  const bring = async (): Promise<void> => {
    await makeFolders(run);
    await fetchBulk<SnapshotBlob>(
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
  await coming;
  tally.running.delete(view);
  const progress = view.blob.progress();
  tally.bytesReceived += progress.received;
  tally.lastByteAt = Math.max(tally.lastByteAt, progress.lastByteAt);
};
