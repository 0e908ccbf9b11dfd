import { byId, closestTo } from '../dom/dom.js';

/**
 * @typedef {object} Touches
 * @property {(href: string) => boolean} link true if the link stays on the page
 * @property {(target: HTMLElement) => void} act something that says in `data-act` what it does
 * @property {(target: HTMLElement, place: { x: number, y: number }) => boolean} menu false if there is none
 * @property {(target: HTMLElement) => void} reply
 */

const isMarking = () => String(getSelection()).length > 0;

/**
 * Listens to what is touched inside messages: one listener for all of them.
 * @param {Touches} on
 */
export const listenToMessages = (on) => {
  const list = byId('messages');

  /** @param {MouseEvent} event */
  const openMenuAt = ({ target, clientX: x, clientY: y }) => {
    const bubble = closestTo(target, '.bubble');
    return bubble !== undefined && on.menu(bubble, { x, y });
  };

  list.addEventListener('click', (event) => {
    const link = closestTo(event.target, 'a[href]');
    if (link instanceof HTMLAnchorElement && on.link(link.href)) return event.preventDefault();
    const touched = closestTo(event.target, '[data-act]');
    if (touched) {
      // Text that is being marked inside a code is not a tap on it.
      if (!(touched.dataset['act'] === 'copy-code' && isMarking())) on.act(touched);
    } else if (event instanceof PointerEvent && event.pointerType === 'touch' && !isMarking() && !link)
      openMenuAt(event);
  });
  list.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (key !== 'Enter' && key !== ' ') return;
    if (!(target instanceof HTMLElement) || target.getAttribute('role') !== 'button') return;
    event.preventDefault();
    on.act(target);
  });
  list.addEventListener('contextmenu', (event) => {
    if (closestTo(event.target, 'a') || isMarking()) return;
    if (openMenuAt(event)) event.preventDefault();
  });
  list.addEventListener('dblclick', ({ target }) => {
    const message = closestTo(target, '.message');
    if (message && !closestTo(target, '.bubble, .keyboard')) on.reply(message);
  });
};
