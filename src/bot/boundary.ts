import { randomBytes } from 'node:crypto';
import { type Api, GrammyError, type MiddlewareFn } from 'grammy';
import type { Update } from 'grammy/types';
import { AppError, isBusy } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import { AnswerLeftOut } from './telegram/answers.ts';
import { apiFailure } from './telegram/api-failure.ts';
import type { Ctx } from './context.ts';
import { answer } from './ui/reply.ts';
import { plain } from './ui/text.ts';

const tell = async (ctx: Ctx, sentence: string): Promise<void> => {
  if (ctx.callbackQuery) await ctx.answerCallbackQuery({ text: sentence, show_alert: true });
  else if (ctx.chat) await answer(ctx, { text: plain(sentence) });
};

const BUSY = 'The database is busy: another program is writing to it. What you asked for is done when that has ended.';

/** To whoever waits for an update to be handled. */
export const tellBusy = async (api: Api, { message, callback_query: pressed }: Update): Promise<void> => {
  if (pressed) await api.answerCallbackQuery(pressed.id, { text: BUSY, show_alert: true });
  else if (message) {
    const reply = { message_id: message.message_id, allow_sending_without_reply: true };
    await api.sendMessage(message.chat.id, BUSY, { reply_parameters: reply });
  }
};

const NOT_TOLD = 'A person could not be answered';

/** What was not handled comes again: after the next start, or as soon as the database is free. */
export const comesAgain = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'AbortError') || isBusy(error);

/** Who has tapped is told beside the chat, whatever Telegram takes in it: until then the button turns. */
const BESIDE = {
  deaf: 'Telegram does not let me write here: what came of that cannot be shown.',
  refused: (reference: string): string =>
    `Telegram did not take what came of that. The log says more under ${reference}.`,
} as const;

/** Whoever asked has blocked the bot since, or its group has sent it away: that is theirs to do, and no fault of ours. */
export const isDeaf = (error: unknown): boolean =>
  error instanceof GrammyError && apiFailure(error).kind === 'unreachable';

/** @returns the sentence for the person, if there is one to be told */
const sentenceFor = (error: unknown, ctx: Ctx, log: Log): string | undefined => {
  if (error instanceof AppError) return error.message;
  if (isDeaf(error)) {
    log.warn({ err: error, update: ctx.update.update_id }, NOT_TOLD);
    return ctx.callbackQuery && BESIDE.deaf;
  }
  const reference = randomBytes(4).toString('hex');
  log.error({ err: error, reference, update: ctx.update.update_id }, 'A handler failed');
  // Telegram itself refused something: telling the person in the chat would most likely be refused as well.
  if (error instanceof GrammyError) return ctx.callbackQuery && BESIDE.refused(reference);
  return `Something went wrong inside hubgram. The log says more under ${reference}.`;
};

/** What was asked for is done or refused: whoever cannot be told of it, having blocked the bot or too many answers to come, is not. */
const tellIfPossible = async (ctx: Ctx, sentence: string, log: Log): Promise<void> => {
  try {
    await tell(ctx, sentence);
  } catch (error) {
    if (error instanceof AnswerLeftOut) return;
    if (!(error instanceof GrammyError)) throw error;
    log.warn({ err: error, update: ctx.update.update_id }, NOT_TOLD);
  }
};

/**
 * Turns what a handler throws into a sentence for the person; faults of ours into a reference to the log.
 * @throws the reason of a stop, what Telegram's trouble left unsaid, and that the database is busy: such an update was not
 * handled
 */
export const boundary =
  (log: Log): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof AnswerLeftOut) {
        // The chat is told once for all of them; the button of a tap turns no longer.
        if (ctx.callbackQuery) await ctx.answerCallbackQuery();
        return;
      }
      if (comesAgain(error)) throw error;
      const sentence = sentenceFor(error, ctx, log);
      if (sentence !== undefined) await tellIfPossible(ctx, sentence, log);
    }
  };
