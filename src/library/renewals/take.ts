import { parseSelectionKey, pathFilter } from '../../domain/files/selection.ts';
import type { Model } from '../../domain/model.ts';
import type { Renewal } from '../../domain/renewals/renewal.ts';
import { checkGate } from '../adding/check-gate.ts';
import type { RenewalsDeps } from './deps.ts';
import { chooseAgain } from './news.ts';

/** It waits for its chat's schedule, as what is added does. */
const waitsAsAdded = ({ store }: RenewalsDeps, { id, chatId }: Model): void => {
  const scheduled = store.schedules.getActiveSchedule(chatId) !== undefined;
  store.models.updateModelDetails(id, { scheduled, onDemand: false, runNow: false });
};

/**
 * Hands a renewal that is wanted to the queue: what its branch is now, which may be newer than what was told. What it has can be
 * loaded until that is verified. A kill in between has it looked up again, and all of this can be done twice.
 * @throws AppError as the source; validation: what was chosen means nothing there; the signal's reason
 */
export const takeRenewal = async (deps: RenewalsDeps, { modelId }: Renewal, signal: AbortSignal): Promise<void> => {
  const { store, source, queue } = deps;
  const model = store.models.getModel(modelId);
  // It is under way, or somebody has stopped it: whoever did that has said what shall become of it.
  if (model?.status !== 'completed') {
    store.renewals.moveRenewal(modelId, 'wanted', 'taken');
    return;
  }
  const { repoType, name, revision, selection } = model;
  const listing = await source.inspect(
    { type: repoType, id: name, revision },
    signal,
    pathFilter(parseSelectionKey(selection)),
  );
  const { commit: commitSha } = listing;
  if (commitSha === model.commitSha) {
    store.renewals.moveRenewal(modelId, 'wanted', 'noted', { commitSha });
    return;
  }
  await checkGate(source, listing, signal);
  const chosen = await chooseAgain(listing, model, signal);
  const held = await store.copies.list({ repoType, name, commitSha, selection }, chosen, signal);
  try {
    waitsAsAdded(deps, model);
    queue.renew(modelId, { commitSha, ...chosen });
    store.renewals.moveRenewal(modelId, 'wanted', 'taken', { commitSha });
  } finally {
    held.letGo();
  }
};
