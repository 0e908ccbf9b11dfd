import { type Conversation, type ConversationBuilder, createConversation } from '@grammyjs/conversations';
import type { Context, MiddlewareFn } from 'grammy';
import type { Model } from '../../domain/model.ts';
import { AppError, isBusy } from '../../domain/errors.ts';
import { editModel } from '../../library/edit.ts';
import { changeFiles, readFileEdit } from '../../library/file-edit.ts';
import { modelIn } from '../../library/find.ts';
import { readEdit } from '../../library/read-edit.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { askingOne, enterDialogue, mayAnswer, outside, sayInDialogue } from '../dialogues.ts';
import type { FeatureDeps, Rule } from '../feature.ts';
import { noteNotAllowed } from '../noted.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { askedBy } from '../ui/reply.ts';
import { type FileQuestion, isAboutFiles, type Question, text } from './text.ts';

const NAME = 'ask-about-model';

interface Reply {
  readonly said: string;
  /** The same question stands. */
  readonly again: boolean;
}

/** Which files it shall have is looked up, and told by the card of that. */
const lookUp = (
  deps: BotDeps,
  question: FileQuestion,
  model: Model,
  reply: Pick<Ctx, 'chat' | 'from' | 'msg'>,
): Reply => {
  const asked = askedBy(reply);
  const files = readFileEdit({ [question]: reply.msg?.text ?? '' });
  if (files && asked) changeFiles(deps.adding, model, files, asked);
  return { said: text.looksUp(model), again: false };
};

const take = async (
  deps: BotDeps,
  question: Question,
  model: Model | undefined,
  reply: Pick<Ctx, 'chat' | 'from' | 'msg'>,
): Promise<Reply> => {
  if (!model) return { said: text.notYours, again: false };
  try {
    if (isAboutFiles(question)) return lookUp(deps, question, model, reply);
    const edit = readEdit({ [question]: reply.msg?.text ?? '' });
    return { said: text.edited(await editModel(deps, model, edit), edit), again: false };
  } catch (error) {
    if (error instanceof AppError && !isBusy(error)) return { said: error.message, again: true };
    throw error;
  }
};

/**
 * Asks for what about a model has to be typed, until it can read the answer. A command leaves it.
 * @param rule whom it is for, when it is answered as much as when it was asked
 */
export const askAboutModel = (deps: FeatureDeps, rule: Rule): MiddlewareFn<Ctx> => {
  const dialogue: ConversationBuilder<Ctx, Context> = async (
    conversation: Conversation<Ctx, Context>,
    entered,
    question: Question,
    id: number,
  ) => {
    const asked = await outside(conversation, (ctx) => {
      const model = modelIn(deps.store, ctx.chat?.id, id);
      return model ? text.asking(question, model) : text.notYours;
    });
    await sayInDialogue(conversation, (ctx) => ctx.reply(asked, askingOne(ctx)));
    const isAnswer = mayAnswer(entered);
    for (;;) {
      const reply = await conversation.waitFor('message:text', { next: true }).and(isAnswer, { next: true });
      if (reply.msg.text.startsWith('/')) await conversation.halt({ next: true });
      // What happens outside is done once and remembered: the dialogue is replayed from its start at each message.
      const { said, again } = await outside(conversation, async (ctx): Promise<Reply> => {
        const model = modelIn(deps.store, reply.chat.id, id);
        if (await deps.authority(ctx, rule, model?.requestedBy)) {
          const taken = await take(deps, question, model, reply);
          if (taken.again) noteRefusal(deps.store, ctx);
          return taken;
        }
        noteNotAllowed(ctx);
        return { said: text.notAllowed, again: false };
      });
      await sayInDialogue(conversation, (ctx) => ctx.reply(said));
      if (!again) return;
    }
  };
  return createConversation(dialogue, NAME);
};

/** Asks for something of a model that has to be typed, and takes this person's next message for the answer. */
export const enterAsking = (ctx: Ctx, question: Question, id: number): Promise<void> =>
  enterDialogue(ctx, NAME, question, id);
