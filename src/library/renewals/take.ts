import { copyKeyOf } from '../../domain/copy.ts';
import { refuse } from '../../domain/errors.ts';
import { parseSelectionKey, pathFilter } from '../../domain/files/selection.ts';
import type { RepoListing } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import type { Renewal } from '../../domain/renewals/renewal.ts';
import { questionsAbout } from '../../sources/by-token.ts';
import type { RenewalsDeps } from './deps.ts';
import { chooseAgain, type Chosen } from './news.ts';

/** It waits for its chat's schedule, as what is added does. */
const waitsAsAdded = ({ store }: RenewalsDeps, { id, chatId }: Model): void => {
  const scheduled = store.schedules.getActiveSchedule(chatId) !== undefined;
  store.models.updateModelDetails(id, { scheduled, onDemand: false, runNow: false });
};

/** @throws AppError constraint: the library has what a model would be under another name */
const checkFree = ({ models }: RenewalsDeps['store'], model: Model, name: string): void => {
  const { id, chatId, repoType, revision, selection, hostId } = model;
  const isSame = (other: Model): boolean =>
    other.id !== id &&
    other.hostId === hostId &&
    other.repoType === repoType &&
    other.revision === revision &&
    other.selection === selection;
  const [taken] = models.findModels(chatId, name).filter(isSame);
  if (taken) refuse(`This library has ${name} already, as #${taken.id}. One of the two can be removed.`, 'constraint');
};

/** Hands what was chosen to the queue. */
const handOver = (deps: RenewalsDeps, model: Model, listing: RepoListing, chosen: Chosen): void => {
  const { queue, store } = deps;
  const { commit: commitSha, id: name } = listing;
  waitsAsAdded(deps, model);
  if (name === model.name) {
    queue.renew(model.id, { commitSha, ...chosen });
    return;
  }
  const { revision, selection, metadata } = model;
  queue.change(model.id, { name, commitSha, ...chosen, revision, selection, metadata: metadata ?? {} });
  store.models.updateModelDetails(model.id, { canonicalName: listing.canonicalId });
};

/**
 * Hands a renewal that is wanted to the queue: what its branch is now, which may be newer than what was told, under the name that
 * it shall have. What it has can be loaded until that is verified. A kill in between has it looked up again, and all of this can be
 * done twice. Whether its files may be read is not asked here: a download that lacks access waits for it.
 * @throws AppError as the source; validation: what was chosen means nothing there; integrity: the library has what it would be;
 * the signal's reason
 */
export const takeRenewal = async (deps: RenewalsDeps, renewal: Renewal, signal: AbortSignal): Promise<void> => {
  const { store } = deps;
  const { modelId, newName } = renewal;
  const model = store.models.getModel(modelId);
  // It is under way, or somebody has stopped it: whoever did that has said what shall become of it.
  if (model?.status !== 'completed') {
    store.renewals.moveRenewal(modelId, 'wanted', 'taken');
    return;
  }
  const { repoType, revision, selection } = model;
  const name = newName ?? model.name;
  const source = questionsAbout(deps.source, [model.tokenOf]);
  const ref = { type: repoType, id: name, revision };
  const listing = await source.inspect(ref, signal, pathFilter(parseSelectionKey(selection)));
  const { commit: commitSha } = listing;
  if (commitSha === model.commitSha && name === model.name) {
    store.renewals.moveRenewal(modelId, 'wanted', 'noted', { commitSha });
    return;
  }
  if (newName !== null) checkFree(store, model, newName);
  const chosen = await chooseAgain(listing, model, signal);
  const held = await store.copies.list(copyKeyOf({ ...model, name, commitSha }), chosen, signal);
  try {
    handOver(deps, model, listing, chosen);
    store.renewals.moveRenewal(modelId, 'wanted', 'taken', { commitSha });
  } finally {
    held.letGo();
  }
};
