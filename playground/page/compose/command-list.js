import { byId, closestTo, el, holds } from '../dom/dom.js';

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {string} note
 * @property {() => void} choose
 * @property {() => void} [complete]
 */

/** @type {(entry: Entry, index: number) => HTMLElement} */
const option = ({ name, note }, index) =>
  el(
    'li',
    { role: 'option', id: `command-${index}`, 'data-index': index, 'data-tall': note.includes('\n') },
    el('span', { class: 'option-name' }, name),
    el('span', { class: 'option-note' }, note),
  );

/**
 * A click on an entry chooses it, one elsewhere closes the list.
 * @type {(parts: { panel: HTMLElement, list: HTMLElement, isOurs: (target: EventTarget | null) => boolean }, close: () => void, choose: (index: number) => void) => void}
 */
const listenToPointer = ({ panel, list, isOurs }, close, choose) => {
  // Not `click`: the box would lose the focus first.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const touched = closestTo(event.target, '[data-index]');
    if (touched) choose(Number(touched.dataset['index']));
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!panel.hidden && !holds(panel, target) && !isOurs(target)) close();
  });
};

/**
 * The list above the message box, one of it marked; the focus stays in the box.
 * @param {HTMLElement} box
 */
export const createCommandList = (box) => {
  const panel = byId('menu');
  const list = byId('menu-list');
  const button = byId('menu-button');
  /** @type {readonly Entry[]} */
  let shown = [];
  let marked = 0;

  /** @param {number} index */
  const mark = (index) => {
    marked = (index + shown.length) % shown.length;
    for (const [at, child] of [...list.children].entries()) child.setAttribute('aria-selected', String(at === marked));
    box.setAttribute('aria-activedescendant', `command-${marked}`);
    list.children[marked]?.scrollIntoView({ block: 'nearest' });
  };

  const close = () => {
    panel.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  };

  /** @param {number} index */
  const choose = (index) => {
    close();
    shown[index]?.choose();
  };

  /** @type {(leave: () => void) => Readonly<Record<string, () => void>>} */
  const acts = (leave) => ({
    ArrowDown: () => mark(marked + 1),
    ArrowUp: () => mark(marked - 1),
    Enter: () => choose(marked),
    Tab: () => shown[marked]?.complete?.(),
    Escape: () => {
      leave();
      close();
    },
  });

  listenToPointer({ panel, list, isOurs: (target) => target === box || holds(button, target) }, close, choose);

  return {
    isOpen: () => !panel.hidden,
    /** @type {(entries: readonly Entry[], label: string) => void} with at least one entry, and what they are */
    open: (entries, label) => {
      shown = entries;
      list.setAttribute('aria-label', label);
      list.replaceChildren(...shown.map(option));
      panel.hidden = false;
      button.setAttribute('aria-expanded', 'true');
      mark(0);
    },
    close,
    /**
     * Keys that belong to the open list.
     * @param {KeyboardEvent} event
     * @param {() => void} leave what Escape does besides
     * @returns true if the key was one
     */
    onKey: (event, leave) => {
      const act = event.shiftKey ? undefined : acts(leave)[event.key];
      if (panel.hidden || event.isComposing || !act) return false;
      event.preventDefault();
      event.stopPropagation();
      act();
      return true;
    },
  };
};
