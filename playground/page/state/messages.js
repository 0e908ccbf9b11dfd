/** @import { PageMessage } from '../../telegram/page-wire.ts' */

/** @type {(a: PageMessage, b: PageMessage) => number} */
const byId = (a, b) => a.message_id - b.message_id;

/** The messages of chats that were opened. People in a group see the same ones; a private chat has the id of its person. */
export const createMessages = () => {
  /** @type {Map<number, Map<number, PageMessage>>} */
  const messages = new Map();
  /**
   * `userId:chatId` → the newest message id seen in an event or state.
   * @type {Map<string, number>}
   */
  const newest = new Map();

  return {
    /** @type {(chatId: number) => readonly PageMessage[]} */
    messages: (chatId) => [...(messages.get(chatId)?.values() ?? [])].sort(byId),
    /** @type {(chatId: number, messageId: number) => PageMessage | undefined} */
    message: (chatId, messageId) => messages.get(chatId)?.get(messageId),
    /** @type {(chatId: number, list: readonly PageMessage[]) => void} */
    putMessages: (chatId, list) => {
      const kept = list.filter((message) => !message.deleted);
      messages.set(chatId, new Map(kept.map((message) => [message.message_id, message])));
    },
    /** @type {(chatId: number, message: PageMessage) => void} */
    apply: (chatId, message) => {
      const list = messages.get(chatId);
      if (message.deleted) list?.delete(message.message_id);
      else list?.set(message.message_id, message);
    },
    /** @type {(userId: number, chatId: number, messageId: number) => boolean} true if it is newer than all before */
    isNewest: (userId, chatId, messageId) => {
      const key = `${userId}:${chatId}`;
      const seen = newest.get(key) ?? 0;
      newest.set(key, Math.max(seen, messageId));
      return messageId > seen;
    },
  };
};
