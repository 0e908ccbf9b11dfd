/** As long as Telegram shows it. */
const SHOWN_MS = 5000;

/** @type {Readonly<Record<string, string>>} */
const WORDS = { typing: 'typing…', upload_document: 'sending a file…', upload_photo: 'sending a picture…' };

/** @typedef {ReturnType<typeof createActivity>} Activity */

/**
 * What the bot says it is doing (`sendChatAction`), until it has written or some seconds are over.
 * @param {() => void} onChange
 */
export const createActivity = (onChange) => {
  /** @type {Map<number, ReturnType<typeof setTimeout>>} */
  const timers = new Map();
  /** @type {Map<number, string>} */
  const actions = new Map();

  /** @param {number} chatId */
  const clear = (chatId) => {
    clearTimeout(timers.get(chatId));
    timers.delete(chatId);
    if (actions.delete(chatId)) onChange();
  };

  return {
    /** @type {(chatId: number, action: string) => void} */
    put: (chatId, action) => {
      clearTimeout(timers.get(chatId));
      actions.set(chatId, action);
      timers.set(
        chatId,
        setTimeout(() => clear(chatId), SHOWN_MS),
      );
      onChange();
    },
    clear,
    /** @type {(chatId: number) => string | undefined} undefined if it is doing nothing */
    text: (chatId) => {
      const action = actions.get(chatId);
      return action === undefined ? undefined : (WORDS[action] ?? 'busy…');
    },
  };
};
