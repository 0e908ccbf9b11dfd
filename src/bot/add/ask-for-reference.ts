import { type Conversation, type ConversationBuilder, createConversation } from '@grammyjs/conversations';
import type { Context, MiddlewareFn } from 'grammy';
import { AppError } from '../../domain/errors.ts';
import type { Ctx } from '../context.ts';
import { askingOne, enterDialogue, sayInDialogue } from '../dialogues.ts';
import { type AddDeps, requestFrom } from './request.ts';
import { text } from './text.ts';

const NAME = 'ask-for-reference';

/** The dialogue behind a bare `/add`: asks until it can read an answer. Any other command leaves it. */
export const askForReference = (deps: AddDeps): MiddlewareFn<Ctx> => {
  const dialogue: ConversationBuilder<Ctx, Context> = async (conversation: Conversation<Ctx, Context>) => {
    await sayInDialogue(conversation, (ctx) => ctx.reply(text.ask, askingOne(ctx, 'gpt2')));
    for (;;) {
      const reply = await conversation.waitFor('message:text', { next: true });
      if (reply.msg.text.startsWith('/')) await conversation.halt({ next: true });
      // What happens outside is done once and remembered: the dialogue is replayed from its start at each message.
      const { rest, refusal } = await conversation.external(() => {
        try {
          return { rest: requestFrom(reply, deps, reply.msg.text) ?? null, refusal: null };
        } catch (error) {
          if (error instanceof AppError) return { rest: null, refusal: error.message };
          throw error;
        }
      });
      const said = rest ?? refusal;
      if (said !== null) await sayInDialogue(conversation, (ctx) => ctx.reply(said));
      if (refusal === null) return;
    }
  };
  return createConversation(dialogue, NAME);
};

/** Asks what to add, and takes the next message of this person for the answer. */
export const enterAsking = (ctx: Ctx): Promise<void> => enterDialogue(ctx, NAME);
