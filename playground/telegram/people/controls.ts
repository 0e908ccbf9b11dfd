import type { CommandJson } from '../wire.ts';
import {
  addBotTo,
  addGroup,
  addTopic,
  migrateGroup,
  type NewGroup,
  postService,
  removeBotFrom,
  setTopicClosed,
} from '../world/groups.ts';
import { askInline, pickInline } from './inline.ts';
import { setBlocked } from '../world/members.ts';
import { messageJson, removeMessage, simMessage } from '../world/messages.ts';
import type { Parts } from '../methods/method.ts';
import {
  addPerson,
  editOwn,
  existing,
  type NewUser,
  press,
  type SayOptions,
  say,
  sendDocument,
  type SentDocument,
  stopDraft,
} from './people.ts';
import type { ChatJson, SimMessage, UserJson } from '../wire.ts';
import type { Draft } from '../world/chat.ts';
import { draftIn } from '../world/drafts.ts';
import { chatOf, personOf } from '../world/world.ts';

/** What people can do, each as their own client would: an impossible wish is an Error that says why. */
export interface PeopleControls {
  readonly addUser: (user: NewUser) => UserJson;
  /** Makes a group with the bot in it; the bot is told as Telegram does. */
  readonly addGroup: (group: NewGroup) => ChatJson;
  /** A new topic of a forum, made by its creator. Returns its thread id. */
  readonly addTopic: (chatId: number, name: string) => number;
  /** Closes a topic, 1 the general one, for members; an administrator may still write. The bot is told. */
  readonly closeTopic: (chatId: number, threadId: number) => void;
  readonly reopenTopic: (chatId: number, threadId: number) => void;
  readonly deleteTopic: (chatId: number, threadId: number) => void;
  readonly addMember: (chatId: number, userId: number, role?: 'member' | 'administrator') => void;
  readonly removeMember: (chatId: number, userId: number) => void;

  /** A person writes; `chatId` of a private chat is the person's id. */
  readonly say: (userId: number, chatId: number, text: string, options?: SayOptions) => SimMessage;
  /** A person presses an inline button, named by its callback data or its label. Returns the callback query's id. */
  readonly press: (userId: number, chatId: number, messageId: number, button: string) => string;
  /** The same with data no button has (any longer): an old keyboard, or somebody with a client of their own. */
  readonly pressForged: (userId: number, chatId: number, messageId: number, data: string) => string;
  /** A person stops what the bot is writing; the bot is told. */
  readonly stopDraft: (userId: number, draftId: number) => void;
  readonly sendDocument: (userId: number, chatId: number, document: SentDocument) => SimMessage;
  /** A person changes the text (or caption) of a message of theirs. */
  readonly editMessage: (userId: number, chatId: number, messageId: number, text: string) => SimMessage;
  /** A person deletes a message; the bot is not told, as in Telegram. */
  readonly deleteMessage: (chatId: number, messageId: number) => void;
  /** A person pins a message; everybody in the chat is told. */
  readonly pinMessage: (userId: number, chatId: number, messageId: number) => void;
  /** A person types into the inline query field. Returns the query's id, see `inlineAnswers`. */
  readonly askInline: (userId: number, query: string, offset?: string) => string;
  /** A person posts a result of an answered inline query. */
  readonly pickInline: (inlineQueryId: string, chatId: number, resultId: string) => SimMessage;

  readonly blockBot: (userId: number) => void;
  readonly unblockBot: (userId: number) => void;
  /** The account is deleted; the bot learns it from its next attempt to write. */
  readonly deactivate: (userId: number) => void;
  readonly addBot: (userId: number, chatId: number, status?: 'member' | 'administrator') => void;
  readonly removeBot: (userId: number, chatId: number) => void;
  /** Whether the group lets the bot write ("not enough rights to send text messages to the chat"). */
  readonly letBotWrite: (chatId: number, allowed: boolean) => void;
  /** Turns a basic group into a supergroup. Returns the new chat's id. */
  readonly migrateGroup: (chatId: number) => number;

  /** Every message of a chat, oldest first, deleted ones too (see `deleted`). */
  readonly messages: (chatId: number) => readonly SimMessage[];
  /** What the bot is writing in a private chat. */
  readonly draft: (chatId: number) => Draft | undefined;
  /** The command menu a person sees in a chat. */
  readonly commands: (userId: number, chatId: number) => readonly CommandJson[];
}

type ChatControls = Pick<
  PeopleControls,
  | 'addGroup'
  | 'addTopic'
  | 'closeTopic'
  | 'reopenTopic'
  | 'deleteTopic'
  | 'addMember'
  | 'removeMember'
  | 'addBot'
  | 'removeBot'
  | 'letBotWrite'
  | 'migrateGroup'
>;

const createChatControls = (parts: Parts): ChatControls => {
  const { world } = parts;
  return {
    addGroup: (group) => addGroup(parts, group),
    addTopic: (chatId, name) => {
      const chat = chatOf(world, chatId);
      if (!chat.isForum) throw new Error(`Chat ${chatId} is no forum`);
      return addTopic(parts, chat, name, personOf(world, chat.creator ?? 0).json);
    },
    closeTopic: (chatId, threadId) => setTopicClosed(parts, chatOf(world, chatId), threadId, true),
    reopenTopic: (chatId, threadId) => setTopicClosed(parts, chatOf(world, chatId), threadId, false),
    deleteTopic: (chatId, threadId) => {
      const chat = chatOf(world, chatId);
      if (!chat.topics.delete(threadId)) throw new Error(`Chat ${chatId} has no topic ${threadId}`);
      for (const message of chat.messages.values()) if (message.threadId === threadId) removeMessage(world, message);
    },
    addMember: (chatId, userId, role = 'member') => {
      const chat = chatOf(world, chatId);
      chat.members.add(personOf(world, userId).json.id);
      if (role === 'administrator') chat.admins.add(userId);
      world.changes.emit({ kind: 'chat', chat });
    },
    removeMember: (chatId, userId) => {
      const chat = chatOf(world, chatId);
      chat.members.delete(userId);
      chat.admins.delete(userId);
      world.changes.emit({ kind: 'chat', chat });
    },
    addBot: (userId, chatId, status = 'member') => addBotTo(parts, userId, chatOf(world, chatId), status),
    removeBot: (userId, chatId) => removeBotFrom(parts, userId, chatOf(world, chatId)),
    letBotWrite: (chatId, allowed) => {
      chatOf(world, chatId).botMayWrite = allowed;
    },
    migrateGroup: (chatId) => migrateGroup(parts, chatId),
  };
};

/** What the people of this stand-in can do, each by one function. */
export const createControls = (parts: Parts): PeopleControls => {
  const { world } = parts;
  return {
    ...createChatControls(parts),
    addUser: (user) => addPerson(world, user),
    say: (userId, chatId, text, options) => simMessage(say(parts, { userId, chatId }, text, options)),
    press: (userId, chatId, messageId, button) => press(parts, { userId, chatId, messageId, button }),
    pressForged: (userId, chatId, messageId, data) =>
      press(parts, { userId, chatId, messageId, button: data, forged: true }),
    stopDraft: (userId, draftId) => stopDraft(parts, { userId, chatId: userId }, draftId),
    draft: (chatId) => draftIn(world, chatOf(world, chatId)),
    sendDocument: (userId, chatId, document) => simMessage(sendDocument(parts, { userId, chatId }, document)),
    editMessage: (userId, chatId, messageId, text) => simMessage(editOwn(parts, { userId, chatId }, messageId, text)),
    deleteMessage: (chatId, messageId) => removeMessage(world, existing(chatOf(world, chatId), messageId)),
    pinMessage: (userId, chatId, messageId) => {
      const chat = chatOf(world, chatId);
      const pinned = messageJson(existing(chat, messageId), false);
      chat.pinned.add(messageId);
      postService(parts, chat, personOf(world, userId).json, { pinned_message: pinned });
    },
    askInline: (userId, query, offset) => askInline(parts, userId, query, offset),
    pickInline: (inlineQueryId, chatId, resultId) => {
      const answer = parts.inline.answers.find((candidate) => candidate.inlineQueryId === inlineQueryId);
      if (!answer) throw new Error(`The bot has not answered the inline query ${inlineQueryId}`);
      return simMessage(pickInline(parts, answer, chatId, resultId));
    },
    blockBot: (userId) => setBlocked(parts, userId, true),
    unblockBot: (userId) => setBlocked(parts, userId, false),
    deactivate: (userId) => {
      personOf(world, userId).deactivated = true;
    },
    messages: (chatId) => [...chatOf(world, chatId).messages.values()].map(simMessage),
    commands: (userId, chatId) =>
      parts.commands.shownTo(chatOf(world, chatId), userId, personOf(world, userId).json.language_code ?? ''),
  };
};
