/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { Draft } from '../compose/composer.js'
 * @import { Model } from '../state/model.js'
 * @import { Screen } from './screen.js'
 */
import { showFailure } from '../dom/overlay.js';
import { sendMessage, uploadFile } from '../state/api.js';
import { go, routeTo } from '../state/route.js';

/**
 * What the person at the screen sends.
 * @param {Model} model
 * @param {Screen} screen
 */
export const createSending = (model, screen) => {
  /**
   * @type {(chatId: number, text: string, replyTo?: PageMessage) => Promise<boolean>} false if it could not be sent; that
   *   was said
   */
  const sendTo = async (chatId, text, replyTo) => {
    const reply = { replyTo: replyTo?.message_id, threadId: replyTo?.message_thread_id };
    try {
      await sendMessage({ userId: screen.userId(), chatId, text, ...reply });
      return true;
    } catch (error) {
      showFailure(error);
      return false;
    }
  };

  /** @type {(chatId: number, draft: Draft) => Promise<boolean>} */
  const sendFiles = async (chatId, { text, files }) => {
    const userId = screen.userId();
    try {
      for (const [index, file] of files.entries()) await uploadFile(userId, chatId, file, index === 0 ? text : '');
      return true;
    } catch (error) {
      showFailure(error);
      return false;
    }
  };

  return {
    /** @type {(draft: Draft) => Promise<boolean>} */
    sendDraft: async (draft) => {
      const chatId = screen.chatId();
      if (chatId === undefined) return false;
      return draft.files.length > 0 ? sendFiles(chatId, draft) : sendTo(chatId, draft.text, draft.replyTo);
    },
    /**
     * In a group a command from the menu says which bot it is for, as Telegram does.
     * @param {string} command
     */
    sendCommand: (command) => {
      const chatId = screen.chatId();
      if (chatId === undefined) return;
      const isPlain = screen.chat()?.type === 'private' || command.includes('@');
      void sendTo(chatId, isPlain ? command : `${command}@${model.bot().username}`);
    },
    /** @param {string} parameter of a deep link to the bot */
    openStart: (parameter) => {
      const userId = screen.userId();
      go(routeTo(userId, userId));
      void sendTo(userId, parameter ? `/start ${parameter}` : '/start');
    },
  };
};
