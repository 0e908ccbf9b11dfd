import type { AddOptions } from '../../domain/repo/add-options.ts';
import type { BotDeps, Ctx } from '../context.ts';

const lookingUp = (ref: string): string => `${ref} · looking up`;

/**
 * A tap means a repository: its look-up gets a message of its own, which becomes its card. The request is known by that
 * message, so that two taps under one message are two requests.
 * @throws AppError constraint: this person asks for more than one person may; busy, no_space, …: nothing can be written down, and no
 * message was sent
 */
export const lookUpBelow = async (
  ctx: Ctx,
  { adding, store }: Pick<BotDeps, 'adding' | 'store'>,
  ref: string,
  options: AddOptions = {},
): Promise<void> => {
  const { chat, from: person } = ctx;
  if (!chat || !person) return;
  // While another program has the database this is tried ten times a second.
  store.checkWrite();
  const tapped = ctx.callbackQuery?.message;
  const answer = await ctx.reply(lookingUp(ref), {
    disable_notification: true,
    ...(tapped ? { reply_parameters: { message_id: tapped.message_id, allow_sending_without_reply: true } } : {}),
  });
  try {
    const request = adding.request({
      chatId: chat.id,
      userId: person.id,
      threadId: answer.is_topic_message ? (answer.message_thread_id ?? null) : null,
      messageId: answer.message_id,
      ref,
      options,
    });
    store.addRequests.setAddRequestCard(request.id, answer.message_id);
  } catch (error) {
    // It would stand there for ever. Best effort: what went wrong is told in any case.
    await ctx.api.deleteMessage(chat.id, answer.message_id).catch(() => undefined);
    throw error;
  }
};
