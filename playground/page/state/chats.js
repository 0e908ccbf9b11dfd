/** @import { ChatView, PageMessage } from '../../telegram/page-wire.ts' */

/**
 * A chat as one person sees it; what is unread and what was last changes by events between two readings.
 * @typedef {{ -readonly [Field in keyof ChatView]: ChatView[Field] }} OwnChat
 */

/** @type {(chat: OwnChat) => number} */
const rank = (chat) => (chat.type === 'private' ? 0 : 1);

/** Each person's chats: userId → chatId → chat. */
export const createChats = () => {
  /** @type {Map<number, Map<number, OwnChat>>} */
  const chats = new Map();

  /** @param {number} userId */
  const own = (userId) => chats.get(userId) ?? new Map();
  /** @type {(userId: number, chatId: number | undefined) => OwnChat | undefined} */
  const chat = (userId, chatId) => (chatId === undefined ? undefined : chats.get(userId)?.get(chatId));

  return {
    chat,
    /** @type {(userId: number, chat: ChatView) => void} */
    put: (userId, view) => {
      chats.set(userId, own(userId).set(view.id, { ...view }));
    },
    /** @type {(userId: number, kept: ReadonlySet<number>) => void} */
    forgetOthers: (userId, kept) => {
      for (const id of own(userId).keys()) if (!kept.has(id)) own(userId).delete(id);
    },
    /** @type {(userId: number) => boolean} */
    hasState: (userId) => chats.has(userId),
    /** @type {(userId: number) => readonly OwnChat[]} */
    chats: (userId) =>
      [...(chats.get(userId)?.values() ?? [])]
        .filter((one) => !one.migratedTo)
        .sort((a, b) => rank(a) - rank(b) || a.id - b.id),
    /** @type {(userId: number, chatId: number) => void} */
    addUnread: (userId, chatId) => {
      const found = chat(userId, chatId);
      if (found) found.unread += 1;
    },
    /** @type {(userId: number, chatId: number | undefined) => void} */
    clearUnread: (userId, chatId) => {
      const found = chat(userId, chatId);
      if (found) found.unread = 0;
    },
    /** @type {(userId: number) => number} */
    unreadOf: (userId) => [...(chats.get(userId)?.values() ?? [])].reduce((sum, one) => sum + one.unread, 0),
    /**
     * The chat's last line, after one message of it has changed.
     * @param {OwnChat} found
     * @param {PageMessage} message
     * @param {() => PageMessage | undefined} lastKept
     */
    refreshLast: (found, message, lastKept) => {
      const last = found.lastMessage;
      if (!message.deleted && (!last || message.message_id >= last.message_id)) found.lastMessage = message;
      else if (message.deleted && last?.message_id === message.message_id) found.lastMessage = lastKept();
    },
  };
};
