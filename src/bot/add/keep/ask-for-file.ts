import { type Conversation, type ConversationBuilder, createConversation } from '@grammyjs/conversations';
import type { Context, MiddlewareFn } from 'grammy';
import type { Message } from 'grammy/types';
import type { Ctx } from '../../context.ts';
import { askingOne, enterDialogue, mayAnswer, sayInDialogue } from '../../dialogues.ts';
import { isSent } from '../../updates/sent.ts';
import type { AddDeps } from '../request.ts';
import { takeAnswer } from '../take-answer.ts';
import { text } from '../text.ts';

const NAME = 'ask-for-file';

/** Keeps what a message holds. @returns what has to be said of the rest @throws AppError validation: there is nothing in it */
type Take = (ctx: Pick<Ctx, 'chat' | 'from' | 'msg' | 'me'>, message: Message, line: string) => string | undefined;

/** The dialogue behind a bare `/keep`: asks until a file comes. Any other command leaves it. */
export const askForFile = (deps: Pick<AddDeps, 'store'>, take: Take): MiddlewareFn<Ctx> => {
  const dialogue: ConversationBuilder<Ctx, Context> = async (
    conversation: Conversation<Ctx, Context>,
    entered: Context,
    line: string,
  ) => {
    await sayInDialogue(conversation, (ctx) => ctx.reply(text.askFile, askingOne(ctx)));
    const isAnswer = mayAnswer(entered);
    const wait = () =>
      conversation
        .waitFor('message', { next: true })
        .and((ctx) => isSent(ctx.message) && isAnswer(ctx), { next: true });
    await takeAnswer(conversation, deps, { wait, take: (reply) => take(reply, reply.msg as Message, line) });
  };
  return createConversation(dialogue, NAME);
};

/** Asks what to keep, and takes the next message of this person for it. @param line what stands behind the command */
export const enterAskingFile = (ctx: Ctx, line: string): Promise<void> => enterDialogue(ctx, NAME, line);
