import { setBotStatus } from './members.ts';
import { chatJson, messageJson, postMessage } from './messages.ts';
import type { Updates } from '../updates/updates.ts';
import type { ChatJson, UserJson } from '../wire.ts';
import { type BotStatus, type Chat, createChat } from './chat.ts';
import { chatOf, personOf, type World } from './world.ts';

export interface NewGroup {
  /** Negative; made up if absent. */
  readonly id?: number;
  readonly title: string;
  readonly type: 'group' | 'supergroup';
  /** The first one has made the group, and adds the bot. */
  readonly members: readonly number[];
  readonly isForum?: boolean;
  readonly username?: string;
  /** `left`: the bot is not in it yet (addBot). Default `member`. */
  readonly bot?: 'member' | 'administrator' | 'left';
}

interface Parts {
  readonly world: World;
  readonly updates: Updates;
}

/** Who stands for an anonymous administrator, and for a group that speaks for itself. */
const ANONYMOUS: UserJson = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };

const freeId = (world: World, first: number): number => {
  let id = first;
  while (world.chats.has(id)) id -= 1;
  return id;
};

/** Something happened in the chat: a message nobody wrote, which every bot in it is told of. */
export const postService = (parts: Parts, chat: Chat, by: UserJson, service: object): void => {
  const message = postMessage(parts.world, { chat, from: by, content: { service } });
  message.knownToBot = true;
  if (chat.bot === 'member' || chat.bot === 'administrator') parts.updates.add('message', messageJson(message));
};

/** The bot becomes a member or administrator of a group; both forms in which Telegram tells it. */
export const addBotTo = (parts: Parts, userId: number, chat: Chat, status: 'member' | 'administrator'): void => {
  const by = personOf(parts.world, userId).json;
  const isNew = chat.bot === 'left' || chat.bot === 'kicked';
  setBotStatus(parts, chat, by, status);
  if (isNew) postService(parts, chat, by, { new_chat_members: [parts.world.bot] });
};

export const removeBotFrom = (parts: Parts, userId: number, chat: Chat): void => {
  const by = personOf(parts.world, userId).json;
  if (chat.bot === 'left' || chat.bot === 'kicked') return;
  // The message about it reaches the bot as its last one from this group.
  postService(parts, chat, by, { left_chat_member: parts.world.bot });
  setBotStatus(parts, chat, by, 'kicked' satisfies BotStatus);
};

/** @throws Error without a member: somebody must have made the group */
export const addGroup = (parts: Parts, group: NewGroup): ChatJson => {
  const { world } = parts;
  const [creator] = group.members;
  if (creator === undefined) throw new Error('A group needs at least one member');
  const id = group.id ?? freeId(world, group.type === 'group' ? -4001 : -1001234567890);
  if (world.chats.has(id)) throw new Error(`There is already a chat ${id}`);
  const chat = createChat({
    id,
    type: group.type,
    title: group.title,
    username: group.username,
    isForum: group.isForum ?? false,
    creator,
  });
  chat.bot = 'left';
  for (const userId of group.members) chat.members.add(personOf(world, userId).json.id);
  chat.admins.add(creator);
  world.chats.set(id, chat);
  world.changes.emit({ kind: 'chat', chat });
  if (group.bot !== 'left') addBotTo(parts, creator, chat, group.bot ?? 'member');
  return chatJson(chat);
};

/** A new topic of a forum; `by` made it. @returns its id, which is the id of the message that announces it */
export const addTopic = (parts: Parts, chat: Chat, name: string, by: UserJson): number => {
  const message = postMessage(parts.world, {
    chat,
    from: by,
    content: { service: { forum_topic_created: { name, icon_color: 7322096 } } },
    topicOf: 'itself',
  });
  chat.topics.set(message.id, { id: message.id, name, closed: false });
  message.knownToBot = true;
  if (by.id !== parts.world.bot.id) parts.updates.add('message', messageJson(message));
  return message.id;
};

/** What a call and a person may name the general topic by; messages in it have no thread id. */
const GENERAL_TOPIC = 1;

/** Whether members may not write there. Undefined: the general topic. */
export const isTopicClosed = (chat: Chat, threadId: number | undefined): boolean =>
  threadId === undefined ? chat.generalClosed : chat.topics.get(threadId)?.closed === true;

/** Closes or reopens a topic of a forum, 1 the general one, as its creator would. @throws Error if there is no such topic */
export const setTopicClosed = (parts: Parts, chat: Chat, threadId: number, closed: boolean): void => {
  const topic = chat.topics.get(threadId);
  if (!chat.isForum || (!topic && threadId !== GENERAL_TOPIC))
    throw new Error(`Chat ${chat.id} has no topic ${threadId}`);
  if (topic) topic.closed = closed;
  else chat.generalClosed = closed;
  const by = personOf(parts.world, chat.creator ?? 0).json;
  const service = closed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} };
  const message = postMessage(parts.world, { chat, from: by, content: { service }, threadId: topic?.id });
  message.knownToBot = true;
  if (chat.bot === 'member' || chat.bot === 'administrator') parts.updates.add('message', messageJson(message));
};

/** Turns a basic group into a supergroup, as Telegram does when it needs one. @returns the new chat's id */
export const migrateGroup = (parts: Parts, chatId: number): number => {
  const { world } = parts;
  const old = chatOf(world, chatId);
  if (old.type !== 'group' || old.migratedTo !== undefined)
    throw new Error(`Chat ${chatId} is no basic group, or not any more`);
  const by = personOf(world, old.creator ?? [...old.members][0] ?? 0).json;
  const chat = createChat({
    id: freeId(world, -1001234567890),
    type: 'supergroup',
    title: old.title,
    creator: old.creator,
  });
  for (const userId of old.members) chat.members.add(userId);
  for (const userId of old.admins) chat.admins.add(userId);
  chat.bot = old.bot;
  world.chats.set(chat.id, chat);
  postService(parts, old, by, { migrate_to_chat_id: chat.id });
  old.migratedTo = chat.id;
  const first = postMessage(world, {
    chat,
    from: ANONYMOUS,
    senderChat: chat,
    content: { service: { migrate_from_chat_id: old.id } },
  });
  first.knownToBot = true;
  parts.updates.add('message', messageJson(first));
  world.changes.emit({ kind: 'chat', chat: old });
  world.changes.emit({ kind: 'chat', chat });
  return chat.id;
};
