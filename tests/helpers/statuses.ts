import type { ModelStatus } from '../../src/domain/states/model.ts';
import type { Store } from '../../src/store/store.ts';

/** The ways from `pending` to each status. */
export const WAYS: Readonly<Record<ModelStatus, readonly ModelStatus[]>> = {
  pending: [],
  downloading: ['downloading'],
  completed: ['downloading', 'completed'],
  failed: ['downloading', 'failed'],
  paused: ['paused'],
};

/** Brings a model that waits to a status, as if it had got there. */
export const bringTo = ({ models }: Store, id: number, status: ModelStatus): void => {
  let from: ModelStatus = 'pending';
  for (const to of WAYS[status]) {
    models.moveModel(id, from, to);
    from = to;
  }
};
