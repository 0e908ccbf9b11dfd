/* bot/ui/clearing: what a greeting says of old messages that are deleted. */

import type { InlineKeyboardButton } from 'grammy/types';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../buttons.ts';
import { count, lines, type Rendering } from '../text.ts';

/** What a chat is told when it begins: that old messages go, with the button that keeps them. */
interface ClearingNote {
  readonly line: string;
  readonly row: readonly InlineKeyboardButton[];
}

/** @returns undefined where old messages stay */
export const clearingNote = ({ chats }: Pick<Store, 'chats'>, chatId: number): ClearingNote | undefined => {
  const chat = chats.getChat(chatId);
  if (!chat?.autoClearEnabled) return undefined;
  return {
    line: `After ${count(chat.autoClearHours, 'hour')} without a word here I delete my old messages. Cards of models and open questions stay.`,
    row: [actionButton('Keep old messages', 'setting', 'auto_clear:off')],
  };
};

/** A greeting with that below it. */
export const withClearingNote = (store: Pick<Store, 'chats'>, chatId: number, greeting: string): Rendering => {
  const note = clearingNote(store, chatId);
  return { text: lines(greeting, note?.line), ...(note ? { keyboard: { inline_keyboard: [[...note.row]] } } : {}) };
};
