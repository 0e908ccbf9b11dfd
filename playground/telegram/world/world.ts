import type { WallClock } from '../../../src/lib/clock.ts';
import { type Changes, createChanges } from './changes.ts';
import type {
  ChatType,
  DocumentJson,
  EntityJson,
  InlineKeyboardJson,
  PhotoSizeJson,
  ShownText,
  SimMessage,
  UserJson,
} from '../wire.ts';

export interface Person {
  readonly json: UserJson;
  /** Has written to the bot in private at least once: only then may the bot write. */
  started: boolean;
  blocked: boolean;
  deactivated: boolean;
}

export type BotStatus = 'member' | 'administrator' | 'left' | 'kicked';

interface Topic {
  readonly id: number;
  readonly name: string;
  closed: boolean;
}

export interface Chat {
  readonly id: number;
  readonly type: ChatType;
  title: string | undefined;
  username: string | undefined;
  /** The other side of a private chat. */
  readonly person: Person | undefined;
  readonly members: Set<number>;
  readonly admins: Set<number>;
  readonly creator: number | undefined;
  bot: BotStatus;
  /** False: the group forbids the bot to write. */
  botMayWrite: boolean;
  readonly isForum: boolean;
  readonly topics: Map<number, Topic>;
  /** The general topic, which has no id, takes messages of administrators only. */
  generalClosed: boolean;
  migratedTo: number | undefined;
  readonly messages: Map<number, Message>;
  lastMessage: Message | undefined;
  readonly pinned: Set<number>;
  /** How many messages of others a member has not looked at yet. */
  readonly unread: Map<number, number>;
}

/** What a message shows. Which of `text`, `document`, `photo`, `service` is there tells its kind. */
export interface Content {
  readonly text?: string;
  readonly entities?: readonly EntityJson[];
  readonly document?: DocumentJson;
  readonly photo?: readonly PhotoSizeJson[];
  readonly linkPreview?: object;
  readonly service?: object;
}

export interface Message {
  readonly id: number;
  readonly chat: Chat;
  readonly from: UserJson;
  readonly senderChat: Chat | undefined;
  /** Epoch ms; the wire has whole seconds. */
  readonly at: number;
  editedAt: number | undefined;
  readonly threadId: number | undefined;
  readonly replyTo: Message | undefined;
  content: Content;
  markup: InlineKeyboardJson | undefined;
  readonly inputMarkup: object | undefined;
  readonly silent: boolean;
  deleted: boolean;
  /** The bot has sent it or has been told of it. */
  knownToBot: boolean;
  reactions: readonly object[];
  /** Posted from an inline result of the bot. */
  readonly viaBot: UserJson | undefined;
  readonly history: ShownText[];
  /** The rendering for people, until the next change. */
  rendered: SimMessage | undefined;
}

/** Everything the stand-in knows. Its parts are changed by the files that own the verbs (messages, people, groups). */
export interface World {
  readonly bot: UserJson;
  readonly clock: WallClock;
  readonly changes: Changes;
  readonly people: Map<number, Person>;
  readonly chats: Map<number, Chat>;
  readonly privacyMode: boolean;
  /** Private chats and basic groups count their messages together, per account; supergroups count for themselves. */
  nextMessageId: number;
  readonly firstId: number;
  readonly supergroupMessageIds: Map<number, number>;
}

export const createWorld = (options: {
  bot: UserJson;
  clock: WallClock;
  privacyMode: boolean;
  firstId: number;
}): World => ({
  ...options,
  changes: createChanges(),
  people: new Map(),
  chats: new Map(),
  nextMessageId: 9 + options.firstId,
  supergroupMessageIds: new Map(),
});

export const createChat = (
  fields: Pick<Chat, 'id' | 'type'> & Partial<Pick<Chat, 'title' | 'username' | 'person' | 'isForum' | 'creator'>>,
): Chat => ({
  id: fields.id,
  type: fields.type,
  title: fields.title,
  username: fields.username,
  person: fields.person,
  members: new Set(),
  admins: new Set(),
  creator: fields.creator,
  bot: 'member',
  botMayWrite: true,
  isForum: fields.isForum ?? false,
  topics: new Map(),
  generalClosed: false,
  migratedTo: undefined,
  messages: new Map(),
  lastMessage: undefined,
  pinned: new Set(),
  unread: new Map(),
});

/** A person or the bot itself. */
export const userById = (world: World, userId: number): UserJson | undefined =>
  userId === world.bot.id ? world.bot : world.people.get(userId)?.json;

/** @throws Error for a person nobody has added: a mistake in the test or the page, not the bot's */
export const personOf = (world: World, userId: number): Person => {
  const person = world.people.get(userId);
  if (!person)
    throw new Error(`There is no person ${userId}; addUser first. Known: ${[...world.people.keys()].join(', ')}`);
  return person;
};

/** @throws Error for a chat nobody has added */
export const chatOf = (world: World, chatId: number): Chat => {
  const chat = world.chats.get(chatId);
  if (!chat) throw new Error(`There is no chat ${chatId}. Known: ${[...world.chats.keys()].join(', ')}`);
  return chat;
};
