import type { Copy } from '../../../domain/copy.ts';
import type { Model } from '../../../domain/model.ts';
import type { Store } from '../../../store/store.ts';

/** A complete copy, and where it lies. */
type Complete = Copy & { readonly path: string };

const isComplete = (copy: Copy | undefined): copy is Complete => copy?.state === 'complete' && copy.path !== null;

/** Whether the library has a model that is what this one was. */
const isInLibrary = (
  { models }: Store,
  { chatId, name, repoType }: Model,
  { revision, selection, hostId }: Pick<Model, 'revision' | 'selection' | 'hostId'>,
): boolean =>
  models
    .findModels(chatId, name)
    .some(
      (other) =>
        other.repoType === repoType &&
        other.hostId === hostId &&
        other.revision === revision &&
        other.selection === selection,
    );

/** An entry of its own for the copy, as complete as that is. */
const enter = ({ models }: Store, model: Model, revision: string, copy: Complete): number => {
  const { chatId, name, repoType, canonicalName, license, requestedBy, category, scheduled, metadata } = model;
  const { selection, commitSha, sizeBytes, hostId, path: downloadPath } = copy;
  const { id } = models.createModel({
    chatId,
    name,
    repoType,
    revision,
    selection,
    commitSha,
    sizeBytes,
    scheduled,
    hostId,
    metadata: { ...metadata, before: undefined, had: undefined, filesInBrief: undefined },
    ...(canonicalName === null ? {} : { canonicalName }),
    ...(license === null ? {} : { license }),
    ...(requestedBy === null ? {} : { requestedBy }),
    ...(category === null ? {} : { category }),
  });
  models.moveModel(id, 'pending', 'downloading');
  models.moveModel(id, 'downloading', 'completed', { downloadPath, sizeBytes });
  return id;
};

/**
 * A model that was changed has what it was to have. What it had before becomes a model of its own, so that nothing goes that a
 * person has not let go; they are asked. To be called in the transaction in which the model is completed, before the copy is
 * given up.
 * @param had the copy that it had until now
 * @returns false if there is nothing to ask: then the copy is to be given up
 */
export const setAside = (store: Store, { id }: Model, had: number | null): boolean => {
  const model = store.models.getModel(id);
  if (!model?.metadata?.before && !model?.metadata?.had) return false;
  const { before } = model.metadata;
  store.models.updateModelDetails(id, { metadata: { ...model.metadata, before: undefined, had: undefined } });
  if (!before) return false;
  const copy = had === null || had === model.copyId ? undefined : store.copies.getCopy(had);
  // What another library has stays anyway.
  if (!isComplete(copy) || store.copies.isShared(copy.id, id)) return false;
  const { revision, bytes } = before;
  const { selection, hostId } = copy;
  if (isInLibrary(store, model, { revision, selection, hostId })) return false;
  const modelId = enter(store, model, revision, copy);
  const payload = { modelId, ...(bytes === undefined ? {} : { bytes }) };
  store.outbox.addNotice({ chatId: model.chatId, modelId: id, kind: 'set_aside', payload });
  return true;
};
