import type { Conversation } from '@grammyjs/conversations';
import type { Context } from 'grammy';
import { AppError, isBusy } from '../../domain/errors.ts';
import type { Ctx } from '../context.ts';
import { outside, sayInDialogue } from '../dialogues.ts';
import { noteMisunderstood } from '../ui/refusal.ts';
import type { AddDeps } from './request.ts';

/**
 * Waits, in a dialogue, for an answer that can be read; of each other it says why not. Any other command leaves the dialogue.
 * @param ways `take` does what was asked for, and gives what has to be said of the rest. @throws AppError: it cannot be read
 */
export const takeAnswer = async <Reply extends Context>(
  conversation: Conversation<Ctx, Context>,
  { store }: Pick<AddDeps, 'store'>,
  { wait, take }: { readonly wait: () => Promise<Reply>; readonly take: (reply: Reply) => string | undefined },
): Promise<void> => {
  for (;;) {
    const reply = await wait();
    const written = reply.msg?.text ?? reply.msg?.caption ?? '';
    if (written.startsWith('/')) await conversation.halt({ next: true });
    // What happens outside is done once and remembered: the dialogue is replayed from its start at each message.
    const { rest, refusal } = await outside(conversation, (ctx) => {
      try {
        return { rest: take(reply) ?? null, refusal: null };
      } catch (error) {
        if (!(error instanceof AppError) || isBusy(error)) throw error;
        noteMisunderstood(store, ctx, error);
        return { rest: null, refusal: error.message };
      }
    });
    const said = rest ?? refusal;
    if (said !== null) await sayInDialogue(conversation, (ctx) => ctx.reply(said));
    if (refusal === null) return;
  }
};
