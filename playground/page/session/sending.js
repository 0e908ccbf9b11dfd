/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { Draft } from '../compose/composer.js'
 * @import { Model } from '../state/model.js'
 * @import { Screen } from './screen.js'
 */
import { showFailure, toast } from '../dom/overlay.js';
import { sendMessage, uploadFile } from '../state/api.js';
import { go, routeTo } from '../state/route.js';
import { CAPTION_MOST, pieces } from '../words/pieces.js';

/** @param {PageMessage | undefined} replyTo */
const placeOf = (replyTo) => ({ replyTo: replyTo?.message_id, threadId: replyTo?.message_thread_id });

/**
 * Sends one after the other; that one could not be sent is said.
 * @template What
 * @param {readonly What[]} all
 * @param {(one: What, index: number) => Promise<unknown>} send
 * @returns those that were not sent
 */
const inOrder = async (all, send) => {
  for (const [index, one] of all.entries()) {
    try {
      await send(one, index);
    } catch (error) {
      showFailure(error);
      return all.slice(index);
    }
  }
  return [];
};

/** @type {(userId: number, chatId: number, draft: Omit<Draft, 'files'>) => Promise<Draft | undefined>} what was not sent */
const sendText = async (userId, chatId, { text, replyTo }) => {
  const unsent = await inOrder(pieces(text), (piece, index) =>
    sendMessage({ userId, chatId, text: piece, ...placeOf(index === 0 ? replyTo : undefined) }),
  );
  return unsent.length > 0 ? { text: unsent.join('\n'), files: [], replyTo } : undefined;
};

/** @type {(user: number, chat: number, draft: Draft) => Promise<Draft | undefined>} what was not sent */
const sendFiles = async (user, chat, draft) => {
  const { text, files, replyTo } = draft;
  if (text.length > CAPTION_MOST) {
    toast('The text of a file has at most 1,024 characters');
    return draft;
  }
  const album = files.length > 1 ? Date.now() : undefined;
  const unsent = await inOrder(files, (file, index) =>
    uploadFile(file, { user, chat, caption: index === 0 ? text : '', album, ...placeOf(replyTo) }),
  );
  if (unsent.length === 0) return undefined;
  return { text: unsent.length === files.length ? text : '', files: unsent, replyTo };
};

/**
 * What the person at the screen sends.
 * @param {Model} model
 * @param {Screen} screen
 */
export const createSending = (model, screen) => ({
  /** @type {(draft: Draft) => Promise<Draft | undefined>} what of it could not be sent */
  sendDraft: async (draft) => {
    const chatId = screen.chatId();
    if (chatId === undefined) return draft;
    const send = draft.files.length > 0 ? sendFiles : sendText;
    return send(screen.userId(), chatId, draft);
  },
  /**
   * In a group a command from the menu says which bot it is for, as Telegram does.
   * @param {string} command
   */
  sendCommand: (command) => {
    const chatId = screen.chatId();
    if (chatId === undefined) return;
    const isPlain = screen.chat()?.type === 'private' || command.includes('@');
    const text = isPlain ? command : `${command}@${model.bot().username}`;
    void sendText(screen.userId(), chatId, { text, replyTo: undefined });
  },
  /** @param {string} parameter of a deep link to the bot */
  openStart: (parameter) => {
    const userId = screen.userId();
    go(routeTo(userId, userId));
    void sendText(userId, userId, { text: parameter ? `/start ${parameter}` : '/start', replyTo: undefined });
  },
});
