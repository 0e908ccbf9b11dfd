/** @import { PageMessage, PageState } from '../../telegram/page-wire.ts' */

/** @typedef {{ readonly chatId: number, readonly message: PageMessage }} Entry */

/**
 * Events that come while something is being read, to be repeated afterwards: an answer may be older than an event that
 * overtakes it.
 * @param {(userId: number, chatId: number, message: PageMessage) => void} repeat
 * @param {(userId: number, chatId: number) => void} addUnread
 */
export const createJournals = (repeat, addUnread) => {
  /** @type {Map<number, Set<Entry[]>>} */
  const journals = new Map();

  return {
    /** @type {(userId: number, chatId: number, message: PageMessage) => void} */
    write: (userId, chatId, message) => {
      for (const journal of journals.get(userId) ?? []) journal.push({ chatId, message });
    },
    /**
     * To be called before the server is asked for a state or messages.
     * @param {number} userId
     * @returns {(state: PageState | undefined) => void} repeats the events that have come since, after the answer was put
     *   in; those a state did not know are unread
     */
    startReading: (userId) => {
      /** @type {Entry[]} */
      const journal = [];
      const open = journals.get(userId) ?? new Set();
      journals.set(userId, open.add(journal));
      return (state) => {
        open.delete(journal);
        const known = new Map(state?.chats.map((chat) => [chat.id, chat.lastMessage?.message_id ?? 0]));
        for (const { chatId, message } of journal) {
          const last = known.get(chatId);
          const isNew = last !== undefined && message.message_id > last && !message.deleted;
          if (isNew && message.from?.id !== userId) {
            addUnread(userId, chatId);
            known.set(chatId, message.message_id);
          }
          repeat(userId, chatId, message);
        }
      };
    },
  };
};
