import type { InlineKeyboardButton } from 'grammy/types';
import type { Waiting } from '../../domain/waiting.ts';
import { actionsOf, type ModelAction } from '../../library/model-actions.ts';
import type { ModelView } from '../../library/model-view.ts';
import { actionButton } from '../ui/buttons.ts';
import { ACCEPTED } from '../ui/gates/access.ts';
import { retryButton } from '../ui/retry-button.ts';

const startLabel = (isGone: boolean, waiting: Waiting | undefined): string => {
  if (isGone) return 'Fetch again';
  if (waiting?.kind !== 'access') return 'Start now';
  return waiting.code === 'gated' ? ACCEPTED : 'Try again';
};

const BUTTONS: Readonly<Record<ModelAction, (view: ModelView) => InlineKeyboardButton>> = {
  start: ({ model, waiting }) => actionButton(startLabel(model.filesGone > 0, waiting), 'start', model.id, 'primary'),
  pause: ({ model }) => actionButton('Pause', 'pause', model.id),
  resume: ({ model, waiting }) =>
    actionButton(waiting?.kind === 'cancelled' ? 'Download again' : 'Resume', 'resume', model.id, 'primary'),
  retry: ({ model, session }) => retryButton(model.id, session),
  cancel: ({ model }) => actionButton('Cancel', 'cancel', model.id, 'danger'),
  remove: ({ model }) => actionButton('Remove', 'remove', model.id),
};

/** Under a card: what can be done to its model now. */
export const actionButtons = (view: ModelView): readonly InlineKeyboardButton[] =>
  actionsOf(view).map((action) => BUTTONS[action](view));

/** For the others in a group: it mentions them at the end. */
export const followButtons = ({ model, followers }: ModelView): readonly InlineKeyboardButton[] => {
  if (followers === undefined) return [];
  return [actionButton(followers > 0 ? `Tell me too · ${followers}` : 'Tell me too', 'follow', model.id)];
};
