let graphemes: Intl.Segmenter | undefined;

/** Made when first needed: that reads tables for some milliseconds, which the start of the program has not. */
const graphemesIn = (text: string): Intl.Segments => {
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return graphemes.segment(text);
};

/**
 * Where to cut a text so that `most` UTF-16 units of it stay at most, and no character that people see as one is cut:
 * no emoji of several, no letter with its accents.
 * @returns how many units stay
 */
export const cutBefore = (text: string, most: number): number => {
  if (text.length <= most) return text.length;
  // Whether a cut is right is decided by what stands before it and by the one code point behind it.
  const start = graphemesIn(text.slice(0, most + 2)).containing(most)?.index ?? most;
  if (start > 0) return start;
  // One that is longer than the room (a letter with a hundred accents): better a piece of it than nothing.
  return /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most;
};

/**
 * Cuts foreign text for a place where little room is, with `…` in place of what is missing.
 * @param limit in UTF-16 units, as Telegram counts, the `…` included
 */
export const shorten = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, cutBefore(text, limit - 1))}…`;

/** The same for sentences: cut behind a word, unless that is too long to be one. @param limit as above */
export const shortenToWord = (text: string, limit: number): string => {
  if (text.length <= limit) return text;
  const cut = text.slice(0, cutBefore(text, limit - 1));
  const isWhole = /^\s/u.test(text.slice(cut.length));
  const words = isWhole ? cut : cut.replace(/\s+\S{0,30}$/u, '');
  return `${words.trimEnd()} …`.length <= limit ? `${words.trimEnd()} …` : `${words.trimEnd()}…`;
};
