import { hasCopy } from '../domain/model.ts';
import { canSkip } from '../domain/waiting.ts';
import type { ModelView } from './model-view.ts';

/** What a person can do to a model. `start`: whatever keeps it, it begins as soon as a place is free, anew if files are gone. */
export type ModelAction = 'start' | 'pause' | 'resume' | 'retry' | 'cancel' | 'remove';

/**
 * What makes sense for a model as it is now, what a person would most likely want first. Wherever a model is shown, this is
 * what is offered; who may do it is asked when it is done.
 */
export const actionsOf = ({ model, waiting }: Pick<ModelView, 'model' | 'waiting'>): readonly ModelAction[] => {
  switch (model.status) {
    case 'pending':
      return [...(waiting !== undefined && canSkip(waiting) ? (['start'] as const) : []), 'pause', 'cancel'];
    case 'downloading':
      return ['pause', 'cancel'];
    case 'completed':
      return model.filesGone > 0 ? ['start', 'remove'] : ['remove'];
    case 'failed':
      // What it had is there still: who gives up what was to come has that again.
      return hasCopy(model) ? ['retry', 'cancel', 'remove'] : ['retry', 'remove'];
    case 'paused':
      // Nothing of it was kept: there is nothing left to cancel.
      return waiting?.kind === 'cancelled' ? ['resume', 'remove'] : ['resume', 'cancel', 'remove'];
  }
};
