import { expect, test } from 'vitest';
import { formatDuration } from '../../src/lib/text/duration.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5, '0 s'],
  [0, '0 s'],
  [499, '0 s'],
  [500, '1 s'],
  [41 * SECOND, '41 s'],
  [59_400, '59 s'],
  [59_600, '1 min 00 s'],
  [3 * MINUTE + 5 * SECOND, '3 min 05 s'],
  [59 * MINUTE + 59 * SECOND, '59 min 59 s'],
  [HOUR - 1, '1 h 00 min'],
  [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
  [HOUR + 59 * MINUTE + 40 * SECOND, '2 h 00 min'],
  [47 * HOUR + 59 * MINUTE, '47 h 59 min'],
  [2 * DAY, '2 d 0 h'],
  [3 * DAY + 4 * HOUR, '3 d 4 h'],
  [3 * DAY - 15 * MINUTE, '3 d 0 h'],
  [3 * DAY - 45 * MINUTE, '2 d 23 h'],
])('%d ms read %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

/** Seconds that a formatted duration stands for. */
const secondsOf = (text: string): number => {
  const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
  return [...text.matchAll(/(\d+) (s|min|h|d)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
};

test('a longer time never reads as a shorter one', () => {
  const read = Array.from({ length: (5 * DAY) / SECOND / 7 }, (_, step) =>
    secondsOf(formatDuration(step * 7 * SECOND)),
  );
  expect(read.filter((seconds, at) => seconds < (read[at - 1] ?? 0))).toEqual([]);
});
