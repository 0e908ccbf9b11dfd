import { setImmediate as breathe } from 'node:timers/promises';
import type { Model } from '../domain/model.ts';
import type { ModelMetadata } from '../domain/model-metadata.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import type { Store } from '../store/store.ts';
import type { Copies } from '../copies/copies.ts';
import type { QueueDeps } from './deps.ts';

export interface IntactDeps {
  readonly store: Store;
  readonly copies: Pick<Copies, 'missingFiles'>;
}

/** How many files of a completed model something else has removed, as far as anybody has looked. */
export const filesGone = ({ metadata }: Model): number => metadata?.filesGone ?? 0;

/** What is noted of a model beside that. */
export const withoutGone = ({ metadata }: Model): Model['metadata'] => {
  const { filesGone: _gone, ...rest }: ModelMetadata = metadata ?? {};
  return rest;
};

/** Notes it in the row, from which the card is drawn. It may be another model by now, or be downloaded anew. */
const note = ({ store }: IntactDeps, { id, commitSha }: Model, gone: number): void => {
  store.atomically(() => {
    const model = store.models.getModel(id);
    if (model?.status !== 'completed' || model.commitSha !== commitSha || filesGone(model) === gone) return;
    store.models.updateModelDetails(id, {
      metadata: { ...withoutGone(model), ...(gone > 0 ? { filesGone: gone } : {}) },
    });
  });
};

/** @returns false if the disk of the cache is not there: that says nothing of the files */
const lookAtOne = async (deps: IntactDeps, model: Model): Promise<boolean> => {
  const { store, copies } = deps;
  if (model.commitSha === null) return true;
  const gone = await copies.missingFiles({
    repoFolder: repoFolderName({ type: model.repoType, id: model.name }),
    files: await store.models.readModelFiles(model.id),
    commit: model.commitSha,
  });
  if (gone === undefined) return false;
  note(deps, model, gone);
  return true;
};

/** Rows read at one time: a library may have a hundred thousand. */
const AT_ONCE = 100;

/** Looks whether all files of all completed models are still there: other tools clean up the same cache. */
export const lookAfterFiles = async (deps: IntactDeps, signal: AbortSignal): Promise<void> => {
  const { store } = deps;
  for (let afterId = 0; ; ) {
    const models = store.models.getModelsByStatus('completed', { afterId, limit: AT_ONCE });
    for (const model of models) {
      if (signal.aborted) return;
      afterId = model.id;
      if (!(await lookAtOne(deps, model))) return;
    }
    if (models.length < AT_ONCE) return;
    // What asks the disk about nothing waits for nothing.
    await breathe();
  }
};

/** More than a person sees at once, several times: what does not fit is looked at when it is shown again. */
const WANTED_MOST = 100;

/** Looks at what people have before their eyes. */
export interface Looks {
  /** Nobody waits for it: what is found is in the row a moment later. */
  readonly lookAt: (models: readonly Pick<Model, 'id' | 'status'>[]) => void;
  /** Resolves when what is under way has ended. */
  readonly idle: () => Promise<void>;
}

/** @param signal ends it */
export const createLooks = (deps: IntactDeps & Pick<QueueDeps, 'log'>, signal: AbortSignal): Looks => {
  const wanted = new Set<number>();
  let running: Promise<void> | undefined;

  /** One after the other: a crowd of lists is no more work for the disk than one. */
  const work = async (): Promise<void> => {
    await breathe();
    for (const id of wanted) {
      if (signal.aborted) break;
      try {
        const model = deps.store.models.getModel(id);
        if (model?.status === 'completed') await lookAtOne(deps, model);
      } catch (error) {
        // It is shown again some time, or looked at in the night.
        deps.log.warn({ err: error, model: id }, 'Whether the files of a model are there could not be found out');
      }
      wanted.delete(id);
    }
    running = undefined;
  };

  return {
    lookAt: (models) => {
      for (const { id, status } of models) if (status === 'completed' && wanted.size < WANTED_MOST) wanted.add(id);
      if (wanted.size > 0) running ??= work();
    },
    idle: async () => running,
  };
};
