import { expect, it } from 'vitest';
import { createAttempts } from '../../src/people/attempts.ts';
import { createTestClock } from '../helpers/clock.ts';

const EVE = 1;
const BOB = 2;

it('who has missed five times within an hour has to wait until it is over, and nobody else does', () => {
  const clock = createTestClock();
  const attempts = createAttempts(clock);
  const heard = Array.from({ length: 7 }, () => {
    const isHeard = !attempts.isTooMany(EVE);
    if (isHeard) attempts.miss(EVE);
    return isHeard;
  });
  expect(heard).toEqual([true, true, true, true, true, false, false]);
  expect(attempts.isTooMany(BOB)).toBe(false);
  clock.pass(3_600_000 - 1);
  expect(attempts.isTooMany(EVE)).toBe(true);
  clock.pass(1);
  expect(attempts.isTooMany(EVE)).toBe(false);
});
