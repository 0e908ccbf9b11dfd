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

/** As long as Telegram keeps updates for a bot that does not ask for them (core.telegram.org/bots/api, Getting updates). */
const KEPT_MS = 24 * 3_600_000;

/**
 * Telegram tells of an edit also when somebody else has changed something about the message, such as the tag of its author
 * (NousResearch/hermes-agent#81183): it has no new date then, or none.
 */
const isRewritten = ({ edit_date: at }: { readonly edit_date?: number }, now: number): boolean =>
  at !== undefined && now - at * 1000 < KEPT_MS;

/**
 * People correct a message that was not understood. If nothing came of the first one, the corrected one is read as if it had
 * been written in its place; if something did, it stays.
 * @param now in milliseconds since the epoch
 * @returns the update to be handled, as it is if it is of somebody who may not use the bot; undefined: nothing is to be done
 */
export const corrected = (store: Store, update: Update, now: number): Update | undefined => {
  const { edited_message: edited, ...rest } = update;
  if (!edited) return update;
  if (!isLetIn(store, update)) return update;
  const { chat, message_id: messageId } = edited;
  const { edit_date: _, ...message } = edited;
  // It is gone from the chat as fast as one that was written first.
  if (hiddenIn(update)) return { ...rest, message } as Update;
  if (!isRewritten(edited, now)) return undefined;
  const isRefused = store.updates.doOnce(update.update_id, () => store.updates.takeRefused(chat.id, messageId));
  if (!isRefused && !foundNothing(store, chat.id, messageId)) return undefined;
  return { ...rest, message } as Update;
};
