import type { InlineKeyboardButton } from 'grammy/types';
import { appLabel } from '../../domain/apps/app.ts';
import type { AppView } from '../../library/apps/app-view.ts';
import type { ModelView } from '../../library/model-view.ts';
import { actionButton } from '../ui/buttons.ts';
import { count, shorten } from '../ui/text.ts';
import type { LoadCommand } from './load-commands.ts';

const NAME_LIMIT = 120;
const MESSAGE_LIMIT = 300;

const appLine = ({ label, state, shownAs, message }: AppView, isHere: boolean): string => {
  switch (state) {
    case 'linked':
      return `In ${label}: ${shorten(shownAs ?? '', NAME_LIMIT)}`;
    case 'waiting':
      return `${label}: ${isHere ? 'is being linked' : 'will be linked when it is here'}`;
    case 'refused':
      return `Not in ${label}. ${shorten(message ?? '', MESSAGE_LIMIT)}`;
    case 'lost':
      return `No longer in ${label}. ${shorten(message ?? '', MESSAGE_LIMIT)}`;
  }
};

/** With more, a card would have no room for anything else. */
const LINES_MOST = 6;

/** Where else a model is to be found, a line for each app. @param isHere whether it can be linked already */
export const appLines = (apps: readonly AppView[], isHere: boolean): readonly string[] => {
  const more = apps.length - LINES_MOST;
  const shown = apps.slice(0, LINES_MOST).map((app) => appLine(app, isHere));
  return [...shown, ...(more > 0 ? [`and ${count(more, 'more app')}`] : [])];
};

/** Offers to link a finished model to what may take it; where it is linked, to unlink it too. */
export const appButtons = ({ model, apps, appsLeft }: ModelView): readonly InlineKeyboardButton[] => {
  const isLinked = apps.some(({ state }) => state !== 'refused');
  const [only] = appsLeft;
  if (isLinked) return [actionButton('Apps', 'app', model.id)];
  if (!only) return [];
  return [actionButton(appsLeft.length === 1 ? `Link to ${appLabel(only)}` : 'Link to an app', 'app', model.id)];
};

/** What one types to load it there, once it is linked. */
export const appCommands = (apps: readonly AppView[]): readonly LoadCommand[] =>
  apps.flatMap(({ kind, state, shownAs }) => {
    if (state !== 'linked' || shownAs === null) return [];
    if (kind === 'lmstudio') return [{ label: 'Copy lms load', text: `lms load ${shownAs}` }];
    // Several quants are several models there.
    return kind === 'ollama' ? [{ label: 'Copy ollama run', text: `ollama run ${shownAs.split(', ')[0]}` }] : [];
  });
