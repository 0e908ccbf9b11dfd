import { pressButton, deleteMessage } from '../state/api.js';
import { copyText } from '../dom/clipboard.js';
import { byId } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { buttonAt } from './keyboard.js';
import { startParameter } from './links.js';
import { showAlert, showMenu, toast } from '../dom/overlay.js';

/** Telegram gives up on a bot that does not answer a button; so does the spinner. */
const ANSWER_LIMIT_MS = 15_000;

const copy = async (text) => toast((await copyText(text)) ? 'Copied' : 'The browser did not allow copying');

/** What happens when something inside a message is touched: one listener for all of them. */
export const createMessageActions = ({ model, view, composer, timeline, redraw, sendText, openStart }) => {
  /** callback query id → ends the waiting. */
  const waiting = new Map();
  /** Answers that came before the request that asked for them had ended. */
  const early = new Map();

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

  const press = async (message, button) => {
    const { userId, chatId } = view();
    const { message_id: messageId } = message;
    if (model.isPending(chatId, messageId, button.callback_data)) return;
    const end = model.startPending(chatId, messageId, button.callback_data);
    const finish = () => {
      clearTimeout(timer);
      end();
      redraw(chatId, messageId);
    };
    const timer = setTimeout(finish, ANSWER_LIMIT_MS);
    redraw(chatId, messageId);
    try {
      const { callbackQueryId } = await pressButton({ userId, chatId, messageId, data: button.callback_data });
      if (early.delete(callbackQueryId)) finish();
      else waiting.set(callbackQueryId, finish);
    } catch (error) {
      finish();
      toast(error.message);
    }
  };

  const remove = async (message) => {
    const { userId, chatId } = view();
    try {
      await deleteMessage(userId, chatId, message.message_id);
    } catch (error) {
      toast(error.message);
    }
  };

  const openMenu = (message, place, from) => {
    const text = message.text ?? message.caption;
    showMenu(
      [
        { label: 'Reply', icon: icon('reply'), run: () => composer.setReply(message) },
        text && { label: 'Copy text', icon: icon('copy'), run: () => copy(text) },
        { label: 'Delete', icon: icon('trash'), isDanger: true, run: () => remove(message) },
      ].filter(Boolean),
      place,
      from,
    );
  };

  const revealSpoiler = (target) => {
    target.setAttribute('data-revealed', '');
    for (const name of ['role', 'tabindex', 'aria-label']) target.removeAttribute(name);
  };

  const toggleQuote = (target) => {
    const isOpen = target.parentElement.toggleAttribute('data-open');
    target.setAttribute('aria-expanded', String(isOpen));
  };

  const acts = {
    press: (target, message) => press(message, buttonAt(message, target.dataset.place)),
    copy: (target, message) => copy(buttonAt(message, target.dataset.place).copy_text.text),
    inline: (target, message) => {
      const button = buttonAt(message, target.dataset.place);
      const query = button.switch_inline_query_current_chat ?? button.switch_inline_query ?? '';
      composer.setText(`@${model.bot().username} ${query}`);
    },
    command: (target) => sendText(target.dataset.command),
    reveal: revealSpoiler,
    expand: toggleQuote,
    'copy-code': (target) => copy(target.textContent),
    'copy-pre': (target) => copy(target.closest('.pre').querySelector('code').textContent),
    jump: (target) => timeline.reveal(target.dataset.target) || toast('That message is not here any more'),
    more: (target, message) => {
      const { right, bottom } = target.getBoundingClientRect();
      openMenu(message, { x: right - 150, y: bottom + 4 }, target);
    },
  };

  const messageOf = (target) => {
    const id = target.closest('[data-message]')?.dataset.message;
    return id === undefined ? undefined : model.message(view().chatId, Number(id));
  };

  /** Deep links to this bot stay on the page. */
  const catchDeepLink = (event) => {
    const link = event.target.closest('a[href]');
    const start = link && startParameter(link.href, model.bot().username);
    if (start === undefined || start === null) return false;
    event.preventDefault();
    openStart(start);
    return true;
  };

  const openMenuAt = (event) => {
    const message = event.target.closest('.bubble') && messageOf(event.target);
    if (!message) return false;
    openMenu(message, { x: event.clientX, y: event.clientY }, event.target.closest('[data-message]'));
    return true;
  };

  const list = byId('messages');
  list.addEventListener('click', (event) => {
    if (catchDeepLink(event)) return;
    const isMarking = String(getSelection()).length > 0;
    const target = event.target.closest('[data-act]');
    if (target) {
      const message = messageOf(target);
      // Text that is being marked inside a code is not a tap on it.
      if (message && !(target.dataset.act === 'copy-code' && isMarking)) acts[target.dataset.act]?.(target, message);
    } else if (event.pointerType === 'touch' && !isMarking && !event.target.closest('a')) openMenuAt(event);
  });
  list.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    if (event.target.dataset?.act !== 'reveal') return;
    event.preventDefault();
    revealSpoiler(event.target);
  });
  list.addEventListener('contextmenu', (event) => {
    if (event.target.closest('a') || String(getSelection()).length > 0) return;
    if (openMenuAt(event)) event.preventDefault();
  });
  list.addEventListener('dblclick', (event) => {
    const message =
      event.target.closest('.message') && !event.target.closest('.bubble, .keyboard') && messageOf(event.target);
    if (message) composer.setReply(message);
  });

  return {
    /** An answer to a button came; `isMine`: of the person at the screen. */
    onAnswer: (answer, isMine) => {
      const finish = waiting.get(answer.callbackQueryId);
      if (finish) {
        waiting.delete(answer.callbackQueryId);
        finish();
      } else {
        early.set(answer.callbackQueryId, true);
        if (early.size > 100) early.delete(early.keys().next().value);
      }
      if (isMine) showAnswer(answer);
    },
  };
};
