import type { Copy, Taking } from '../domain/copy.ts';
import { hasCopy, type Model } from '../domain/model.ts';
import type { RemovedModel } from '../domain/removals/removed-model.ts';
import { isOwner } from '../people/may.ts';
import type { Queue } from '../queue/queue.ts';
import type { FileAmongOthers } from '../store/downloads/copy-files.ts';
import type { Store } from '../store/store.ts';

/** What removing a model's files would mean. */
export interface RemovalPlan {
  /** Bytes of blobs that no other model of any chat uses. */
  readonly freedBytes: number;
  /** True if another model of any chat uses some of the files. */
  readonly shared: boolean;
  /** Where what somebody else has put there lies, of which only a person who saw that may say that it goes. */
  readonly othersPath: string | undefined;
  /** Bytes that would be free then. */
  readonly othersBytes: number;
}

/** What of it there is to let go: where it has a copy, what it wants besides has only begun to come. */
const copiesOf = ({ copies }: Store, { copyId, wantsCopyId }: Model): Copy[] =>
  [...new Set([copyId, wantsCopyId])]
    .flatMap((id) => (id === null ? [] : (copies.getCopy(id) ?? [])))
    .filter(({ id, path }) => copyId === null || id === copyId || path !== null);

/** What is freed if a model lets go of its copies, and whether somebody else has them or parts of them. */
export const planRemoval = async (store: Store, model: Model): Promise<RemovalPlan> => {
  const seen = new Set<string>();
  const bytes = { hubgram: 0, other: 0 };
  let shared = false;
  let othersPath: string | undefined;
  for (const copy of copiesOf(store, model)) {
    const isShared = store.copies.isShared(copy.id, model.id);
    const madeBy = copy.madeBy ?? 'hubgram';
    if (madeBy === 'other' && copy.path !== null && !isShared) othersPath = copy.path;
    const take = ({ etag, size, isBlobNeeded, isMadeByOther }: FileAmongOthers): void => {
      // It stays, whoever removes the rest.
      if (isMadeByOther) return;
      if (isBlobNeeded || isShared) shared = true;
      else if (!seen.has(etag)) bytes[madeBy] += size;
      seen.add(etag);
    };
    for await (const part of store.copies.readAmongOthers(copy)) part.forEach(take);
  }
  return { freedBytes: bytes.hubgram, shared, othersPath, othersBytes: bytes.other };
};

/**
 * What of the files may go with the entry if this person removes the model. What is complete may stay on the disk; what has
 * arrived of anything else is of no use to anybody. What another program has put there is an owner's to delete.
 */
export const takingsFor = (
  store: Store,
  model: Model,
  { freedBytes, othersPath }: RemovalPlan,
  userId: number,
): readonly Taking[] => {
  const isComplete = hasCopy(model);
  return [
    ...(isComplete ? (['nothing'] as const) : []),
    ...(othersPath !== undefined && isOwner(store, userId) ? (['all'] as const) : []),
    ...(!isComplete || freedBytes > 0 ? (['ours'] as const) : []),
  ];
};

interface RemoveDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'remove'>;
}

/**
 * Removes a model from its library; it can be brought back for a while.
 * @param messageId the message of its chat that tells of it from now on
 * @returns false if it had gone already
 */
export const removeModel = async (
  { store, queue }: RemoveDeps,
  model: Model,
  taking: Taking,
  messageId?: number,
): Promise<boolean> => {
  const { freedBytes: ours, othersBytes } = await planRemoval(store, model);
  const planned = { nothing: 0, ours, all: ours + othersBytes }[taking];
  // How much has arrived of anything else only the disk knows.
  const freedBytes = hasCopy(model) ? planned : 0;
  return queue.remove(model.id, { taking, freedBytes, ...(messageId === undefined ? {} : { messageId }) });
};

/** What was removed from this chat's library under this number. */
export const removedIn = (
  { removedModels }: Store,
  chatId: number | undefined,
  modelId: number,
): RemovedModel | undefined => {
  const removed = removedModels.getRemoved(modelId);
  return removed?.chatId === chatId ? removed : undefined;
};
