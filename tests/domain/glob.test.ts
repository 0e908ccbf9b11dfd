import { describe, expect, test } from 'vitest';
import { createGlob, escapeGlob } from '../../src/domain/files/glob.ts';
import { chosen, sampleListing } from './sample-listing.ts';

describe('patterns', () => {
  // Compared with fnmatch.fnmatchcase of Python 3.11.
  const cases: [string, string, boolean][] = [
    ['*', 'a/b', true],
    ['*.json', 'a/b.json', true],
    ['*.json', 'a.jsonl', false],
    ['onnx/', 'onnx/a/b', true],
    ['onnx/', 'onnx', false],
    ['onnx', 'onnx/a', false],
    ['a?c', 'a/c', true],
    ['a?c', 'ac', false],
    ['[ab].txt', 'b.txt', true],
    ['[!ab].txt', 'b.txt', false],
    ['[!ab].txt', 'c.txt', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[c-a]x', 'bx', false],
    ['[]]x', ']x', true],
    ['[!]]x', ']x', false],
    ['[a-]x', '-x', true],
    ['[ab', '[ab', true],
    ['a[', 'a[', true],
    ['[[a]', '[', true],
    ['A*', 'a', false],
    ['a.c', 'abc', false],
    ['a**c', 'axxc', true],
    ['*a*b', 'xxaxxb', true],
    ['*a*b', 'xxaxxbx', false],
    ['ab*ba', 'aba', false],
    ['*aab*', 'xaaaabx', true],
    ['*a?a*c', 'abbaxac', true],
    ['*?*?*', 'a', false],
    ['*?*?*', 'ab', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '😀', true],
    ['*?*', '😀', true],
    ['*[😀-😂]?', 'a😁b', true],
  ];
  test.each(cases)('%j and %j: %s', (pattern, text, expected) => {
    expect(createGlob(pattern)(text)).toBe(expected);
  });

  test('an escaped text matches itself only', () => {
    for (const text of ['a*b', 'a?[x]', '[!a]', 'a]b']) {
      expect(createGlob(escapeGlob(text))(text)).toBe(true);
      expect(createGlob(escapeGlob(text))('axb')).toBe(false);
    }
  });

  test('a pattern longer than a machine word finds what lies across its border', () => {
    const places = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(3);
    expect(createGlob(`*${places}*`)(`xx${places}yy`)).toBe(true);
    expect(createGlob(`*${places}*`)(`xx${places.slice(0, -1)}yy`)).toBe(false);
    expect(createGlob(`*${places.replaceAll('g', '?')}*`)(`xx${places}yy`)).toBe(true);
  });

  test('a pattern of many stars against a long path comes to an end', () => {
    expect(createGlob('*a'.repeat(400))('a'.repeat(900))).toBe(true);
    expect(createGlob(`${'*a'.repeat(400)}b`)('a'.repeat(900))).toBe(false);
  });

  // Tried again from every star, these would take hours.
  test.each([
    ['stars and question marks', 20_000, `${'*?a'.repeat(623)}*?`],
    ['many pieces', 20_000, `${'*a?'.repeat(300)}*b`],
    ['one long piece', 4000, `*${'a?'.repeat(450)}b*`],
  ])('hundreds of characters of %s against %i long paths come to an end', (_, length, pattern) => {
    const isMeant = createGlob(pattern);
    const paths = Array.from({ length }, (__, number) => `${'a/'.repeat(480)}${number}.txt`);
    expect(paths.filter(isMeant)).toEqual([]);
  });

  test('twenty of them that leave files out of a long list come to an end, alone and beside some that let in', () => {
    const listing = sampleListing(Array.from({ length: 1000 }, (_, number) => `${'a/'.repeat(480)}${number}.txt`));
    const exclude = Array.from({ length: 20 }, (_, number) => `${'*?a'.repeat(30)}*${number}b`);
    expect(chosen(listing, { exclude, quantize: 'all' })).toHaveLength(1000);
    expect(
      chosen(listing, { exclude: [...exclude.slice(1), '*7.txt'], include: [...exclude.slice(1), '*a/?.txt'] }),
    ).toHaveLength(9);
  });
});
