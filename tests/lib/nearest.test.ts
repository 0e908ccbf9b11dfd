import { expect, test } from 'vitest';
import { nearest } from '../../src/lib/text/nearest.ts';

const NAMES = ['library', 'download', 'pause', 'HUBGRAM_LOG_LEVEL'];

test.each([
  ['libary', 'library'],
  ['DOWNLOAD', 'download'],
  ['dowlnoad', 'download'],
  ['puase', 'pause'],
  ['pausee', 'pause'],
  ['hubgram_loglevel', 'HUBGRAM_LOG_LEVEL'],
])('%s most likely meant %s', (word, meant) => {
  expect(nearest(word, NAMES)).toBe(meant);
});

test('nothing is near what looks like none', () => {
  expect(nearest('schedule', NAMES)).toBeUndefined();
  expect(nearest('', NAMES)).toBeUndefined();
  expect(nearest('library', [])).toBeUndefined();
});

test('the nearest of several wins', () => {
  expect(nearest('max', ['min', 'max_total', 'maxi'])).toBe('maxi');
});

test('does no work for candidates that are too long or too short to be meant', () => {
  // Letter by letter this one alone would take more memory than there is.
  expect(nearest('x'.repeat(64), ['y'.repeat(5_000_000), 'z', `${'x'.repeat(63)}y`])).toBe(`${'x'.repeat(63)}y`);
});
