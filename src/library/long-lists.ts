import { setImmediate as breathe } from 'node:timers/promises';
import type { RepoFile } from '../domain/listing.ts';
import { inSlices } from '../lib/slices.ts';
import type { AddRequest } from '../store/downloads/add-requests.ts';
import type { Store } from '../store/store.ts';
import { createFrom, existingModel, insertModel, type InsertDeps, type Insertion } from './insert.ts';

/** So many rows are written, or taken away, before everything else has its turn. */
const ROWS_AT_ONCE = 1000;

const removeUnfinished = async ({ models }: Store, modelId: number): Promise<void> => {
  while (models.dropModelFiles(modelId, ROWS_AT_ONCE) === ROWS_AT_ONCE) await breathe();
  models.removeModel(modelId);
};

/** What a killed program left of this request: a model with some of its files. */
export const dropUnfinished = async (store: Store, { id }: AddRequest): Promise<void> => {
  const request = store.addRequests.getAddRequest(id);
  if (request?.state === 'looking_up' && request.modelId !== null) await removeUnfinished(store, request.modelId);
};

/** The model, disabled: the row of its request names it, so that nothing of it can be left behind. */
const begin = (store: Store, insertion: Insertion): number =>
  store.atomically(() => {
    const { id } = createFrom(store, insertion, false);
    store.addRequests.keepUnfinished(insertion.request.id, id);
    return id;
  });

/**
 * `insertModel` for a list of any length: one that is long is written down a slice at a time, while nothing can be begun
 * with the model. One transaction for a hundred thousand rows would keep everybody waiting for a second.
 * @returns as `insertModel`
 * @throws the signal's reason
 */
export const insertLongModel = async (
  deps: InsertDeps,
  insertion: Insertion,
  signal: AbortSignal,
): Promise<boolean> => {
  const { store } = deps;
  const { files } = insertion;
  if (files.length <= ROWS_AT_ONCE || existingModel(store, insertion)) return insertModel(deps, insertion);
  const begunId = begin(store, insertion);
  let isInserted = false;
  try {
    let isThere = true;
    const add = (slice: readonly RepoFile[]): void => {
      isThere &&= store.models.addModelFiles(begunId, slice);
    };
    await inSlices(files, add, signal);
    if (isThere) isInserted = insertModel(deps, { ...insertion, begunId });
    // Somebody has seen it in the library and removed it.
    else store.addRequests.moveAddRequest(insertion.request.id, insertion.from, 'cancelled');
  } finally {
    // Left meanwhile, or broken off; if the program ends here, the next look-up begins with this.
    if (!isInserted) await removeUnfinished(store, begunId);
  }
  return isInserted;
};
