import { hueOf, initials } from '../words/describe.js';
import { byId, el, elementById, holds } from './dom.js';

const TOAST_MS = 4000;
const BANNER_MS = 6000;
const MOST = 3;

/**
 * Shows `node` for a while; it stays as long as somebody has the pointer or the focus on it: where it comes up under a pointer that
 * rests, nobody has pointed at it.
 * @param {HTMLElement} stack
 * @param {HTMLElement} node
 * @param {number} durationMs
 */
const showFor = (stack, node, durationMs) => {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const remove = () => {
    clearTimeout(timer);
    node.remove();
  };
  const count = () => {
    clearTimeout(timer);
    timer = setTimeout(remove, durationMs);
  };
  for (const name of ['pointermove', 'focusin']) node.addEventListener(name, () => clearTimeout(timer));
  for (const name of ['pointerleave', 'focusout']) node.addEventListener(name, count);
  stack.append(node);
  while (stack.children.length > MOST) stack.firstElementChild?.remove();
  count();
  return remove;
};

/**
 * A short word at the lower edge: answers to buttons, "Copied", failures. Read out politely.
 * @param {string} text
 */
export const toast = (text) => {
  showFor(byId('toasts'), el('div', { class: 'toast' }, text), TOAST_MS);
};

/**
 * What did not work, in the words of whoever refused it.
 * @param {unknown} error
 */
export const showFailure = (error) => toast(error instanceof Error ? error.message : String(error));

/**
 * A message that must be read: a dialog with OK.
 * @param {string} text
 */
export const showAlert = (text) => {
  byId('alert-text').textContent = text;
  const dialog = elementById('alert', HTMLDialogElement);
  if (!dialog.open) dialog.showModal();
};

/**
 * A quiet strip for an audible message that arrives elsewhere.
 * @param {object} notice
 * @param {string} notice.title
 * @param {string | undefined} notice.to
 * @param {string} notice.line
 * @param {number} notice.chatId
 * @param {boolean} notice.isBot
 * @param {() => void} notice.onOpen
 */
export const showBanner = ({ title, to, line, chatId, isBot, onOpen }) => {
  const button = el(
    'button',
    { type: 'button', class: 'banner' },
    el(
      'span',
      { class: 'avatar small', 'data-hue': hueOf(chatId), 'data-bot': isBot, 'aria-hidden': 'true' },
      isBot ? '' : initials(title),
    ),
    el(
      'span',
      { class: 'banner-text' },
      el('strong', {}, title, to && el('span', { class: 'banner-to' }, ` to ${to}`)),
      el('span', { class: 'banner-line' }, line),
    ),
  );
  const remove = showFor(byId('banners'), button, BANNER_MS);
  button.addEventListener('click', () => {
    remove();
    onOpen();
  });
};

/**
 * Tells screen readers about a new message. Edits are not told: progress would never stop talking.
 * @param {string} text
 */
export const announce = (text) => {
  const announcer = byId('announcer');
  // The same words twice would be no change, and unread.
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
};

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {SVGElement} icon
 * @property {boolean} [isDanger]
 * @property {() => void} run
 */

/** @type {Readonly<Record<string, number>>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * A small menu at a place, for what can be done with a message. Arrow keys move, Escape closes.
 * @param {readonly MenuItem[]} items
 * @param {{ readonly x: number, readonly y: number }} place in the window
 * @param {HTMLElement | undefined} returnFocus
 */
export const showMenu = (items, place, returnFocus) => {
  const menu = byId('message-menu');
  const abort = new AbortController();
  const { signal } = abort;
  /** @param {boolean} refocus */
  const close = (refocus) => {
    if (menu.hidden) return;
    menu.hidden = true;
    abort.abort();
    if (refocus) returnFocus?.focus({ preventScroll: true });
  };
  const buttons = items.map((item) => {
    const button = el(
      'button',
      { type: 'button', role: 'menuitem', tabindex: '-1', 'data-danger': item.isDanger },
      item.icon,
      item.label,
    );
    button.addEventListener('click', () => {
      close(true);
      item.run();
    });
    return button;
  });
  menu.replaceChildren(...buttons);
  menu.hidden = false;
  const { offsetWidth, offsetHeight } = menu;
  menu.style.left = `${Math.max(8, Math.min(place.x, innerWidth - offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(place.y, innerHeight - offsetHeight - 8))}px`;
  buttons[0]?.focus();

  menu.addEventListener(
    'keydown',
    (event) => {
      const step = STEPS[event.key];
      if (step) {
        const at = buttons.findIndex((button) => button === document.activeElement);
        buttons[(at + step + buttons.length) % buttons.length]?.focus();
      } else if (event.key === 'Escape' || event.key === 'Tab') close(true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  const closeOutside = (/** @type {Event} */ event) => {
    if (!holds(menu, event.target)) close(false);
  };
  document.addEventListener('pointerdown', closeOutside, { signal, capture: true });
  addEventListener('resize', () => close(false), { signal });
  byId('timeline').addEventListener('scroll', () => close(false), { signal });
};
