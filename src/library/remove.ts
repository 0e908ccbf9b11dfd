import type { RepoFile } from '../domain/listing.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import type { Copies } from '../copies/copies.ts';

export interface RemoveDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'discard' | 'wake'>;
  readonly copies: Pick<Copies, 'removeSnapshot'>;
}

/** What removing a model's files would mean. */
export interface RemovalPlan {
  /** Bytes of blobs that no other model of any chat uses. */
  readonly freedBytes: number;
  /** True if another model of any chat uses some of the files. */
  readonly shared: boolean;
}

const ownFiles = (store: Store, model: Model): RepoFile[] =>
  store.models
    .modelFiles(model.id)
    .filter((file) => store.models.blobUsers(model.repoType, model.name, file.etag, model.id) === 0);

export const planRemoval = (store: Store, model: Model): RemovalPlan => {
  const files = store.models.modelFiles(model.id);
  const own = ownFiles(store, model);
  const blobs = new Map(own.map((file) => [file.etag, file.size]));
  return { freedBytes: [...blobs.values()].reduce((sum, size) => sum + size, 0), shared: own.length < files.length };
};

/**
 * Removes a model from its chat's library; its download, if one runs, is stopped first.
 * @param files also delete the files that no other model uses (other chats' files are never touched)
 * @returns bytes freed, or undefined if the model had gone already
 */
export const removeModel = async (
  { store, queue, copies }: RemoveDeps,
  modelId: number,
  { files }: { readonly files: boolean },
): Promise<number | undefined> => {
  // Somebody may have begun it anew while it was being stopped: a run must not outlive its row.
  do await queue.discard(modelId);
  while (store.models.getModel(modelId)?.status === 'downloading');
  const removed = store.atomically(() => {
    const model = store.models.getModel(modelId);
    if (!model) return undefined;
    const own = ownFiles(store, model);
    const all = store.models.modelFiles(modelId);
    return store.models.removeModel(modelId) ? { model, own, all } : undefined;
  });
  if (!removed) return undefined;
  const { model, own, all } = removed;
  if (!files || model.commitSha === null) return 0;
  const ownEtags = new Set(own.map((file) => file.etag));
  const freed = await copies.removeSnapshot({
    repoFolder: repoFolderName({ type: model.repoType, id: model.name }),
    commit: model.commitSha,
    revision: model.revision,
    files: all,
    keepEtags: all.filter((file) => !ownEtags.has(file.etag)).map((file) => file.etag),
  });
  // What waits for room may fit now.
  if (freed > 0) queue.wake();
  return freed;
};
