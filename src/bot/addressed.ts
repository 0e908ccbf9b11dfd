import type { MiddlewareFn } from 'grammy';
import type { Ctx } from './context.ts';

/**
 * Reads a command in any case, as phones write it at the beginning of a line (`/Add`), and is silent to what is meant for
 * another bot (`/add@other_bot`): that is no word to this one. Stands before everything that looks at commands.
 */
export const addressed: MiddlewareFn<Ctx> = async (ctx, next) => {
  const { msg: message } = ctx;
  const entity = message?.text === undefined ? undefined : message.entities?.[0];
  if (ctx.callbackQuery || !message?.text || entity?.type !== 'bot_command' || entity.offset !== 0) {
    await next();
    return;
  }
  const [name = '', bot] = message.text.slice(0, entity.length).split('@');
  if (bot !== undefined && bot.toLowerCase() !== ctx.me.username.toLowerCase()) return;
  message.text = name.toLowerCase() + message.text.slice(name.length);
  await next();
};
