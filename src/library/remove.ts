import type { RepoFile } from '../domain/listing.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import { ASKED_AT_ONCE, inSlices } from '../lib/slices.ts';
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

/** Blobs of these files that another model of any chat uses. A list may be very long. */
const usedByOthers = async ({ models }: Store, model: Model, files: readonly RepoFile[]): Promise<Set<string>> => {
  const used = new Set<string>();
  const look = (slice: readonly RepoFile[]): void => {
    for (const { etag } of slice) {
      if (models.blobUsers(model.repoType, model.name, etag, model.id) > 0) used.add(etag);
    }
  };
  await inSlices(files, look, undefined, ASKED_AT_ONCE);
  return used;
};

export const planRemoval = async (store: Store, model: Model): Promise<RemovalPlan> => {
  const files = await store.models.readModelFiles(model.id);
  const used = await usedByOthers(store, model, files);
  const seen = new Set(used);
  let freedBytes = 0;
  await inSlices(files, (slice) => {
    for (const { etag, size } of slice) {
      if (!seen.has(etag)) freedBytes += size;
      seen.add(etag);
    }
  });
  return { freedBytes, shared: used.size > 0 };
};

/** Its row goes, if it is what it was when its files were read; otherwise undefined. */
const takeRow = (store: Store, { id, commitSha }: Model): Model | undefined =>
  store.atomically(() => {
    const model = store.models.getModel(id);
    if (!model || model.status === 'downloading' || model.commitSha !== commitSha) return undefined;
    return store.models.removeModel(id) ? model : undefined;
  });

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
  let model: Model | undefined;
  let all: readonly RepoFile[];
  // Somebody may begin it anew while it is being stopped, or its files are read: a run must not outlive its row.
  do {
    await queue.discard(modelId);
    const before = store.models.getModel(modelId);
    if (!before) return undefined;
    all = await store.models.readModelFiles(modelId);
    model = takeRow(store, before);
  } while (!model);
  if (!files || model.commitSha === null) return 0;
  // After the row: who has come to use them meanwhile keeps them.
  const used = await usedByOthers(store, model, all);
  const freed = await copies.removeSnapshot({
    repoFolder: repoFolderName({ type: model.repoType, id: model.name }),
    commit: model.commitSha,
    revision: model.revision,
    files: all,
    keepEtags: [...used],
  });
  // What waits for room may fit now.
  if (freed > 0) queue.wake();
  return freed;
};
