import { el } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { outward, safeUrl } from './links.js';

const STYLES = new Set(['danger', 'success', 'primary']);

const corner = (name) => el('span', { class: 'key-corner' }, icon(name));

/** What a button is for: its attributes, and a sign in the corner if it does something else than talk to the bot. */
const purpose = (button, isPending) => {
  if (button.disabled) return { disabled: true };
  if (button.callback_data !== undefined) {
    const pending = isPending(button.callback_data);
    return { 'data-act': 'press', 'data-pending': pending, 'aria-busy': pending && 'true' };
  }
  if (button.copy_text) return { 'data-act': 'copy', title: button.copy_text.text, sign: 'copy' };
  if (button.switch_inline_query_current_chat !== undefined || button.switch_inline_query !== undefined)
    return { 'data-act': 'inline', sign: 'search' };
  return { disabled: true, title: 'This kind of button does not work in the playground' };
};

const renderKey = (button, place, isPending) => {
  const style = STYLES.has(button.style) ? button.style : undefined;
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
  const { sign, ...attributes } = purpose(button, isPending);
  return el(
    'button',
    { type: 'button', class: 'key', 'data-style': style, 'data-place': place, ...attributes },
    label,
    sign && corner(sign),
    el('span', { class: 'spinner', 'aria-hidden': 'true' }),
  );
};

/** The buttons under a message. @returns undefined if there are none */
export const renderKeyboard = (message, isPending) => {
  const rows = message.reply_markup?.inline_keyboard?.filter((row) => row.length > 0) ?? [];
  if (rows.length === 0) return undefined;
  return el(
    'div',
    { class: 'keyboard', 'data-kind': 'keyboard', role: 'group', 'aria-label': 'Buttons of this message' },
    message.reply_markup.inline_keyboard.map(
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

/** The button that a pressed element stands for. */
export const buttonAt = (message, place) => {
  const [row, column] = String(place).split('.').map(Number);
  return message.reply_markup?.inline_keyboard?.[row]?.[column];
};
