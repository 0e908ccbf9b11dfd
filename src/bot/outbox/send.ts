import { type Api, InputFile } from 'grammy';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { apiFailure } from '../telegram/api-failure.ts';
import { messageParameters, type Rendering } from '../ui/text.ts';
import { type HushDeps, isHushed } from './hushed.ts';
import { messageAnswered } from './same-cause.ts';

/** One message: a notice, several ends that came together, or everybody who wants to be let in. */
export interface Batch {
  readonly notices: readonly Notice[];
  readonly rendering: Rendering;
  /** The id of a message that is there and is changed to say it; without one, a new message is sent. */
  readonly edits?: number;
  readonly isQuiet?: boolean;
}

export interface SendDeps extends Omit<HushDeps, 'store'> {
  readonly api: Api;
  readonly store: Store;
}

/** @returns undefined if that message is gone: then a new one is needed */
const edit = async ({ api }: SendDeps, chatId: number, messageId: number, rendering: Rendering) => {
  const { text, look } = messageParameters(rendering);
  try {
    await api.editMessageText(chatId, messageId, text, look);
  } catch (error) {
    const { kind } = apiFailure(error);
    if (kind === 'message_gone') return undefined;
    if (kind !== 'unchanged') throw error;
  }
  return messageId;
};

/** Where a message stands, and what it sounds like. */
const manner = (deps: SendDeps, { notices, isQuiet: quiet = false }: Batch) => {
  const { store } = deps;
  const [first] = notices as [Notice, ...Notice[]];
  const card = first.modelId === null ? undefined : store.cards.cardOf(first.modelId);
  const here = messageAnswered(store, first) ?? (card?.chatId === first.chatId ? card : undefined);
  const repliesTo = notices.length === 1 ? here?.messageId : undefined;
  return {
    ...(quiet || isHushed(deps, first.chatId) ? { disable_notification: true } : {}),
    ...(typeof here?.threadId === 'number' ? { message_thread_id: here.threadId } : {}),
    ...(typeof repliesTo === 'number'
      ? { reply_parameters: { message_id: repliesTo, allow_sending_without_reply: true } }
      : {}),
  };
};

/** Sends what a batch says, or changes the message that is to say it. @returns the message's id @throws what grammY throws */
export const send = async (deps: SendDeps, batch: Batch): Promise<number> => {
  const { api } = deps;
  const { notices, rendering, edits } = batch;
  const { text, look } = messageParameters(rendering);
  const { document } = rendering;
  const [{ chatId }] = notices as [Notice, ...Notice[]];
  const edited = edits === undefined ? undefined : await edit(deps, chatId, edits, rendering);
  if (edited !== undefined) return edited;
  const how = manner(deps, batch);
  if (document === undefined) return (await api.sendMessage(chatId, text, { ...look, ...how })).message_id;
  const { entities, link_preview_options: _, ...buttons } = look;
  const file = new InputFile(document.path, document.name);
  const caption = { caption: text, caption_entities: entities, ...buttons };
  return (await api.sendDocument(chatId, file, { ...caption, ...how })).message_id;
};
