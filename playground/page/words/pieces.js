/** What a message takes, and what a file's caption does (Bot API, sendMessage and sendDocument); in units, of which a character has one or two. */
const MESSAGE_MOST = 4096;
export const CAPTION_MOST = 1024;

/**
 * Where a text that is too long is cut: before a line, else before a word, else anywhere but within a character.
 * @param {string} text
 */
const endOfPiece = (text) => {
  const longest = text.slice(0, MESSAGE_MOST);
  const at = ['\n', ' '].map((mark) => longest.lastIndexOf(mark)).find((place) => place > MESSAGE_MOST / 2);
  return at ?? (longest.isWellFormed() ? MESSAGE_MOST : MESSAGE_MOST - 1);
};

/**
 * A text as the messages that Telegram's apps make of it.
 * @param {string} text
 * @returns {readonly string[]} each with something in it
 */
export const pieces = (text) => {
  /** @type {string[]} */
  const cut = [];
  let rest = text.trim();
  while (rest.length > MESSAGE_MOST) {
    const end = endOfPiece(rest);
    cut.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? cut : [...cut, rest];
};
