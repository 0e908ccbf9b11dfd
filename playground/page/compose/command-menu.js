/**
 * @import { CommandJson } from '../../telegram/wire.ts'
 * @import { Entry } from './command-list.js'
 */
import { byId } from '../dom/dom.js';
import { createCommandList } from './command-list.js';

/**
 * @typedef {object} MenuEvents
 * @property {(command: string) => void} choose
 * @property {(command: string) => void} complete
 * @property {(text: string) => Promise<readonly Entry[]> | undefined} inline what the bot finds, if it is asked inline
 */

/**
 * `/pre` while it is being typed: a slash and letters, nothing behind it.
 * @param {string} text
 */
const beingTyped = (text) => /^\/([a-z0-9_]{0,32})$/i.exec(text)?.[1]?.toLowerCase();

/** @type {(command: CommandJson, on: Pick<MenuEvents, 'choose' | 'complete'>) => Entry} */
const entryOf = ({ command, description }, on) => ({
  name: `/${command}`,
  note: description,
  choose: () => on.choose(command),
  complete: () => on.complete(command),
});

/**
 * The list of the bot's commands. It opens by its button and while a command is typed; arrow keys move the mark, Enter sends,
 * Tab completes, Escape closes. While an inline query is typed, it is the list of what the bot finds.
 * @param {HTMLTextAreaElement} box
 * @param {MenuEvents} on
 */
export const createCommandMenu = (box, on) => {
  const button = byId('menu-button');
  /** @type {readonly CommandJson[]} */
  let commands = [];
  /** @type {string | undefined} */
  let dismissed;

  const list = createCommandList(box);
  /** @param {readonly CommandJson[]} some */
  const openCommands = (some) =>
    list.open(
      some.map((command) => entryOf(command, on)),
      'Commands',
    );

  /**
   * What is found is shown if nothing else has been typed since.
   * @param {Promise<readonly Entry[]>} finding
   */
  const followInline = async (finding) => {
    const typed = box.value;
    const entries = await finding;
    if (box.value !== typed || dismissed === typed) return;
    if (entries.length > 0) list.open(entries, 'What the bot has found');
    else list.close();
  };

  const follow = () => {
    const finding = on.inline(box.value);
    if (finding) return void followInline(finding).catch(() => list.close());
    const typed = beingTyped(box.value);
    if (typed === undefined) dismissed = undefined;
    const matching = typed === undefined ? [] : commands.filter(({ command }) => command.startsWith(typed));
    if (matching.length === 0 || dismissed === box.value) list.close();
    else openCommands(matching);
  };

  box.addEventListener('input', follow);
  button.addEventListener('click', () => {
    const wasOpen = list.isOpen();
    box.focus();
    if (wasOpen) list.close();
    else if (commands.length > 0) openCommands(commands);
  });

  return {
    /** @param {readonly CommandJson[]} next */
    setCommands: (next) => {
      commands = next;
      button.hidden = commands.length === 0;
      if (list.isOpen() && commands.length > 0 && beingTyped(box.value) === undefined) openCommands(commands);
      else follow();
    },
    follow,
    close: list.close,
    /**
     * Keys that belong to the open menu.
     * @param {KeyboardEvent} event
     */
    onKey: (event) =>
      list.onKey(event, () => {
        dismissed = box.value;
      }),
  };
};
