import type {
  ChatType,
  DocumentJson,
  EntityJson,
  InlineKeyboardJson,
  MediaJson,
  MediaKind,
  PhotoSizeJson,
  ReactionJson,
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

/** A message that is being written, as its person sees it grow (Bot API, sendMessageDraft). */
export interface Draft {
  readonly id: number;
  /** Empty: “Thinking…”. */
  readonly text: string;
  /** It has a button that stops it. */
  readonly canStop: boolean;
  /** Epoch ms. */
  readonly at: number;
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
  /** What the bot is writing in a private chat. */
  draft: Draft | undefined;
  readonly pinned: Set<number>;
  /** How many messages of others a member has not looked at yet. */
  readonly unread: Map<number, number>;
}

/** What a message shows. Which of `text`, `document`, `photo`, `media`, `service` is there tells its kind. */
export interface Content {
  readonly text?: string;
  readonly entities?: readonly EntityJson[];
  readonly document?: DocumentJson;
  readonly photo?: readonly PhotoSizeJson[];
  readonly media?: { readonly kind: MediaKind; readonly json: MediaJson };
  /** Of several that were sent together. */
  readonly albumId?: string;
  /** The caption stands above what it belongs to. */
  readonly captionAbove?: boolean;
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
  reactions: readonly ReactionJson[];
  /** Posted from an inline result of the bot. */
  readonly viaBot: UserJson | undefined;
  readonly history: ShownText[];
  /** The rendering for people, until the next change. */
  rendered: SimMessage | undefined;
}

/** Nobody has written there yet. */
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
  draft: undefined,
  pinned: new Set(),
  unread: new Map(),
});
