/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { Composer } from '../compose/composer.js'
 * @import { Model } from '../state/model.js'
 * @import { Place } from './presses.js'
 * @import { Timeline } from './timeline.js'
 */
import { copyText } from '../dom/clipboard.js';
import { closestTo } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { showFailure, showMenu, toast } from '../dom/overlay.js';
import { deleteMessage } from '../state/api.js';
import { buttonAt } from './keyboard.js';
import { startParameter } from './links.js';
import { createPresses } from './presses.js';
import { listenToMessages } from './touches.js';

/** @param {string | null | undefined} text */
const copy = async (text) => toast((await copyText(text ?? '')) ? 'Copied' : 'The browser did not allow copying');

/** @param {HTMLElement} target */
const revealSpoiler = (target) => {
  target.setAttribute('data-revealed', '');
  for (const name of ['role', 'tabindex', 'aria-label']) target.removeAttribute(name);
};

/** @param {HTMLElement} target */
const toggleQuote = (target) => {
  const isOpen = target.parentElement?.toggleAttribute('data-open');
  target.setAttribute('aria-expanded', String(isOpen));
};

/**
 * @typedef {object} ActionParts
 * @property {Model} model
 * @property {() => Place | undefined} place who looks at which chat
 * @property {Composer} composer
 * @property {Timeline} timeline
 * @property {(chatId: number, messageId: number) => void} redraw
 * @property {(text: string) => void} sendText
 * @property {(parameter: string) => void} openStart
 */

/**
 * What can be done with a message as a whole.
 * @param {ActionParts} parts
 * @returns {(message: PageMessage, at: { x: number, y: number }, from: HTMLElement | undefined) => void}
 */
const createMenu =
  ({ place, composer }) =>
  (message, at, from) => {
    const text = message.text ?? message.caption;
    const remove = () => {
      const here = place();
      if (here) deleteMessage(here.userId, here.chatId, message.message_id).catch(showFailure);
    };
    const items = [
      { label: 'Reply', icon: icon('reply'), run: () => composer.setReply(message) },
      ...(text ? [{ label: 'Copy text', icon: icon('copy'), run: () => void copy(text) }] : []),
      { label: 'Delete', icon: icon('trash'), isDanger: true, run: remove },
    ];
    showMenu(items, at, from);
  };

/**
 * What happens when something inside a message is touched.
 * @param {ActionParts} parts
 */
export const createActions = (parts) => {
  const { model, place, composer, timeline, sendText, openStart } = parts;
  const { press, onAnswer } = createPresses(parts);
  const openMenu = createMenu(parts);

  /** @type {Readonly<Record<string, (target: HTMLElement, message: PageMessage, here: Place) => unknown>>} */
  const acts = {
    press: (target, message, here) => {
      const data = buttonAt(message, target)?.callback_data;
      return data === undefined ? undefined : press(here, message, data);
    },
    copy: (target, message) => copy(buttonAt(message, target)?.copy_text?.text),
    inline: (target, message) => {
      const button = buttonAt(message, target);
      const query = button?.switch_inline_query_current_chat ?? button?.switch_inline_query ?? '';
      composer.setText(`@${model.bot().username} ${query}`);
    },
    command: (target) => sendText(target.dataset['command'] ?? ''),
    reveal: revealSpoiler,
    expand: toggleQuote,
    'copy-code': (target) => copy(target.textContent),
    'copy-pre': (target) => copy(closestTo(target, '.pre')?.querySelector('code')?.textContent),
    jump: (target) => timeline.reveal(Number(target.dataset['target'])) || toast('That message is not here any more'),
    more: (target, message) => {
      const { right, bottom } = target.getBoundingClientRect();
      openMenu(message, { x: right - 150, y: bottom + 4 }, target);
    },
  };

  /** @param {HTMLElement} target */
  const messageOf = (target) => {
    const id = closestTo(target, '[data-message]')?.dataset['message'];
    const here = place();
    return id === undefined || !here ? undefined : model.message(here.chatId, Number(id));
  };

  listenToMessages({
    // Deep links to this bot stay on the page.
    link: (href) => {
      const start = startParameter(href, model.bot().username);
      if (start !== undefined) openStart(start);
      return start !== undefined;
    },
    act: (target) => {
      const [message, here] = [messageOf(target), place()];
      if (message && here) acts[target.dataset['act'] ?? '']?.(target, message, here);
    },
    menu: (target, at) => {
      const message = messageOf(target);
      if (message) openMenu(message, at, closestTo(target, '[data-message]'));
      return message !== undefined;
    },
    reply: (target) => {
      const message = messageOf(target);
      if (message) composer.setReply(message);
    },
  });

  return { onAnswer };
};
