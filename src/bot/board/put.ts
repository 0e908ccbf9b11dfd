import type { Api } from 'grammy';
import { apiFailure } from '../telegram/api-failure.ts';
import { messageParameters } from '../ui/text.ts';
import type { News } from './memory.ts';
import type { Drawing, Slot } from './slots.ts';

/** @returns false if Telegram does not let it, as with messages older than 48 hours */
const erase = async (api: Api, chatId: number, messageId: number): Promise<boolean> => {
  try {
    return await api.deleteMessage(chatId, messageId);
  } catch (error) {
    const { kind } = apiFailure(error);
    if (kind === 'message_gone') return true;
    if (kind === 'refused' || kind === 'not_now') return false;
    throw error;
  }
};

/** @returns what has become of the slot's message */
const send = async (api: Api, slot: Slot, { rendering }: Drawing): Promise<News> => {
  const { text, look } = messageParameters(rendering);
  if (slot.messageId !== null) {
    await api.editMessageText(slot.chatId, slot.messageId, text, look);
    return {};
  }
  const message = await api.sendMessage(slot.chatId, text, {
    ...look,
    disable_notification: true,
    ...(slot.threadId === null ? {} : { message_thread_id: slot.threadId }),
    ...(slot.replyTo === null
      ? {}
      : { reply_parameters: { message_id: slot.replyTo, allow_sending_without_reply: true } }),
  });
  // The new one stands there: if the old one cannot be deleted, it only stands still.
  if (slot.replaces) await erase(api, slot.chatId, slot.replaces).catch(() => false);
  return {
    messageId: message.message_id,
    // Its topic is closed or gone: it went to the chat itself.
    hasLeftThread: slot.threadId !== null && message.message_thread_id !== slot.threadId,
  };
};

/** Has a message show a drawing, or takes it away. @returns what has become of it @throws what Telegram says */
export const put = async (api: Api, slot: Slot, drawing: Drawing): Promise<News> => {
  if (drawing.erase && (slot.messageId === null || (await erase(api, slot.chatId, slot.messageId)))) return {};
  return send(api, slot, drawing);
};
