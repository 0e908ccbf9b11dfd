import { describe, expect, it } from 'vitest';
import { cutBefore, shorten, shortenToWord } from '../../src/lib/text/shorten.ts';

const FAMILY = '👨‍👩‍👧‍👦';
const HAND = '👍🏽';
const KI = 'कि';

describe('a text that is shortened', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    [`${'x'.repeat(59)}😀`, 60, `${'x'.repeat(59)}…`],
    [`ab${FAMILY}cd`, 8, 'ab…'],
    [`ab${FAMILY}cd`, 14, `ab${FAMILY}…`],
    // Half of a run of flags is a run of other countries' flags.
    ['🇩🇪🇫🇷🇬🇧', 8, '🇩🇪…'],
    [`👍${HAND}`, 4, '👍…'],
    ['e\u0301e\u0301e\u0301', 4, 'e\u0301…'],
    [`${KI}${KI}`, 3, `${KI}…`],
    ['abc\r\nd', 5, 'abc…'],
  ])('%j to %i is %j: no character is cut', (text, limit, short) => {
    expect(shorten(text, limit)).toBe(short);
  });

  it('is never longer than its limit, as Telegram counts, and is always well-formed', () => {
    for (const text of ['😀'.repeat(50), FAMILY.repeat(20), `a${'\u0301'.repeat(300)}`, `${HAND}🇩🇪`.repeat(30)])
      for (let limit = 1; limit < 70; limit++) {
        const short = shorten(text, limit);
        expect(short.length).toBeLessThanOrEqual(limit);
        expect(short.isWellFormed()).toBe(true);
      }
  });

  it('keeps a piece of a character that is longer than the room', () => {
    expect(shorten(`a${'\u0301'.repeat(300)}`, 10)).toBe(`a${'\u0301'.repeat(8)}…`);
    expect(cutBefore(FAMILY, 4)).toBe(3);
  });
});

it('sentences are cut behind a word, within the limit', () => {
  const sentence = 'The Hub knows no such thing. Try again.';
  for (let limit = 8; limit < sentence.length; limit += 1) {
    const cut = shortenToWord(sentence, limit);
    expect(cut.length).toBeLessThanOrEqual(limit);
    expect(`${sentence} `.startsWith(`${cut.replace(/ ?…$/, '')} `)).toBe(true);
  }
  expect(shortenToWord(sentence, sentence.length)).toBe(sentence);
  expect(shortenToWord('a'.repeat(100), 50)).toBe(`${'a'.repeat(49)}…`);
});
