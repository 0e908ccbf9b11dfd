import { chatJson } from './messages.ts';
import type { Updates } from '../updates/updates.ts';
import type { UserJson } from '../wire.ts';
import type { BotStatus, Chat } from './chat.ts';
import { personOf, type World } from './world.ts';

const adminRights = (chat: Chat): object => ({
  can_be_edited: false,
  can_manage_chat: true,
  can_change_info: true,
  can_delete_messages: true,
  can_invite_users: true,
  can_restrict_members: true,
  can_pin_messages: true,
  ...(chat.isForum && { can_manage_topics: true }),
  can_promote_members: false,
  can_manage_video_chats: true,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  is_anonymous: false,
  can_manage_voice_chats: true,
});

const memberJson = (chat: Chat, user: UserJson, status: BotStatus | 'creator'): object => {
  const base = { user, status };
  if (status === 'administrator') return { ...base, ...adminRights(chat) };
  if (status === 'creator') return { ...base, is_anonymous: false };
  return status === 'kicked' ? { ...base, until_date: 0 } : base;
};

/** The ChatMember object of the bot itself. */
const botMember = (world: World, chat: Chat, status: BotStatus): object => memberJson(chat, world.bot, status);

/** The ChatMember object of anybody, or undefined for somebody Telegram does not know. */
export const memberOf = (world: World, chat: Chat, userId: number): object | undefined => {
  if (userId === world.bot.id) return botMember(world, chat, chat.bot);
  const user = world.people.get(userId)?.json;
  if (!user) return undefined;
  if (!chat.members.has(userId)) return memberJson(chat, user, 'left');
  if (chat.type === 'private' || !chat.admins.has(userId)) return memberJson(chat, user, 'member');
  return memberJson(chat, user, chat.creator === userId ? 'creator' : 'administrator');
};

/** All administrators, the bot too if it is one. */
export const administrators = (world: World, chat: Chat): readonly object[] => [
  ...[...chat.admins].map((userId) => memberOf(world, chat, userId)).filter((member) => member !== undefined),
  ...(chat.bot === 'administrator' ? [botMember(world, chat, 'administrator')] : []),
];

/** Tells the bot that its own place in a chat has changed, and who did it. */
const announceBotStatus = (
  parts: { readonly world: World; readonly updates: Updates },
  change: { readonly chat: Chat; readonly by: UserJson; readonly from: BotStatus; readonly to: BotStatus },
): void => {
  const { world, updates } = parts;
  const { chat, by, from, to } = change;
  updates.add('my_chat_member', {
    chat: chatJson(chat),
    from: by,
    date: Math.floor(world.clock.now() / 1000),
    old_chat_member: botMember(world, chat, from),
    new_chat_member: botMember(world, chat, to),
  });
  world.changes.emit({ kind: 'chat', chat });
};

/** Sets the bot's place in a group and tells it. Nothing happens if it is that already. */
export const setBotStatus = (
  parts: { readonly world: World; readonly updates: Updates },
  chat: Chat,
  by: UserJson,
  to: BotStatus,
): void => {
  const from = chat.bot;
  if (from === to) return;
  chat.bot = to;
  announceBotStatus(parts, { chat, by, from, to });
};

/** A person blocks or unblocks the bot in the private chat. */
export const setBlocked = (
  parts: { readonly world: World; readonly updates: Updates },
  userId: number,
  blocked: boolean,
): void => {
  const person = personOf(parts.world, userId);
  const chat = parts.world.chats.get(userId);
  if (!chat || person.blocked === blocked) return;
  person.blocked = blocked;
  // Somebody who has never written is nobody to the bot: Telegram tells it nothing.
  if (!person.started) return;
  announceBotStatus(parts, {
    chat,
    by: person.json,
    from: blocked ? 'member' : 'kicked',
    to: blocked ? 'kicked' : 'member',
  });
};
