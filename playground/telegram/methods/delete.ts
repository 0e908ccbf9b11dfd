import { findMessage, readChatFor } from './access.ts';
import { badRequest } from '../api-error.ts';
import { removeMessage } from '../world/messages.ts';
import type { Call, Methods } from './method.ts';
import type { Message } from '../world/chat.ts';
import type { World } from '../world/world.ts';

const DELETABLE_MS = 48 * 3600 * 1000;

/** Bot API, deleteMessage: within 48 hours its own ones and any in a private chat; an administrator deletes any. */
const isDeletable = (world: World, message: Message): boolean => {
  const { chat } = message;
  if (chat.bot === 'administrator') return true;
  const isRecent = world.clock.now() - message.at < DELETABLE_MS;
  return isRecent && (chat.type === 'private' || message.from.id === world.bot.id);
};

const deleteMessage = ({ world, args }: Call): unknown => {
  if (!args.text('chat_id')) throw badRequest('chat identifier is not specified');
  if (!args.int('message_id')) throw badRequest('message identifier is not specified');
  const message = findMessage(readChatFor(world, args, 'write'), args.int('message_id'));
  if (!message) throw badRequest('message to delete not found');
  if (!isDeletable(world, message)) throw badRequest("message can't be deleted");
  removeMessage(world, message);
  return true;
};

const deleteMessages = ({ world, args }: Call): unknown => {
  const ids = args.json('message_ids');
  if (!Array.isArray(ids) || ids.length === 0) throw badRequest('message identifiers are not specified');
  if (ids.length > 100) throw badRequest('too many message identifiers specified');
  const chat = readChatFor(world, args, 'write');
  // Missing ones are passed over, as Telegram does.
  const messages = ids.map((id) => findMessage(chat, Number(id))).filter((message) => message !== undefined);
  if (messages.some((message) => !isDeletable(world, message))) throw badRequest("message can't be deleted");
  for (const message of messages) removeMessage(world, message);
  return true;
};

export const deleteMethods: Methods = { deleteMessage, deleteMessages };
