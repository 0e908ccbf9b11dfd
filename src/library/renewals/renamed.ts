import type { Model } from '../../domain/model.ts';
import type { Branch } from '../../domain/renewals/branch.ts';
import type { RenewalsDeps } from './deps.ts';

interface Renamed {
  readonly branch: Branch;
  readonly models: readonly Model[];
}

/**
 * A repository is called otherwise than when its models were added, or than it was told last: told once to each chat. It goes on
 * under the name that it has here, by which the Hub still finds it. To be called in a transaction.
 * @param canonicalId its name now
 */
export const tellRenamed = ({ store }: RenewalsDeps, { branch, models }: Renamed, canonicalId: string): void => {
  const told = new Set<number>();
  for (const { id, chatId, canonicalName } of models) {
    if (canonicalName === canonicalId) continue;
    store.models.updateModelDetails(id, { canonicalName: canonicalId });
    // Of a model that was added before names were kept nobody knows what is new.
    if (canonicalName === null || told.has(chatId)) continue;
    told.add(chatId);
    const payload = { branchId: branch.id, newName: canonicalId };
    store.outbox.addNotice({ kind: 'repo_renamed', chatId, modelId: id, payload });
  }
};
