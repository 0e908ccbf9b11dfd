/* bot/outbox/people: what owners and newcomers are told of who wants in and who came in. */

import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { type Newcomer, newcomerOf } from '../../../people/newcomers.ts';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../../ui/buttons.ts';
import { titleLine } from '../../ui/label.ts';
import { foreign, lines, type Rendering } from '../../ui/text.ts';

const NAME_LIMIT = 100;
const BUTTON_LIMIT = 40;
/** In one message; the others come up as these are decided. */
const LISTED_MOST = 8;

/** Somebody, or a group (ids below zero), without an answer. */
type Asker = Newcomer & { readonly name: string };

const askerOf = (store: Store, id: number): Asker | undefined => {
  const newcomer = newcomerOf(store, id);
  return newcomer?.standing === 'waits' ? { ...newcomer, name: newcomer.name ?? 'A group' } : undefined;
};

const named = ({ id, name }: Asker): FormattedString =>
  id < 0 ? FormattedString.b(foreign(name, NAME_LIMIT)) : FormattedString.mentionUser(foreign(name, NAME_LIMIT), id);

/** Names may be the same: whatever tells them apart stands behind them. */
const listLine = (asker: Asker): FormattedString =>
  FormattedString.join([named(asker), ` · ${asker.id < 0 ? 'group' : (asker.handle ?? `Telegram id ${asker.id}`)}`]);

/** Leads from one request to all of them, if there are others than this one. */
export const moreRequests = (store: Store, but?: number): InlineKeyboardButton[][] => {
  const others = store.accessRequests.waiting().filter((id) => id !== but).length;
  return others > 0 ? [[actionButton(`${others} more ${others === 1 ? 'asks' : 'ask'} ›`, 'waiting', 0)]] : [];
};

/**
 * What an owner is asked about a person or a group (ids below zero) that wants to use the bot.
 * @returns undefined once that is decided
 */
export const accessRequest = (store: Store, id: number): Rendering | undefined => {
  const asker = askerOf(store, id);
  if (!asker) return undefined;
  const text =
    id < 0
      ? lines(
          titleLine(foreign(asker.name, NAME_LIMIT), 'asks to use hubgram'),
          'If you approve, everyone in this group can add models and control the group’s downloads.',
        )
      : lines(
          FormattedString.join([named(asker), `${asker.handle ? ` (${asker.handle})` : ''} · asks to use hubgram`]),
          `Telegram id ${id}. If you approve, they can add models and use this machine’s disk and bandwidth.`,
        );
  return {
    text,
    keyboard: {
      inline_keyboard: [
        [actionButton('Approve', 'approve', id, 'success'), actionButton('Deny', 'deny', id, 'danger')],
        [actionButton('Let them look only', 'setRole', `${id}:pending-viewer`)],
        ...moreRequests(store, id),
      ],
    },
  };
};

/** Everybody who waits for an owner's answer, in one message; undefined if nobody does. */
export const accessRequests = (store: Store): Rendering | undefined => {
  const ids = store.accessRequests.waiting();
  const [only, second] = ids;
  if (only === undefined) return undefined;
  if (second === undefined) return accessRequest(store, only);
  const shown = ids.slice(0, LISTED_MOST).flatMap((id) => askerOf(store, id) ?? []);
  return {
    text: lines(
      titleLine(`${ids.length} people and groups`, 'ask to use hubgram'),
      ...shown.map(listLine),
      ids.length > shown.length ? `… and ${ids.length - shown.length} more. They come up as you decide.` : undefined,
      'Tap one to let them in or keep them out.',
    ),
    keyboard: {
      inline_keyboard: shown.map(({ id, name }) => [actionButton(foreign(name, BUTTON_LIMIT), 'unsure', id)]),
    },
  };
};
