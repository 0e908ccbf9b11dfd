/** Buttons that were pressed and not answered yet. */
export const createPending = () => {
  /** @type {Map<string, object>} */
  const pending = new Map();
  /** @type {(chatId: number, messageId: number, data: string) => string} */
  const keyOf = (chatId, messageId, data) => `${chatId}:${messageId}:${data}`;

  return {
    /** @type {(chatId: number, messageId: number, data: string) => boolean} */
    isPending: (chatId, messageId, data) => pending.has(keyOf(chatId, messageId, data)),
    /** @type {(chatId: number, messageId: number, data: string) => () => void} ends it */
    startPending: (chatId, messageId, data) => {
      const key = keyOf(chatId, messageId, data);
      const mark = {};
      pending.set(key, mark);
      return () => {
        if (pending.get(key) === mark) pending.delete(key);
      };
    },
  };
};
