import type { PageMessage } from '../page-wire.ts';
import type { ChatJson, InlineKeyboardJson, MessageJson, ReactionJson, SimMessage, UserJson } from '../wire.ts';
import type { Chat, Content, Message } from './chat.ts';
import type { World } from './world.ts';

/** A message that is edited for days must not grow without end. */
const HISTORY_KEPT = 10_000;

export const chatJson = (chat: Chat): ChatJson => {
  if (chat.person) {
    const { id, first_name, last_name, username } = chat.person.json;
    return { id, first_name, ...(last_name && { last_name }), ...(username && { username }), type: 'private' };
  }
  return {
    id: chat.id,
    title: chat.title ?? '',
    ...(chat.username && { username: chat.username }),
    ...(chat.isForum && { is_forum: true as const }),
    type: chat.type,
    ...(chat.type === 'group' && { all_members_are_administrators: false }),
  };
};

/** Undefined of what is no file. */
const fileJson = ({ document, photo, media, albumId }: Content): object | undefined => {
  const album = albumId === undefined ? {} : { media_group_id: albumId };
  if (document) return { ...album, document };
  if (photo) return { ...album, photo };
  // An animation stands in its message as a document too.
  const both = media?.kind === 'animation' ? { document: media.json } : {};
  return media && { ...album, [media.kind]: media.json, ...both };
};

const contentJson = (content: Content): object => {
  const entities = content.entities?.length ? content.entities : undefined;
  const file = fileJson(content);
  if (file)
    return {
      ...file,
      ...(content.text && { caption: content.text }),
      ...(entities && { caption_entities: entities }),
      ...(content.captionAbove && { show_caption_above_media: true as const }),
    };
  return {
    ...content.service,
    ...(content.text !== undefined && { text: content.text }),
    ...(entities && { entities }),
    ...(content.linkPreview && { link_preview_options: content.linkPreview }),
  };
};

/** What a message is told with of the messages around it. */
interface Around {
  readonly threadId: number | undefined;
  readonly replyTo: Message | undefined;
}

/**
 * The thread of a message as bots are told it: its topic; in a supergroup also that of replies that stand in no topic, by the id of what
 * was said first (tdlib/telegram-bot-api#356, #447). No message can be sent to such a thread.
 */
const threadOf = ({ chat, threadId, replyTo }: Message): number | undefined => {
  if (threadId !== undefined || chat.type !== 'supergroup') return threadId;
  let first = replyTo;
  while (first?.replyTo) first = first.replyTo;
  return first?.id;
};

/** What bots are told that a message replies to: in a topic, what replies to nobody replies to what has opened the topic. */
const repliedTo = ({ id, chat, threadId, replyTo }: Message): Message | undefined =>
  replyTo ?? (threadId === undefined || threadId === id ? undefined : chat.messages.get(threadId));

/** The Message object of the Bot API, fields in the order of tdlib/telegram-bot-api Client.cpp `JsonMessage`. */
const jsonOf = (message: Message, { threadId, replyTo }: Around): MessageJson => ({
  message_id: message.id,
  from: message.from,
  ...(message.senderChat && { sender_chat: chatJson(message.senderChat) }),
  chat: chatJson(message.chat),
  date: Math.floor(message.at / 1000),
  ...(message.editedAt !== undefined && { edit_date: Math.floor(message.editedAt / 1000) }),
  ...(threadId !== undefined && { message_thread_id: threadId }),
  ...(replyTo && !replyTo.deleted && { reply_to_message: messageJson(replyTo, false) }),
  ...contentJson(message.content),
  ...(message.viaBot && { via_bot: message.viaBot }),
  ...(message.markup && { reply_markup: message.markup }),
  ...(message.threadId !== undefined && { is_topic_message: true as const }),
});

/** A message as bots are told it. */
export const messageJson = (message: Message, withReply = true): MessageJson =>
  jsonOf(message, { threadId: threadOf(message), replyTo: withReply ? repliedTo(message) : undefined });

/** The message for people, with what only the stand-in knows. */
export const pageMessage = (message: Message): PageMessage => ({
  ...jsonOf(message, message),
  silent: message.silent,
  deleted: message.deleted,
  edits: Math.max(0, message.history.length - 1),
  ...(message.inputMarkup && { input_markup: message.inputMarkup }),
  ...(message.reactions.length > 0 && { reactions: message.reactions }),
});

/** With its past; made once per change, since tests ask for whole chats again and again. */
export const simMessage = (message: Message): SimMessage => {
  message.rendered ??= { ...pageMessage(message), history: [...message.history] };
  return message.rendered;
};

const nextId = (world: World, chat: Chat): number => {
  if (chat.type !== 'supergroup') return world.nextMessageId++;
  const id = world.supergroupMessageIds.get(chat.id) ?? world.firstId;
  world.supergroupMessageIds.set(chat.id, id + 1);
  return id;
};

const changed = (world: World, message: Message): void => {
  message.rendered = undefined;
  world.changes.emit({ kind: 'message', chat: message.chat, message });
};

export interface NewMessage {
  readonly chat: Chat;
  readonly from: UserJson;
  readonly content: Content;
  readonly senderChat?: Chat | undefined;
  readonly threadId?: number | undefined;
  readonly replyTo?: Message | undefined;
  readonly markup?: InlineKeyboardJson | undefined;
  readonly inputMarkup?: object | undefined;
  readonly silent?: boolean;
  readonly viaBot?: UserJson;
  /** `itself`: the message begins a topic, whose id is its own. */
  readonly topicOf?: 'itself';
}

/** Puts a message into its chat. */
export const postMessage = (world: World, post: NewMessage): Message => {
  const at = world.clock.now();
  const id = nextId(world, post.chat);
  const message: Message = {
    id,
    chat: post.chat,
    from: post.from,
    senderChat: post.senderChat,
    at,
    editedAt: undefined,
    threadId: post.topicOf === 'itself' ? id : post.threadId,
    replyTo: post.replyTo,
    content: post.content,
    markup: post.markup,
    inputMarkup: post.inputMarkup,
    silent: post.silent ?? false,
    deleted: false,
    knownToBot: post.from.id === world.bot.id,
    reactions: [],
    viaBot: post.viaBot,
    history: [{ text: post.content.text ?? '', at }],
    rendered: undefined,
  };
  post.chat.messages.set(message.id, message);
  post.chat.lastMessage = message;
  for (const userId of post.chat.members)
    if (userId !== post.from.id) post.chat.unread.set(userId, (post.chat.unread.get(userId) ?? 0) + 1);
  changed(world, message);
  return message;
};

/** Replaces what a message shows; `markup: undefined` takes the keyboard away. */
export const changeMessage = (
  world: World,
  message: Message,
  change: Partial<Pick<Message, 'content' | 'markup'>>,
): void => {
  const at = world.clock.now();
  if (change.content) message.content = change.content;
  if ('markup' in change) message.markup = change.markup;
  message.editedAt = at;
  message.history.push({ text: message.content.text ?? '', at });
  if (message.history.length > HISTORY_KEPT) message.history.splice(0, HISTORY_KEPT / 2);
  changed(world, message);
};

export const removeMessage = (world: World, message: Message): void => {
  const { chat } = message;
  message.deleted = true;
  changed(world, message);
  if (chat.lastMessage !== message) return;
  chat.lastMessage = [...chat.messages.values()].findLast((each) => !each.deleted);
  world.changes.emit({ kind: 'chat', chat });
};

export const reactTo = (world: World, message: Message, reactions: readonly ReactionJson[]): void => {
  message.reactions = reactions;
  changed(world, message);
};
