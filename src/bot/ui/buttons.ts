import type { InlineKeyboardButton } from 'grammy/types';

/**
 * What a button under a card or an answer can do. Callback data is `<action>:<id>` (or `<action>:<id>:<choice>`), far
 * below Telegram's 64 bytes; whoever handles it checks the access and that the id belongs to the chat.
 */
export type Action =
  | 'pause'
  | 'pauseAll'
  | 'resumeAll'
  | 'resume'
  | 'start'
  | 'cancel'
  | 'cancelled'
  | 'cancelAll'
  | 'retry'
  | 'remove'
  | 'forget'
  | 'erase'
  | 'keep'
  | 'show'
  | 'first'
  | 'up'
  | 'down'
  | 'rank'
  | 'schedule'
  | 'pick'
  | 'drop'
  | 'mean'
  | 'others'
  | 'again'
  | 'link'
  | 'branch'
  | 'follow'
  | 'approve'
  | 'deny'
  | 'refuse'
  | 'unsure'
  | 'admit'
  | 'waiting'
  | 'open'
  | 'help';

/** What `open` opens: the same as a command alone, for those who tap. */
export const OPEN = { add: 1, library: 2, queue: 3, schedule: 4 } as const;

type Style = 'danger' | 'success' | 'primary';

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

/** The callback data that a button of this action has: matches `[whole, id, choice]`. */
export const actionPattern = (...actions: readonly Action[]): RegExp =>
  new RegExp(`^(?:${actions.join('|')}):(-?\\d{1,15})(?::(\\d{1,4}))?$`);

/** The callback data of the button that opens this. */
export const openPattern = (what: keyof typeof OPEN): RegExp => new RegExp(`^open:${OPEN[what]}$`);
