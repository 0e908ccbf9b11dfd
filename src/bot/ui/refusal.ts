import type { Context, MiddlewareFn } from 'grammy';
import type { Noting } from '../noted.ts';
import { AppError } from '../../domain/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Ctx } from '../context.ts';

/** That nothing came of a message is a row: what corrects it is read as if it had been written first, after a restart too. */
export const noteRefusal = (
  { updates }: Pick<Store, 'updates'>,
  { chat, message, noted }: Pick<Context, 'chat' | 'message'> & Noting,
): void => {
  if (noted) noted.error ??= 'not_found';
  if (chat && message) updates.noteRefused(chat.id, message.message_id);
};

/** The same of what is refused since it cannot be understood, and of nothing else. */
export const noteMisunderstood = (
  store: Pick<Store, 'updates'>,
  ctx: Parameters<typeof noteRefusal>[1],
  error: unknown,
): void => {
  const isMisunderstood = error instanceof AppError && (error.code === 'validation' || error.code === 'not_found');
  if (isMisunderstood) noteRefusal(store, ctx);
};

/** Notes what is refused since it cannot be understood. */
export const noteRefusals =
  (store: Pick<Store, 'updates'>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      noteMisunderstood(store, ctx, error);
      throw error;
    }
  };
