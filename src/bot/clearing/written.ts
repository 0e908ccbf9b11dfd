import { Composer } from 'grammy';
import type { Ctx } from '../context.ts';
import type { Feature } from '../feature.ts';
import type { SentMessages } from './sent-messages.ts';

/** The commands of a chat go with the bot's own messages. In a group only those that the bot has: another bot may be meant. */
export const noteCommands = (sent: SentMessages, features: readonly Feature[]): Composer<Ctx> => {
  const names = new Set(
    features.flatMap(({ commands }) =>
      Object.entries(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    ),
  );
  const composer = new Composer<Ctx>();
  composer.on('message:text', async (ctx, next) => {
    const [name] = /(?<=^\/)\w+/.exec(ctx.msg.text) ?? [];
    if (name !== undefined && (ctx.chat.type === 'private' || names.has(name)))
      sent.note({ chatId: ctx.chat.id, messageId: ctx.msg.message_id, userId: ctx.from.id, command: true });
    await next();
  });
  return composer;
};

/** What somebody pins shall stay. */
export const keepPinned = (sent: SentMessages): Composer<Ctx> => {
  const composer = new Composer<Ctx>();
  composer.on('message:pinned_message', async (ctx, next) => {
    sent.keep(ctx.chat.id, ctx.msg.pinned_message.message_id);
    await next();
  });
  return composer;
};
