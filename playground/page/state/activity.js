/** As long as Telegram shows it. */
const SHOWN_MS = 5000;

const WORDS = { typing: 'typing…', upload_document: 'sending a file…', upload_photo: 'sending a picture…' };

/** What the bot says it is doing (`sendChatAction`), until it has written or some seconds are over. */
export const createActivity = (onChange) => {
  const timers = new Map();
  const actions = new Map();

  const clear = (chatId) => {
    clearTimeout(timers.get(chatId));
    timers.delete(chatId);
    if (actions.delete(chatId)) onChange();
  };

  return {
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
    /** @returns undefined if it is doing nothing */
    text: (chatId) => actions.has(chatId) && (WORDS[actions.get(chatId)] ?? 'busy…'),
  };
};
