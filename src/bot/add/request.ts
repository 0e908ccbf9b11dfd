import type { BotDeps, Ctx } from '../context.ts';
import { parseAdd } from './parse.ts';

export type AddDeps = Pick<BotDeps, 'adding' | 'hubHosts' | 'store'>;

/**
 * Takes what stands behind `/add` into the look-ups; the board shows its card.
 * @param line the reference with its options
 * @throws AppError validation
 */
export const requestFrom = (ctx: Pick<Ctx, 'chat' | 'from' | 'msg'>, deps: AddDeps, line: string): void => {
  const { chat, from: person, msg: message } = ctx;
  if (!chat || !person || !message) return;
  const { ref, options } = parseAdd(line);
  deps.adding.request({
    chatId: chat.id,
    userId: person.id,
    threadId: message.is_topic_message ? (message.message_thread_id ?? null) : null,
    messageId: message.message_id,
    ref,
    options,
  });
};
