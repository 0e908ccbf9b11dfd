import type { InlineKeyboardButton } from 'grammy/types';

/**
 * What buttons can do. Each feature adds its actions, next to where it declares whom they are for: so a card may have
 * the buttons of any feature without importing it, and a button that leads nowhere does not compile.
 */
export interface Actions {
  /** Opens what a command alone opens, for those who tap; the dispatcher's own. */
  open: 'dispatch';
}

export type Action = keyof Actions;

type Style = 'danger' | 'success' | 'primary';

/** A button that does something of a feature. @param id of what it is about, or what its action declares as its data */
export const actionButton = (
  label: string,
  action: Action,
  id: number | string,
  style?: Style,
): InlineKeyboardButton => ({
  text: label,
  callback_data: `${action}:${id}`,
  ...(style ? { style } : {}),
});

/** Telegram's 64 bytes for callback data are far away. */
const ID_AND_CHOICE = String.raw`(-?\d{1,15})(?::(\d{1,4}))?`;

/**
 * The callback data of a button: its action and, if nothing else is said, an id and perhaps a choice. Matches
 * `[whole, id, choice]`; whoever handles it checks that the id belongs to the chat.
 */
export const dataPattern = (action: string, rest = ID_AND_CHOICE): RegExp => new RegExp(`^${action}:${rest}$`);
