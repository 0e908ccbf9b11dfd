import { randomBytes } from 'node:crypto';
import { GrammyError, type MiddlewareFn } from 'grammy';
import { AppError } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import type { Ctx } from './context.ts';
import { answer } from './ui/reply.ts';
import { plain, shorten } from './ui/text.ts';

/**
 * Telegram gives each update at least once: after a crash, those that were under way come again. What has been handled
 * to its end is remembered; what was cut off is handled again, so every handler must bear that.
 */
export const once =
  (store: Store): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    if (store.updates.alreadyHandled(ctx.update.update_id)) return;
    await next();
    store.updates.markHandled(ctx.update.update_id);
  };

/** Answers have a sentence of at most 200 characters (Bot API, answerCallbackQuery). */
const POPUP_LIMIT = 200;

const tell = async (ctx: Ctx, sentence: string): Promise<void> => {
  if (ctx.callbackQuery) await ctx.answerCallbackQuery({ text: shorten(sentence, POPUP_LIMIT), show_alert: true });
  else if (ctx.chat) await answer(ctx, { text: plain(sentence) });
};

/** Turns what a handler throws into a sentence for the person; faults of ours into a reference to the log. */
export const boundary =
  (log: Log): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof AppError) {
        await tell(ctx, error.message);
        return;
      }
      const reference = randomBytes(4).toString('hex');
      log.error({ err: error, reference, update: ctx.update.update_id }, 'A handler failed');
      // Telegram itself refused something: telling the person would most likely be refused as well.
      if (error instanceof GrammyError) return;
      await tell(ctx, `Something went wrong inside hubgram. The log says more under ${reference}.`);
    }
  };
