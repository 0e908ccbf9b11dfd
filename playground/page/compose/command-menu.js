/** @import { CommandJson } from '../../telegram/wire.ts' */
import { byId } from '../dom/dom.js';
import { createCommandList } from './command-list.js';

/**
 * `/pre` while it is being typed: a slash and letters, nothing behind it.
 * @param {string} text
 */
const beingTyped = (text) => /^\/([a-z0-9_]{0,32})$/i.exec(text)?.[1]?.toLowerCase();

/**
 * The list of the bot's commands. It opens by its button and while a command is typed; arrow keys move the mark, Enter sends,
 * Tab completes, Escape closes.
 * @param {HTMLTextAreaElement} box
 * @param {{ choose: (command: string) => void, complete: (command: string) => void }} on
 */
export const createCommandMenu = (box, on) => {
  const button = byId('menu-button');
  /** @type {readonly CommandJson[]} */
  let commands = [];
  /** @type {string | undefined} */
  let dismissed;

  /** @param {string} command */
  const choose = (command) => {
    list.close();
    on.choose(command);
  };
  const list = createCommandList(box, choose);

  const follow = () => {
    const typed = beingTyped(box.value);
    if (typed === undefined) dismissed = undefined;
    const matching = typed === undefined ? [] : commands.filter(({ command }) => command.startsWith(typed));
    if (matching.length === 0 || dismissed === box.value) list.close();
    else list.open(matching);
  };

  /** @type {Readonly<Record<string, () => void>>} */
  const acts = {
    ArrowDown: () => list.step(1),
    ArrowUp: () => list.step(-1),
    Enter: () => choose(list.marked()),
    Tab: () => on.complete(list.marked()),
    Escape: () => {
      dismissed = box.value;
      list.close();
    },
  };

  box.addEventListener('input', follow);
  button.addEventListener('click', () => {
    const wasOpen = list.isOpen();
    box.focus();
    if (wasOpen) list.close();
    else if (commands.length > 0) list.open(commands);
  });

  return {
    /** @param {readonly CommandJson[]} next */
    setCommands: (next) => {
      commands = next;
      button.hidden = commands.length === 0;
      if (list.isOpen() && commands.length > 0 && beingTyped(box.value) === undefined) list.open(commands);
      else follow();
    },
    follow,
    close: list.close,
    /**
     * Keys that belong to the open menu.
     * @param {KeyboardEvent} event
     * @returns true if the key was one
     */
    onKey: (event) => {
      const act = event.shiftKey ? undefined : acts[event.key];
      if (!list.isOpen() || event.isComposing || !act) return false;
      event.preventDefault();
      event.stopPropagation();
      act();
      return true;
    },
  };
};
