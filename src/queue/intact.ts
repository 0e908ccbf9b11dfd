import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo.ts';
import type { Store } from '../store/store.ts';
import type { Copies } from '../copies/copies.ts';

export interface IntactDeps {
  readonly store: Store;
  readonly copies: Pick<Copies, 'missingFiles'>;
}

/** How many files of a completed model something else has removed, as far as anybody has looked. */
const GONE = 'filesGone';

export const filesGone = ({ metadata }: Model): number => {
  const gone = metadata?.[GONE];
  return typeof gone === 'number' ? gone : 0;
};

/** What is noted of a model beside that. */
export const withoutGone = ({ metadata }: Model): Model['metadata'] => {
  const { [GONE]: _gone, ...rest } = metadata ?? {};
  return rest;
};

/** Notes it in the row, from which the card is drawn. It may be another model by now, or be downloaded anew. */
const note = ({ store }: IntactDeps, { id, commitSha }: Model, gone: number): void => {
  store.atomically(() => {
    const model = store.models.getModel(id);
    if (model?.status !== 'completed' || model.commitSha !== commitSha || filesGone(model) === gone) return;
    store.models.updateModelDetails(id, { metadata: { ...withoutGone(model), ...(gone > 0 ? { [GONE]: gone } : {}) } });
  });
};

/** Rows read at one time: a library may have a hundred thousand. */
const AT_ONCE = 100;

/** Looks whether all files of all completed models are still there: other tools clean up the same cache. */
export const lookAfterFiles = async (deps: IntactDeps, signal: AbortSignal): Promise<void> => {
  const { store, copies } = deps;
  for (let afterId = 0; ; ) {
    const models = store.models.getModelsByStatus('completed', { afterId, limit: AT_ONCE });
    for (const model of models) {
      if (signal.aborted) return;
      afterId = model.id;
      if (model.commitSha === null) continue;
      const gone = await copies.missingFiles({
        repoFolder: repoFolderName({ type: model.repoType, id: model.name }),
        files: await store.models.readModelFiles(model.id),
        commit: model.commitSha,
      });
      // Its disk is not there: that says nothing of the files.
      if (gone === undefined) return;
      note(deps, model, gone);
    }
    if (models.length < AT_ONCE) return;
  }
};
