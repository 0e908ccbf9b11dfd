/**
 * @import { Entry } from '../compose/command-list.js'
 * @import { Model } from '../state/model.js'
 * @import { Screen } from './screen.js'
 */
import { showFailure } from '../dom/overlay.js';
import { askInline, pickInline } from '../state/api.js';

/** Nobody wants an answer to every letter. */
const PAUSE_MS = 250;

/**
 * `@bot words` in the message box asks the bot what it finds; one of it is posted in the chat on the screen.
 * @param {object} parts
 * @param {Model} parts.model
 * @param {Screen} parts.screen
 * @param {() => void} parts.posted the box has served
 * @param {(parameter: string) => void} parts.openStart
 */
export const createInline = ({ model, screen, posted, openStart }) => {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @type {(queryId: string, resultId: string) => Promise<void>} */
  const post = async (queryId, resultId) => {
    const chatId = screen.chatId();
    if (chatId === undefined) return;
    posted();
    await pickInline({ userId: screen.userId(), chatId, queryId, resultId });
  };

  /** @type {(words: string) => Promise<readonly Entry[]>} */
  const find = async (words) => {
    const { queryId, results, button } = await askInline(screen.userId(), words);
    const found = results.map(({ id, title, description }) => ({
      name: title,
      note: description,
      choose: () => void post(queryId, id).catch(showFailure),
    }));
    const open = button && { name: button.text, note: '', choose: () => openStart(button.startParameter) };
    return open ? [open, ...found] : found;
  };

  /**
   * @param {string} text
   * @returns {Promise<readonly Entry[]> | undefined} undefined if that is no inline query
   */
  return (text) => {
    clearTimeout(timer);
    const typed = /^@(\w+)\s(.*)$/.exec(text);
    if (typed?.[1]?.toLowerCase() !== model.bot().username.toLowerCase()) return undefined;
    return new Promise((resolve, reject) => {
      timer = setTimeout(() => void find(typed?.[2] ?? '').then(resolve, reject), PAUSE_MS);
    });
  };
};
