import type { Published } from '../../cache/missing.ts';
import type { ScannedRepo } from '../../cache/scan.ts';
import type { ShownFiles } from '../../cache/shown-files.ts';
import type { Executor, RunningVerify } from '../../copies/executor.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Store } from '../../store/store.ts';
import { noteWhoMadeIt } from '../run/who-made-it.ts';

/** What lies in the cache already, and becomes a model without a byte being fetched. */
export interface CopyAdopting {
  /** What lies in the cache, whoever put it there, one repository after the other. */
  readonly listCache: (signal: AbortSignal) => AsyncIterable<ScannedRepo>;
  /** The files of a snapshot, in slices. */
  readonly shownFiles: (
    snapshot: Pick<Published, 'repoFolder' | 'commit'>,
    signal: AbortSignal,
  ) => AsyncIterable<ShownFiles>;
  /** Reads files of a snapshot and compares them with their hashes. */
  readonly readFiles: (published: Published, signal: AbortSignal) => RunningVerify;
  /** Notes of a copy that is listed, and that nobody has fetched, who has put it there. */
  readonly noteWhoMadeIt: (copyId: number, files: readonly RepoFile[]) => Promise<void>;
  /**
   * A model that waits is complete: all of what it wants was read and is right. To be called in the transaction in which it was
   * made, or its download could begin.
   * @returns false if it did not wait
   */
  readonly adopt: (modelId: number, snapshotPath: string) => boolean;
}

export interface CopyAdoptingDeps {
  readonly store: Store;
  /** Of this machine: nobody else puts anything into the cache of a host. */
  readonly copies: Pick<Executor, 'list' | 'shown' | 'verify' | 'filesThere'>;
}

/** Takes over what others have put into the cache. */
export const createCopyAdopting = ({ store, copies }: CopyAdoptingDeps): CopyAdopting => ({
  listCache: copies.list,
  shownFiles: copies.shown,
  readFiles: copies.verify,
  noteWhoMadeIt: (copyId, files) => noteWhoMadeIt({ store, copies }, copyId, files),
  adopt: (modelId, snapshotPath) => {
    const copyId = store.models.getModel(modelId)?.wantsCopyId ?? null;
    if (copyId === null || !store.models.moveModel(modelId, 'pending', 'downloading')) return false;
    store.models.moveModel(modelId, 'downloading', 'completed', { downloadPath: snapshotPath });
    store.copies.setComplete(copyId, snapshotPath);
    return true;
  },
});
