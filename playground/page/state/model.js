/** What the page knows: people, each person's chats, the messages of chats that were opened, and buttons under way. */

const byId = (a, b) => a.message_id - b.message_id;

export const createModel = () => {
  let people = [];
  let bot = { id: 0, username: 'hubgram_bot', firstName: 'hubgram' };
  /** userId → chatId → chat as that person sees it. */
  const chats = new Map();
  /** chatId → messageId → message. People in a group see the same ones; a private chat has the id of its person. */
  const messages = new Map();
  /** `userId:chatId` → the newest message id seen in an event or state. */
  const newest = new Map();
  const pending = new Map();

  const chatsOf = (userId) => chats.get(userId) ?? new Map();
  const pendingKey = (chatId, messageId, data) => `${chatId}:${messageId}:${data}`;

  const putChat = (userId, chat) => {
    const own = chatsOf(userId);
    own.set(chat.id, { ...chat, lastMessage: chat.lastMessage?.deleted ? undefined : chat.lastMessage });
    chats.set(userId, own);
    const key = `${userId}:${chat.id}`;
    newest.set(key, Math.max(newest.get(key) ?? 0, chat.lastMessage?.message_id ?? 0));
  };

  /** userId → events that came while something was being read. */
  const journals = new Map();

  const addUnread = (userId, chatId) => {
    const chat = chatsOf(userId).get(chatId);
    if (chat) chat.unread += 1;
  };

  /** A whole state replaces what was there. */
  const putState = (userId, state) => {
    bot = state.bot ?? bot;
    people = state.users ?? people;
    const kept = new Set(state.chats.map((chat) => chat.id));
    for (const id of chatsOf(userId).keys()) if (!kept.has(id)) chatsOf(userId).delete(id);
    for (const chat of state.chats) putChat(userId, chat);
  };

  const putMessages = (chatId, list) => {
    messages.set(
      chatId,
      new Map(list.filter((message) => !message.deleted).map((message) => [message.message_id, message])),
    );
  };

  /** The chat's last line, after one message of it has changed. */
  const refreshLast = (userId, chatId, message) => {
    const chat = chatsOf(userId).get(chatId);
    if (!chat) return;
    const last = chat.lastMessage;
    if (!message.deleted && (!last || message.message_id >= last.message_id)) chat.lastMessage = message;
    else if (message.deleted && last?.message_id === message.message_id)
      chat.lastMessage = [...(messages.get(chatId)?.values() ?? [])].sort(byId).at(-1);
  };

  /** @returns true if the person has not seen this message before */
  const putMessage = (userId, chatId, message) => {
    for (const journal of journals.get(userId) ?? []) journal.push([chatId, message]);
    const key = `${userId}:${chatId}`;
    const isNew = !message.deleted && message.message_id > (newest.get(key) ?? 0);
    newest.set(key, Math.max(newest.get(key) ?? 0, message.message_id));
    const list = messages.get(chatId);
    if (message.deleted) list?.delete(message.message_id);
    else list?.set(message.message_id, message);
    refreshLast(userId, chatId, message);
    return isNew;
  };

  /**
   * To be called before the server is asked for a state or messages: an answer may be older than an event that overtakes it.
   * @returns repeats the events that have come since, after the answer was put in; those a state did not know are unread
   */
  const startReading = (userId) => {
    const journal = [];
    const open = journals.get(userId) ?? new Set();
    journals.set(userId, open.add(journal));
    return (state) => {
      open.delete(journal);
      const known = new Map(state?.chats.map((chat) => [chat.id, chat.lastMessage?.message_id ?? 0]));
      for (const [chatId, message] of journal) {
        if (message.message_id > known.get(chatId) && message.from?.id !== userId) {
          addUnread(userId, chatId);
          known.set(chatId, message.message_id);
        }
        putMessage(userId, chatId, message);
      }
    };
  };

  return {
    bot: () => bot,
    people: () => people,
    person: (userId) => people.find((person) => person.id === userId),
    chats: (userId) =>
      [...chatsOf(userId).values()]
        .filter((chat) => !chat.migratedTo)
        .sort((a, b) => (a.type === 'private' ? -1 : b.type === 'private' ? 1 : 0) || a.id - b.id),
    chat: (userId, chatId) => chatsOf(userId).get(chatId),
    hasState: (userId) => chats.has(userId),
    messages: (chatId) => [...(messages.get(chatId)?.values() ?? [])].sort(byId),
    message: (chatId, messageId) => messages.get(chatId)?.get(messageId),
    startReading,
    putState,
    putChat,
    putMessages,
    putMessage,
    addUnread,
    clearUnread: (userId, chatId) => {
      const chat = chatsOf(userId).get(chatId);
      if (chat) chat.unread = 0;
    },
    unreadOf: (userId) => [...chatsOf(userId).values()].reduce((sum, chat) => sum + chat.unread, 0),
    isPending: (chatId, messageId, data) => pending.has(pendingKey(chatId, messageId, data)),
    /** @returns ends it */
    startPending: (chatId, messageId, data) => {
      const key = pendingKey(chatId, messageId, data);
      const mark = {};
      pending.set(key, mark);
      return () => {
        if (pending.get(key) === mark) pending.delete(key);
      };
    },
  };
};
