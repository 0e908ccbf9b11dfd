import { selectionKey } from '../../../domain/files/selection.ts';
import type { RepoFile } from '../../../domain/listing.ts';
import type { Model } from '../../../domain/model.ts';
import type { Store } from '../../../store/store.ts';
import type { InsertDeps, Insertion } from './insertion.ts';
import { heldFor, metadataOf } from './new-model.ts';

/** Longer lists are not compared: that would keep everybody waiting. */
const COMPARED_MOST = 4000;

/** How many bytes of what a model has are not among these files; undefined: none, or it has nothing. */
const leftOverOf = (
  { copies }: Store,
  { copyId }: Model,
  files: readonly RepoFile[],
): number | 'unknown' | undefined => {
  if (copyId === null) return undefined;
  if (files.length > COMPARED_MOST || copies.countCopyFiles(copyId) > COMPARED_MOST) return 'unknown';
  const wanted = new Set(files.map(({ etag }) => etag));
  const left = copies.copyFiles(copyId).filter(({ etag }) => !wanted.has(etag));
  const bytes = [...new Map(left.map(({ etag, size }) => [etag, size])).values()].reduce((sum, size) => sum + size, 0);
  return bytes > 0 ? bytes : undefined;
};

/** Makes of a model what a person wants it to be: other files, another branch, another machine. */
export const change = ({ queue, store }: InsertDeps, model: Model, insertion: Insertion): void => {
  const { request, ref, selection, listing, files, sizeBytes, target } = insertion;
  const moves = target.hostId !== model.hostId;
  // What moves is whole in both places; what it leaves goes by itself.
  const leftOver = moves ? undefined : leftOverOf(store, model, files);
  // Somebody asks for it now: what it waited for when it was added counts no more.
  const isAnew = model.status === 'completed' || model.status === 'failed';
  if (isAnew) store.models.updateModelDetails(model.id, { ...heldFor(store, request), runNow: false });
  queue.change(model.id, {
    ...(leftOver === undefined ? {} : { leftOver }),
    ...(moves ? { hostId: target.hostId } : {}),
    revision: ref.revision ?? 'main',
    selection: selectionKey(selection),
    commitSha: listing.commit,
    files,
    sizeBytes,
    metadata: metadataOf(insertion),
  });
  store.models.updateModelDetails(model.id, { tokenOf: listing.tokenOf ?? null });
};
