/**
 * @import { AnswerView, PageMessage } from '../../telegram/page-wire.ts'
 * @import { Model } from '../state/model.js'
 */
import { showAlert, showFailure, toast } from '../dom/overlay.js';
import { pressButton } from '../state/api.js';
import { startParameter } from './links.js';

/** Telegram gives up on a bot that does not answer a button; so does the spinner. */
const ANSWER_LIMIT_MS = 15_000;
/** Answers that nobody has asked for yet are kept up to this number. */
const MOST_EARLY = 100;

/** @typedef {{ readonly userId: number, readonly chatId: number }} Place */

/**
 * Buttons with data: pressed, waited for, answered.
 * @param {object} parts
 * @param {Model} parts.model
 * @param {(chatId: number, messageId: number) => void} parts.redraw
 * @param {(parameter: string) => void} parts.openStart
 */
export const createPresses = ({ model, redraw, openStart }) => {
  /**
   * callback query id → ends the waiting.
   * @type {Map<string, () => void>}
   */
  const waiting = new Map();
  /**
   * Answers that came before the request that asked for them had ended.
   * @type {Set<string>}
   */
  const early = new Set();

  /** @param {AnswerView} answer */
  const showAnswer = (answer) => {
    if (answer.url) {
      const start = startParameter(answer.url, model.bot().username);
      if (start !== undefined) openStart(start);
      else toast(`The bot wants to open ${answer.url}`);
    }
    if (!answer.text) return;
    if (answer.showAlert) showAlert(answer.text);
    else toast(answer.text);
  };

  return {
    /** @type {(place: Place, message: PageMessage, data: string) => Promise<void>} */
    press: async ({ userId, chatId }, { message_id: messageId }, data) => {
      if (model.isPending(chatId, messageId, data)) return;
      const end = model.startPending(chatId, messageId, data);
      const finish = () => {
        clearTimeout(timer);
        end();
        redraw(chatId, messageId);
      };
      const timer = setTimeout(finish, ANSWER_LIMIT_MS);
      redraw(chatId, messageId);
      try {
        const { callbackQueryId } = await pressButton({ userId, chatId, messageId, data });
        if (early.delete(callbackQueryId)) finish();
        else waiting.set(callbackQueryId, finish);
      } catch (error) {
        finish();
        showFailure(error);
      }
    },
    /**
     * An answer to a button came; `isMine`: of the person at the screen.
     * @type {(answer: AnswerView, isMine: boolean) => void}
     */
    onAnswer: (answer, isMine) => {
      const { callbackQueryId } = answer;
      const finish = waiting.get(callbackQueryId);
      if (finish) {
        waiting.delete(callbackQueryId);
        finish();
      } else {
        early.add(callbackQueryId);
        for (const oldest of early) if (early.size > MOST_EARLY) early.delete(oldest);
      }
      if (isMine) showAnswer(answer);
    },
  };
};
