import type { Args } from '../http/arguments.ts';
import { type ApiError, badRequest, forbidden } from '../api-error.ts';
import type { Chat, Message } from '../world/chat.ts';
import type { World } from '../world/world.ts';

const kindOf = (chat: Chat): string => (chat.type === 'supergroup' ? 'supergroup' : 'group');

const byName = (world: World, name: string): Chat | undefined =>
  [...world.chats.values()].find((chat) => chat.type !== 'private' && chat.username?.toLowerCase() === name);

/** A private chat the bot cannot write to, or undefined. */
const privateTrouble = (world: World, chat: Chat): ApiError | undefined => {
  const person = chat.person;
  if (!person) return undefined;
  if (!person.started) {
    const met = [...world.chats.values()].some((other) => other.type !== 'private' && other.members.has(chat.id));
    return met ? forbidden("bot can't initiate conversation with a user") : badRequest('chat not found');
  }
  if (person.deactivated) return forbidden('user is deactivated');
  return person.blocked ? forbidden('bot was blocked by the user') : undefined;
};

const groupTrouble = (chat: Chat): ApiError | undefined => {
  if (chat.bot === 'kicked') return forbidden(`bot was kicked from the ${kindOf(chat)} chat`);
  if (chat.bot === 'left') return forbidden(`bot is not a member of the ${kindOf(chat)} chat`);
  return undefined;
};

/** The chat a call names, whatever the bot may do there. */
export const findChat = (world: World, args: Args, name = 'chat_id'): Chat | undefined => {
  const value = args.text(name)?.trim() ?? '';
  if (value.startsWith('@')) return byName(world, value.slice(1).toLowerCase());
  return world.chats.get(value === '' ? Number.NaN : Number(value));
};

/**
 * The chat a call is about.
 * @throws ApiError 400 for none, or one the bot has never met
 */
export const readChat = (world: World, args: Args, name = 'chat_id'): Chat => {
  if (!args.text(name)?.trim()) throw badRequest(`${name} is empty`);
  const chat = findChat(world, args, name);
  if (!chat || (chat.person && chat.person.started === false && privateTrouble(world, chat)?.code === 400))
    throw badRequest('chat not found');
  return chat;
};

/**
 * The chat, if the bot may change something in it. Edits pass in a group that was upgraded, new messages do not
 * (Client.cpp `check_chat_access`, `AccessRights::Edit`). Where members may not send, what stands there can be deleted all the same.
 */
export const readChatFor = (world: World, args: Args, access: 'send' | 'write' | 'edit'): Chat => {
  const chat = readChat(world, args);
  const trouble = privateTrouble(world, chat) ?? groupTrouble(chat);
  if (chat.migratedTo !== undefined && access !== 'edit')
    throw badRequest('group chat was upgraded to a supergroup chat', { migrate_to_chat_id: chat.migratedTo });
  if (trouble && chat.migratedTo === undefined) throw trouble;
  if (access === 'send' && !chat.botMayWrite) throw badRequest('not enough rights to send text messages to the chat');
  return chat;
};

/** A message of this chat that still exists and that the bot can know of. */
export const findMessage = (chat: Chat, messageId: number | undefined): Message | undefined => {
  const message = messageId === undefined ? undefined : chat.messages.get(messageId);
  return message && !message.deleted ? message : undefined;
};
