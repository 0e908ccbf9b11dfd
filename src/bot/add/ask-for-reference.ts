import { type Conversation, type ConversationBuilder, createConversation } from '@grammyjs/conversations';
import type { Context, MiddlewareFn } from 'grammy';
import type { Ctx } from '../context.ts';
import { askingOne, enterDialogue, mayAnswer, sayInDialogue } from '../dialogues.ts';
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
    await takeAnswer(conversation, wait, (reply) => requestFrom(reply, deps, reply.msg.text));
  };
  return createConversation(dialogue, NAME);
};

/** Asks what to add, and takes the next message of this person for the answer. */
export const enterAsking = (ctx: Ctx): Promise<void> => enterDialogue(ctx, NAME);
