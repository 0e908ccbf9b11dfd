import type { Message } from './chat.ts';
import type { World } from './world.ts';

/** A command for this bot: `/cmd@bot`, or a bare one, since the playground has no second bot that could have spoken last. */
const isCommandFor = (message: Message, username: string): boolean => {
  const { text = '', entities = [] } = message.content;
  return entities.some((entity) => {
    if (entity.type !== 'bot_command') return false;
    const [, name] = text.slice(entity.offset, entity.offset + entity.length).split('@');
    return name === undefined ? entity.offset === 0 : name.toLowerCase() === username.toLowerCase();
  });
};

/**
 * Whether the bot is told of a message a person wrote (core.telegram.org/bots/features, "Privacy mode"): in private
 * everything; in a group what is meant for it, unless it is an administrator or privacy mode is off.
 */
export const isSeenByBot = (world: World, message: Message): boolean => {
  const { chat } = message;
  if (chat.type === 'private') return true;
  if (chat.bot === 'left' || chat.bot === 'kicked') return false;
  if (chat.bot === 'administrator' || !world.privacyMode || message.viaBot) return true;
  return isCommandFor(message, world.bot.username ?? '') || message.replyTo?.from.id === world.bot.id;
};
