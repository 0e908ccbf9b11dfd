import type { Model } from '../domain/model.ts';
import type { RepoFile } from '../domain/listing.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import { ASKED_AT_ONCE, inSlices } from '../lib/slices.ts';
import type { Store } from '../store/store.ts';
import type { Copies } from '../copies/copies.ts';

/** What has arrived of models that are not complete. */
export interface Partials {
  /**
   * Deletes what has arrived of this model, as far as no other model needs it and no snapshot shows it.
   * @param files if not those that it has now
   */
  readonly drop: (model: Model, files?: readonly RepoFile[]) => Promise<void>;
  /** Resolves when nothing is being deleted in that folder; undefined if nothing is. */
  readonly dropping: (repoFolder: string) => Promise<void> | undefined;
  /** Deletes what has arrived of blobs that no model waits for any more, and what a kill has left. */
  readonly sweep: (signal: AbortSignal) => Promise<void>;
  readonly idle: () => Promise<void>;
}

export interface PartialsDeps {
  readonly store: Store;
  readonly copies: Pick<Copies, 'removeArrived' | 'sweepPartials'>;
}

const dropNow = async ({ store, copies }: PartialsDeps, model: Model, given?: readonly RepoFile[]): Promise<void> => {
  const files = given ?? (await store.models.readModelFiles(model.id));
  const repoFolder = repoFolderName({ type: model.repoType, id: model.name });
  const isNeeded = (etag: string): boolean => store.models.blobUsers(model.repoType, model.name, etag, model.id) > 0;
  const etags: string[] = [];
  const clear = (slice: readonly RepoFile[]): void =>
    store.atomically(() => {
      for (const { etag } of slice) {
        if (isNeeded(etag)) continue;
        etags.push(etag);
        // The journal first: what it does not name is fetched again, what it names must be there.
        store.files.clear(repoFolder, etag);
      }
    });
  await inSlices(files, clear, undefined, ASKED_AT_ONCE);
  await copies.removeArrived({ repoFolder, etags });
};

const sweepNow = async ({ store, copies }: PartialsDeps, signal: AbortSignal): Promise<void> => {
  const isWanted = (repoFolder: string, etag: string): boolean =>
    store.models.blobAwaiters(etag).some((repo) => repoFolderName(repo) === repoFolder);
  // The journal first, as above.
  for (const { repoFolder, etag } of store.files.listPartials()) {
    if (!isWanted(repoFolder, etag)) store.files.clear(repoFolder, etag);
  }
  await copies.sweepPartials(({ repoFolder, etag }) => isWanted(repoFolder, etag), signal);
};

/** Drops go one after the other in a folder, and runs wait for them: nothing is written that is about to be deleted. */
export const createPartials = (deps: PartialsDeps): Partials => {
  const dropping = new Map<string, Promise<void>>();
  return {
    drop: async (model, files) => {
      const folder = repoFolderName({ type: model.repoType, id: model.name });
      const before = dropping.get(folder) ?? Promise.resolve();
      const drop = before.then(() => dropNow(deps, model, files));
      const settled = drop
        .catch(() => undefined)
        .then(() => {
          if (dropping.get(folder) === settled) dropping.delete(folder);
        });
      dropping.set(folder, settled);
      await drop;
    },
    dropping: (folder) => dropping.get(folder),
    sweep: (signal) => sweepNow(deps, signal),
    idle: async () => {
      while (dropping.size > 0) await Promise.all(dropping.values());
    },
  };
};
