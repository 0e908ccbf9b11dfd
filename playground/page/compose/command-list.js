/** @import { CommandJson } from '../../telegram/wire.ts' */
import { byId, closestTo, el, holds } from '../dom/dom.js';

/** @type {(command: CommandJson, index: number) => HTMLElement} */
const option = ({ command, description }, index) =>
  el(
    'li',
    { role: 'option', id: `command-${index}`, 'data-index': index },
    el('span', { class: 'option-name' }, `/${command}`),
    el('span', { class: 'option-note' }, description),
  );

/**
 * The list of commands above the message box, one of them marked; the focus stays in the box.
 * @param {HTMLElement} box
 * @param {(command: string) => void} onChoose a command was clicked
 */
export const createCommandList = (box, onChoose) => {
  const panel = byId('menu');
  const list = byId('menu-list');
  const button = byId('menu-button');
  /** @type {readonly CommandJson[]} */
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

  // Not `click`: the box would lose the focus first.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const touched = closestTo(event.target, '[data-index]');
    const command = touched && shown[Number(touched.dataset['index'])];
    if (command) onChoose(command.command);
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!panel.hidden && !holds(panel, target) && target !== box && !holds(button, target)) close();
  });

  return {
    isOpen: () => !panel.hidden,
    /** @param {readonly CommandJson[]} commands at least one */
    open: (commands) => {
      shown = commands;
      list.replaceChildren(...shown.map(option));
      panel.hidden = false;
      button.setAttribute('aria-expanded', 'true');
      mark(0);
    },
    close,
    /** @param {1 | -1} by */
    step: (by) => mark(marked + by),
    marked: () => shown[marked]?.command ?? '',
  };
};
