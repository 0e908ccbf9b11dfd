import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { Store } from '../../store/store.ts';
import { actionButton } from '../ui/buttons.ts';
import { titleLine } from '../ui/label.ts';
import { lines, type Rendering, shorten } from '../ui/text.ts';

const NAME_LIMIT = 100;

const buttons = (id: number): InlineKeyboardMarkup => ({
  inline_keyboard: [[actionButton('Approve', 'approve', id, 'success'), actionButton('Deny', 'deny', id, 'danger')]],
});

/**
 * What an owner is asked about a person or a group (ids below zero) that wants to use the bot.
 * @returns undefined once that is decided
 */
export const accessRequest = (store: Store, id: number): Rendering | undefined => {
  if (id < 0) {
    const chat = store.chats.getChat(id);
    if (chat?.access !== 'pending') return undefined;
    return {
      text: lines(
        titleLine(shorten(chat.title ?? 'A group', NAME_LIMIT), 'asks to use hubgram'),
        'If you approve, everyone in this group can add models and control the group’s downloads.',
      ),
      keyboard: buttons(id),
    };
  }
  const user = store.users.getUser(id);
  if (user?.role !== 'pending') return undefined;
  const handle = user.username ? ` (@${user.username})` : '';
  return {
    text: lines(
      FormattedString.join([
        FormattedString.mentionUser(shorten(user.firstName, NAME_LIMIT), id),
        `${handle} · asks to use hubgram`,
      ]),
      `Telegram id ${id}. If you approve, they can add models and use this machine’s disk and bandwidth.`,
    ),
    keyboard: buttons(id),
  };
};
