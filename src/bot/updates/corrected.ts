import type { Update } from 'grammy/types';
import type { Store } from '../../store/store.ts';
import { isLetIn } from '../access.ts';
import { hiddenIn } from './hidden-tokens.ts';

/** Whether all that a message asked for has failed, or found nothing. */
const foundNothing = ({ addRequests, searches }: Store, chatId: number, messageId: number): boolean => {
  const states = addRequests.requestStates(chatId, messageId);
  if (states.length > 0) return states.every((state) => state === 'failed');
  return searches.foundNothing(chatId, messageId);
};

/**
 * People correct a message that was not understood. If nothing came of the first one, the corrected one is read as if it had
 * been written in its place; if something did, it stays.
 * @returns the update to be handled, as it is if it is of somebody who may not use the bot; undefined: nothing is to be done
 */
export const corrected = (store: Store, update: Update): Update | undefined => {
  const { edited_message: edited, ...rest } = update;
  if (!edited) return update;
  if (!isLetIn(store, update)) return update;
  const { chat, message_id: messageId } = edited;
  const { edit_date: _, ...message } = edited;
  // It is gone from the chat as fast as one that was written first.
  if (hiddenIn(update)) return { ...rest, message } as Update;
  const isRefused = store.updates.doOnce(update.update_id, () => store.updates.takeRefused(chat.id, messageId));
  if (!isRefused && !foundNothing(store, chat.id, messageId)) return undefined;
  return { ...rest, message } as Update;
};
