import { type Context, GrammyError, HttpError } from 'grammy';
import { apiFailure } from './api-failure.ts';

/** Deletes the message that an update is about. @returns whether it is gone from the chat */
export const deleteMessage = async (ctx: Context): Promise<boolean> => {
  try {
    return await ctx.deleteMessage();
  } catch (error) {
    // Of an update that is handled again: it was deleted the first time.
    if (error instanceof GrammyError && apiFailure(error).kind === 'message_gone') return true;
    if (error instanceof GrammyError || error instanceof HttpError) return false;
    throw error;
  }
};
