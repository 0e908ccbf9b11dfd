import type { Published } from '../../cache/missing.ts';
import type { ScannedRepo } from '../../cache/scan.ts';
import type { ShownFiles } from '../../cache/shown-files.ts';
import type { RunningVerify } from '../../copies/executor.ts';
import type { Hosts } from '../../copies/hosts.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Store } from '../../store/store.ts';
import { noteWhoMadeIt } from '../run/who-made-it.ts';

/** What lies in the cache already, and becomes a model without a byte being fetched. */
export interface CopyAdopting {
  /** What lies in the cache of a machine, whoever put it there, one repository after the other. */
  readonly listCache: (hostId: number, signal: AbortSignal) => AsyncIterable<ScannedRepo>;
  /** The files of a snapshot there, in slices. */
  readonly shownFiles: (
    hostId: number,
    snapshot: Pick<Published, 'repoFolder' | 'commit'>,
    signal: AbortSignal,
  ) => AsyncIterable<ShownFiles>;
  /** Has files of a snapshot there read, and compared with their hashes. */
  readonly readFiles: (hostId: number, published: Published, signal: AbortSignal) => RunningVerify;
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
  readonly hosts: Pick<Hosts, 'of'>;
}

/** Takes over what others have put into the caches. */
export const createCopyAdopting = ({ store, hosts }: CopyAdoptingDeps): CopyAdopting => ({
  listCache: (hostId, signal) => hosts.of(hostId).list(signal),
  shownFiles: (hostId, snapshot, signal) => hosts.of(hostId).shown(snapshot, signal),
  readFiles: (hostId, published, signal) => hosts.of(hostId).verify(published, signal),
  noteWhoMadeIt: async (copyId, files) => {
    const copy = store.copies.getCopy(copyId);
    if (copy) await noteWhoMadeIt({ store, copies: hosts.of(copy.hostId) }, copyId, files);
  },
  adopt: (modelId, snapshotPath) => {
    const copyId = store.models.getModel(modelId)?.wantsCopyId ?? null;
    if (copyId === null || !store.models.moveModel(modelId, 'pending', 'downloading')) return false;
    store.models.moveModel(modelId, 'downloading', 'completed', { downloadPath: snapshotPath });
    store.copies.setComplete(copyId, snapshotPath);
    return true;
  },
});
