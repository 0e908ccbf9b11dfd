import { findMessage, readChatFor } from './access.ts';
import { badRequest } from '../api-error.ts';
import { postService } from '../world/groups.ts';
import { messageJson, reactTo } from '../world/messages.ts';
import type { Call, Methods } from './method.ts';
import type { Chat, Message } from '../world/chat.ts';

/** The reactions anybody may use (Bot API, ReactionTypeEmoji). */
const EMOJI = new Set(
  (
    '❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 ' +
    '🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'
  ).split(' '),
);

const readMessage = ({ world, args }: Call, what: string): Message => {
  const message = findMessage(readChatFor(world, args, 'write'), args.int('message_id'));
  if (!message) throw badRequest(`message to ${what} not found`);
  return message;
};

const setMessageReaction = (call: Call): unknown => {
  const reactions = call.args.json('reaction') ?? [];
  if (!Array.isArray(reactions)) throw badRequest("can't parse reaction types JSON object");
  if (reactions.length > 1) throw badRequest('REACTIONS_TOO_MANY');
  for (const reaction of reactions as { type?: unknown; emoji?: unknown }[])
    if (reaction.type !== 'emoji' || !EMOJI.has(String(reaction.emoji))) throw badRequest('REACTION_INVALID');
  reactTo(call.world, readMessage(call, 'react'), reactions as object[]);
  return true;
};

const checkPinRight = (chat: Chat): void => {
  if (chat.type !== 'private' && chat.bot !== 'administrator')
    throw badRequest('not enough rights to manage pinned messages in the chat');
};

const pinChatMessage = (call: Call): unknown => {
  const { world } = call;
  const message = readMessage(call, 'pin');
  checkPinRight(message.chat);
  if (message.chat.pinned.has(message.id)) return true;
  message.chat.pinned.add(message.id);
  postService(call, message.chat, world.bot, { pinned_message: messageJson(message, false) });
  return true;
};

const unpinChatMessage = ({ world, args }: Call): unknown => {
  const chat = readChatFor(world, args, 'write');
  checkPinRight(chat);
  const id = args.int('message_id') ?? [...chat.pinned].at(-1);
  if (id === undefined || !chat.pinned.delete(id)) throw badRequest('message to unpin not found');
  world.changes.emit({ kind: 'chat', chat });
  return true;
};

const unpinAllChatMessages = ({ world, args }: Call): unknown => {
  const chat = readChatFor(world, args, 'write');
  checkPinRight(chat);
  chat.pinned.clear();
  world.changes.emit({ kind: 'chat', chat });
  return true;
};

export const reactMethods: Methods = { setMessageReaction, pinChatMessage, unpinChatMessage, unpinAllChatMessages };
