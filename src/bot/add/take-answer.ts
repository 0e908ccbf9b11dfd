import type { Conversation } from '@grammyjs/conversations';
import type { Context } from 'grammy';
import { AppError, isBusy } from '../../domain/errors.ts';
import type { Ctx } from '../context.ts';
import { outside, sayInDialogue } from '../dialogues.ts';

/**
 * Waits, in a dialogue, for an answer that can be read; of each other it says why not. Any other command leaves the dialogue.
 * @param take does what was asked for. @returns what has to be said of the rest @throws AppError: it cannot be read
 */
export const takeAnswer = async <Reply extends Context>(
  conversation: Conversation<Ctx, Context>,
  wait: () => Promise<Reply>,
  take: (reply: Reply) => string | undefined,
): Promise<void> => {
  for (;;) {
    const reply = await wait();
    const written = reply.msg?.text ?? reply.msg?.caption ?? '';
    if (written.startsWith('/')) await conversation.halt({ next: true });
    // What happens outside is done once and remembered: the dialogue is replayed from its start at each message.
    const { rest, refusal } = await outside(conversation, () => {
      try {
        return { rest: take(reply) ?? null, refusal: null };
      } catch (error) {
        if (error instanceof AppError && !isBusy(error)) return { rest: null, refusal: error.message };
        throw error;
      }
    });
    const said = rest ?? refusal;
    if (said !== null) await sayInDialogue(conversation, (ctx) => ctx.reply(said));
    if (refusal === null) return;
  }
};
