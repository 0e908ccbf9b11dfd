import type { Model } from '../../domain/model.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { modelLabel } from './label.ts';

/**
 * Brings a model's live card to the bottom of the chat: the board sends it anew, and the old message says so. There is
 * one live card for a model, so that no message stands still with old numbers.
 */
export const showCard = async (
  { store, queue }: Pick<BotDeps, 'store' | 'queue'>,
  ctx: Ctx,
  model: Model,
): Promise<void> => {
  queue.lookAt([model]);
  const old = store.cards.cardOf(model.id);
  const message = ctx.callbackQuery?.message ?? ctx.msg;
  store.cards.putCard({
    modelId: model.id,
    chatId: model.chatId,
    threadId: message?.is_topic_message ? (message.message_thread_id ?? null) : null,
    messageId: null,
    replyTo: ctx.callbackQuery ? null : (message?.message_id ?? null),
    asked: true,
  });
  if (typeof old?.messageId === 'number') {
    const moved = `The card of ${modelLabel(model)} is further down now.`;
    // Best effort: the old message may be gone, and the new card is what counts.
    await ctx.api.editMessageText(old.chatId, old.messageId, moved).catch(() => undefined);
  }
};
