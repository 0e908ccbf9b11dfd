import { readAbout } from '../../domain/files/loads.ts';
import { formatRepoRef } from '../../domain/repo/repo.ts';
import type { Ctx } from '../context.ts';
import { tappedModel } from '../ui/pick-model.ts';
import type { AddDeps } from './request.ts';
import { text } from './text.ts';

/**
 * A tap on a branch under the card of a model that came without weights. Its look-up gets a message of its own: the
 * request is known by it, so two branches of one card are two requests.
 */
export const takeBranch = async (ctx: Ctx, deps: AddDeps): Promise<void> => {
  const { chat, from: person } = ctx;
  const model = tappedModel(ctx, deps.store);
  const branch = model && readAbout(model).branches[Number(ctx.match?.[2] ?? -1)];
  if (!chat || !person || !model || branch === undefined) {
    await ctx.answerCallbackQuery({ text: text.notYours });
    return;
  }
  const ref = formatRepoRef({ type: model.repoType, id: model.name, revision: branch });
  const card = ctx.callbackQuery?.message;
  const answer = await ctx.reply(text.lookingUp(ref), {
    disable_notification: true,
    ...(card ? { reply_parameters: { message_id: card.message_id, allow_sending_without_reply: true } } : {}),
  });
  const request = deps.adding.request({
    chatId: chat.id,
    userId: person.id,
    threadId: answer.is_topic_message ? (answer.message_thread_id ?? null) : null,
    messageId: answer.message_id,
    ref,
    options: {},
  });
  deps.store.addRequests.setAddRequestCard(request.id, answer.message_id);
  await ctx.answerCallbackQuery();
};
