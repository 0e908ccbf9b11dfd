import { hueOf } from '../timeline/bubble.js';
import { initials } from '../words/describe.js';
import { byId, el } from './dom.js';

const TOAST_MS = 4000;
const BANNER_MS = 6000;
const MOST = 3;

/** Shows `node` for a while; it stays as long as the pointer or the focus is on it. */
const showFor = (stack, node, durationMs) => {
  let timer;
  const remove = () => {
    clearTimeout(timer);
    node.remove();
  };
  const count = () => {
    clearTimeout(timer);
    timer = setTimeout(remove, durationMs);
  };
  for (const name of ['pointerenter', 'focusin']) node.addEventListener(name, () => clearTimeout(timer));
  for (const name of ['pointerleave', 'focusout']) node.addEventListener(name, count);
  stack.append(node);
  while (stack.children.length > MOST) stack.firstChild.remove();
  count();
  return remove;
};

/** A short word at the lower edge: answers to buttons, "Copied", failures. Read out politely. */
export const toast = (text) => {
  showFor(byId('toasts'), el('div', { class: 'toast' }, text), TOAST_MS);
};

/** A message that must be read: a dialog with OK. */
export const showAlert = (text) => {
  byId('alert-text').textContent = text;
  const dialog = byId('alert');
  if (!dialog.open) dialog.showModal();
};

/**
 * A quiet strip for an audible message that arrives elsewhere.
 * @param notice {title, to, line, chatId, isBot, onOpen()}
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

/** Tells screen readers about a new message. Edits are not told: progress would never stop talking. */
export const announce = (text) => {
  const announcer = byId('announcer');
  // The same words twice would be no change, and unread.
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
};

/**
 * A small menu at a place, for what can be done with a message. Arrow keys move, Escape closes.
 * @param items [{label, icon, isDanger, run}]
 * @param place {x, y} in the window
 */
export const showMenu = (items, place, returnFocus) => {
  const menu = byId('message-menu');
  const abort = new AbortController();
  const { signal } = abort;
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
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        const at = buttons.indexOf(document.activeElement);
        buttons[(at + step + buttons.length) % buttons.length].focus();
      } else if (event.key === 'Escape' || event.key === 'Tab') close(true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  document.addEventListener('pointerdown', (event) => menu.contains(event.target) || close(false), {
    signal,
    capture: true,
  });
  addEventListener('resize', () => close(false), { signal });
  byId('timeline').addEventListener('scroll', () => close(false), { signal });
};
