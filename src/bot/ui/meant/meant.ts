/* bot/ui/meant: whether what is written is said to the bot. */

import type { Context } from 'grammy';
import { repliedTo } from '../reply.ts';

/** The topic in which a message stands; null: none. */
export const topicOf = (message: Context['msg']): number | null =>
  message?.is_topic_message === true ? (message.message_thread_id ?? null) : null;

/**
 * Whether a message may be meant for the bot, which has asked in this topic: in a group not what is said to somebody else, nor what is
 * said in another topic.
 */
export const isSaidTo = (ctx: Pick<Context, 'message' | 'msg' | 'me'>, topic: number | null): boolean => {
  const { message, me } = ctx;
  if (message === undefined || topicOf(message) !== topic) return false;
  const other = message.chat.type === 'private' ? undefined : repliedTo(ctx)?.from;
  return other === undefined || other.id === me.id;
};
