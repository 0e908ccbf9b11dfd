import { expect, it } from 'vitest';
import { rateText, secondsText, thousands } from '../../src/lib/text/numbers.ts';

it.each([
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
])('%i is written %s', (number, text) => {
  expect(thousands(number)).toBe(text);
});

it.each([
  [0, 'less than 0.1 s'],
  [49, 'less than 0.1 s'],
  [50, '0.1 s'],
  [2340, '2.3 s'],
  [9999, '10.0 s'],
  [10_000, '10 s'],
])('%i ms took %s', (ms, text) => {
  expect(secondsText(ms)).toBe(text);
});

it.each([
  [0.52, '0.5'],
  [9.96, '10.0'],
  [10, '10'],
  [51.6, '52'],
  [2000, '2,000'],
])('%d a second are %s', (rate, text) => {
  expect(rateText(rate)).toBe(text);
});
