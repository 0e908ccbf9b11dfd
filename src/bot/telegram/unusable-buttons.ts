import type { Transformer } from 'grammy';
import type { InlineKeyboardMarkup } from 'grammy/types';

/**
 * Takes away from every message the buttons that nobody may use where it is shown. It only shows less: who may do what is
 * asked at each tap.
 * @param isUnusable whether a button with this callback data is of no use in that chat
 */
export const withoutUnusableButtons =
  (isUnusable: (chatId: number, data: string) => boolean): Transformer =>
  (call, method, payload, signal) => {
    const { chat_id: chatId, reply_markup: markup } = payload as {
      readonly chat_id?: unknown;
      readonly reply_markup?: Partial<InlineKeyboardMarkup>;
    };
    if (typeof chatId !== 'number' || !markup?.inline_keyboard) return call(method, payload, signal);
    const rows = markup.inline_keyboard
      .map((row) => row.filter((button) => !('callback_data' in button) || !isUnusable(chatId, button.callback_data)))
      .filter((row) => row.length > 0);
    return call(method, { ...payload, reply_markup: { ...markup, inline_keyboard: rows } }, signal);
  };
