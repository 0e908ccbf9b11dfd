import { expect, it } from 'vitest';
import { createLapses } from '../../src/lib/lapse.ts';
import { createTestClock } from '../helpers/clock.ts';

const HOUR = 3_600_000;

it('time that goes by as it should is no lapse, nor is drift or a busy moment', () => {
  const clock = createTestClock();
  const lapses = createLapses(clock);
  for (let look = 0; look < 100; look += 1) {
    clock.pass(1000);
    expect(lapses()).toBeUndefined();
  }
  clock.pass(5000);
  clock.turn(-4000);
  expect(lapses()).toBeUndefined();
  expect(lapses()).toBeUndefined();
});

it.each([
  ['stopped for a minute', 60_000, 0, { stoodStill: true, setBack: false }],
  ['slept for eight hours', 0, 8 * HOUR, { stoodStill: true, setBack: false }],
  ['set back by an hour', 1000, -HOUR, { stoodStill: false, setBack: true }],
  ['set back by the seven seconds that it was ahead', 1000, -7000, { stoodStill: false, setBack: true }],
  ['stopped for a minute and set back meanwhile', 60_000, -HOUR, { stoodStill: true, setBack: true }],
])('is told once: %s', (_, passedMs, turnedMs, lapse) => {
  const clock = createTestClock();
  const lapses = createLapses(clock);
  clock.pass(passedMs);
  clock.turn(turnedMs);
  expect(lapses()).toEqual(lapse);
  clock.pass(1000);
  expect(lapses()).toBeUndefined();
});
