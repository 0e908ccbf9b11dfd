import { type Conversation, type ConversationBuilder, createConversation } from '@grammyjs/conversations';
import type { Context, MiddlewareFn } from 'grammy';
import { AppError, isBusy } from '../../domain/errors.ts';
import { scheduleIn } from '../../library/schedules/schedules.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { askingOne, enterDialogue, mayAnswer, outside, sayInDialogue } from '../dialogues.ts';
import type { May } from '../feature.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { made } from './own.ts';
import type { Question } from './screen.ts';
import { text } from './text.ts';
import { takeZone, zoneKeyboard } from './timezone.ts';

const NAME = 'ask-about-schedule';

/** What a typed answer leads to. */
interface Reply {
  readonly said: string;
  /** Zones to choose from. */
  readonly zones?: readonly string[];
  /** The same question stands. */
  readonly again?: boolean;
}

/** What is asked about, and by which update it is answered. */
interface About {
  readonly chatId: number;
  readonly id: number | null;
  readonly updateId: number;
}

const takeName = (deps: BotDeps, id: number | undefined, name: string): Reply => {
  if (id === undefined) return { said: text.gone };
  deps.schedules.edit(id, { name });
  return { said: `${text.saved} /schedule shows it.` };
};

const takeCron = (deps: BotDeps, { chatId, updateId }: About, id: number | undefined, cron: string): Reply => {
  const fields = { type: 'custom', cron: cron.trim() } as const;
  const schedule =
    id === undefined
      ? deps.schedules.add(chatId, { ...fields, time: '00:00' }, updateId)
      : deps.schedules.edit(id, fields);
  if (schedule.enabled) return { said: `${text.saved} ${schedule.name} is on; /schedule shows it.` };
  return { said: `${made(deps, schedule)} /schedule shows it, and switches it on.` };
};

const take = async (deps: BotDeps, question: Question, about: About, typed: string): Promise<Reply> => {
  try {
    const id = scheduleIn(deps.store, about.chatId, about.id)?.id;
    if (question === 'city') return await takeZone(deps, about.chatId, typed);
    if (question === 'name') return takeName(deps, id, typed);
    return takeCron(deps, about, id, typed);
  } catch (error) {
    if (error instanceof AppError && !isBusy(error)) return { said: error.message, again: true };
    throw error;
  }
};

const questionText = (
  { store }: BotDeps,
  question: Question,
  { chatId, id }: { chatId: number | undefined; id: number | null },
): string => {
  if (question === 'city') return text.askCity;
  if (question === 'cron') return text.askCron;
  return text.askName(scheduleIn(store, chatId, id)?.name ?? 'it');
};

/**
 * Asks for the few things about schedules that have to be typed, until it can read the answer. A command leaves it.
 * @param mayChange whether who answers may still change something
 */
export const askAboutSchedule = (deps: BotDeps, mayChange: (ctx: Ctx) => ReturnType<May>): MiddlewareFn<Ctx> => {
  const dialogue: ConversationBuilder<Ctx, Context> = async (
    conversation: Conversation<Ctx, Context>,
    entered,
    question: Question,
    id: number | null,
  ) => {
    const asked = await outside(conversation, (ctx) => questionText(deps, question, { chatId: ctx.chat?.id, id }));
    await sayInDialogue(conversation, (ctx) => ctx.reply(asked, askingOne(ctx)));
    const isAnswer = mayAnswer(entered);
    for (;;) {
      const reply = await conversation.waitFor('message:text', { next: true }).and(isAnswer, { next: true });
      if (reply.msg.text.startsWith('/')) await conversation.halt({ next: true });
      // What happens outside is done once and remembered: the dialogue is replayed from its start at each message.
      const about = { chatId: reply.chat.id, id, updateId: reply.update.update_id };
      const { said, zones, again } = await outside(conversation, async (ctx): Promise<Reply> => {
        if (!(await mayChange(ctx))) return { said: text.notAllowed };
        const taken = await take(deps, question, about, reply.msg.text);
        if (taken.again === true) noteRefusal(deps.store, ctx);
        return taken;
      });
      const keyboard = zones ? { reply_markup: zoneKeyboard(zones) } : {};
      await sayInDialogue(conversation, (ctx) => ctx.reply(said, keyboard));
      if (!again) return;
    }
  };
  return createConversation(dialogue, NAME);
};

/** Asks a question about a schedule, and takes the next message of this person for the answer. */
export const enterAsking = (ctx: Ctx, question: Question, id: number | undefined): Promise<void> =>
  enterDialogue(ctx, NAME, question, id ?? null);
