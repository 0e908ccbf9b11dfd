/** @import { BotView, ChatView, PageMessage, PageState, PersonView } from '../../telegram/page-wire.ts' */
import { createChats } from './chats.js';
import { createJournals } from './journals.js';
import { createMessages } from './messages.js';
import { createPending } from './pending.js';

/** @typedef {ReturnType<typeof createModel>} Model */

/** What the page knows: people, each person's chats, the messages of chats that were opened, and buttons under way. */
export const createModel = () => {
  /** @type {readonly PersonView[]} */
  let people = [];
  /** @type {BotView} */
  let bot = { id: 0, username: 'hubgram_bot', firstName: 'hubgram', description: '' };
  const { put, forgetOthers, refreshLast, ...chats } = createChats();
  const { apply, isNewest, ...messages } = createMessages();

  /** @type {(userId: number, chat: ChatView) => void} */
  const putChat = (userId, chat) => {
    put(userId, chat);
    isNewest(userId, chat.id, chat.lastMessage?.message_id ?? 0);
  };

  /** @type {(userId: number, chatId: number, message: PageMessage) => boolean} */
  const applyMessage = (userId, chatId, message) => {
    const isNew = isNewest(userId, chatId, message.message_id) && !message.deleted;
    apply(chatId, message);
    const chat = chats.chat(userId, chatId);
    if (chat) refreshLast(chat, message, () => messages.messages(chatId).at(-1));
    return isNew;
  };
  const journals = createJournals(applyMessage, chats.addUnread);

  return {
    ...chats,
    ...messages,
    ...createPending(),
    bot: () => bot,
    people: () => people,
    /** @type {(userId: number | undefined) => PersonView | undefined} */
    person: (userId) => people.find((person) => person.id === userId),
    startReading: journals.startReading,
    /**
     * A whole state replaces what was there.
     * @type {(userId: number, state: PageState) => void}
     */
    putState: (userId, state) => {
      bot = state.bot;
      people = state.users;
      forgetOthers(userId, new Set(state.chats.map((chat) => chat.id)));
      for (const chat of state.chats) putChat(userId, chat);
    },
    putChat,
    /** @type {(userId: number, chatId: number, message: PageMessage) => boolean} true if not seen before */
    putMessage: (userId, chatId, message) => {
      journals.write(userId, chatId, message);
      return applyMessage(userId, chatId, message);
    },
  };
};
