import { type Conversation, type ConversationBuilder, createConversation } from '@grammyjs/conversations';
import type { Context, MiddlewareFn } from 'grammy';
import type { Ctx } from '../context.ts';
import { askingOne, enterDialogue, mayAnswer, sayInDialogue } from '../dialogues.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { offeredIn } from './link.ts';
import { type AddDeps, requestFrom } from './request.ts';
import { takeAnswer } from './take-answer.ts';
import { text } from './text.ts';

const NAME = 'ask-for-reference';

/** The dialogue behind a bare `/add`: asks until it can read an answer. Any other command leaves it. */
export const askForReference = (deps: AddDeps): MiddlewareFn<Ctx> => {
  const dialogue: ConversationBuilder<Ctx, Context> = async (
    conversation: Conversation<Ctx, Context>,
    entered: Context,
  ) => {
    await sayInDialogue(conversation, (ctx) => ctx.reply(text.ask, askingOne(ctx, 'gpt2')));
    const wait = () => conversation.waitFor('message:text', { next: true }).and(mayAnswer(entered), { next: true });
    await takeAnswer(conversation, deps, { wait, take: (reply) => requestFrom(reply, deps, reply.msg.text) });
  };
  return createConversation(dialogue, NAME);
};

/**
 * An answer that was corrected, since its look-up has failed: the question is over, and what was asked for by this very message is
 * looked up anew.
 */
export const takeCorrected =
  (deps: AddDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { message, chat } = ctx;
    const written = message?.text ?? '';
    const isAsked = message !== undefined && deps.store.addRequests.hasAddRequest(chat?.id ?? 0, message.message_id, 0);
    // Links are offered, one by one.
    if (!isAsked || written.startsWith('/') || offeredIn(message, deps, true).length > 0) return next();
    const rest = requestFrom(ctx, deps, written);
    if (rest !== undefined) await answer(ctx, { text: plain(rest) });
  };

/** Asks what to add, and takes the next message of this person for the answer. */
export const enterAsking = (ctx: Ctx): Promise<void> => enterDialogue(ctx, NAME);
