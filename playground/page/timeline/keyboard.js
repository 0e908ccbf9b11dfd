/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { ButtonJson } from '../../telegram/wire.ts'
 * @import { Attributes } from '../dom/dom.js'
 * @import { IconName } from '../dom/icons.js'
 */
import { el } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { outward, safeUrl } from './links.js';

const STYLES = ['danger', 'success', 'primary'];

/** @typedef {(data: string) => boolean} IsPending */

/** @param {IconName} name */
const corner = (name) => el('span', { class: 'key-corner' }, icon(name));

/**
 * What a button is for: its attributes, and a sign in the corner if it does something else than talk to the bot.
 * @param {ButtonJson} button
 * @param {IsPending} isPending
 * @returns {{ attributes: Attributes, sign?: IconName }}
 */
const purpose = (button, isPending) => {
  if (button.disabled) return { attributes: { disabled: true } };
  if (button.callback_data !== undefined) {
    const pending = isPending(button.callback_data);
    return { attributes: { 'data-act': 'press', 'data-pending': pending, 'aria-busy': pending && 'true' } };
  }
  if (button.copy_text) return { attributes: { 'data-act': 'copy', title: button.copy_text.text }, sign: 'copy' };
  if (button.switch_inline_query_current_chat !== undefined || button.switch_inline_query !== undefined)
    return { attributes: { 'data-act': 'inline' }, sign: 'search' };
  return { attributes: { disabled: true, title: 'This kind of button does not work in the playground' } };
};

/** @type {(button: ButtonJson, place: string, isPending: IsPending) => HTMLElement} */
const renderKey = (button, place, isPending) => {
  const style = STYLES.find((one) => one === button.style);
  const label = el('span', { class: 'key-label' }, button.text);
  if (button.url !== undefined) {
    const href = safeUrl(button.url);
    if (href)
      return el(
        'a',
        { class: 'key', 'data-style': style, 'data-act': 'open', ...outward(href) },
        label,
        corner('link'),
      );
  }
  const { sign, attributes } = purpose(button, isPending);
  return el(
    'button',
    { type: 'button', class: 'key', 'data-style': style, 'data-place': place, ...attributes },
    label,
    sign && corner(sign),
    el('span', { class: 'spinner', 'aria-hidden': 'true' }),
  );
};

/**
 * The buttons under a message.
 * @param {PageMessage} message
 * @param {IsPending} isPending
 * @returns undefined if there are none
 */
export const renderKeyboard = (message, isPending) => {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (rows.every((row) => row.length === 0)) return undefined;
  return el(
    'div',
    { class: 'keyboard', 'data-kind': 'keyboard', role: 'group', 'aria-label': 'Buttons of this message' },
    rows.map(
      (row, rowIndex) =>
        row.length > 0 &&
        el(
          'div',
          { class: 'key-row' },
          row.map((button, column) => renderKey(button, `${rowIndex}.${column}`, isPending)),
        ),
    ),
  );
};

/**
 * The button that a pressed element stands for.
 * @param {PageMessage} message
 * @param {HTMLElement} element
 */
export const buttonAt = (message, element) => {
  const [row = -1, column = -1] = (element.dataset['place'] ?? '').split('.').map(Number);
  return message.reply_markup?.inline_keyboard[row]?.[column];
};
