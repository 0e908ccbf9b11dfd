import { type Clock, systemClock } from '../../src/lib/clock.ts';

/** As rows say it: after all that waits for a time. */
export const EVER = '9999-12-31T00:00:00.000Z';

/** Two clocks that can be moved. */
export interface TestClock extends Clock {
  /** Time goes by: both go on. */
  readonly pass: (durationMs: number) => void;
  /** Somebody sets the clock on the wall, by so much forward or back. A machine that slept looks the same. */
  readonly turn: (byMs: number) => void;
}

const createClock = (from: Clock): TestClock => {
  let passed = 0;
  let turned = 0;
  return {
    now: () => from.now() + passed + turned,
    monotonic: () => from.monotonic() + passed,
    pass: (durationMs) => {
      passed += durationMs;
    },
    turn: (byMs) => {
      turned += byMs;
    },
  };
};

/** They stand still until they are moved. */
export const createTestClock = (start = Date.UTC(2026, 10, 21, 12)): TestClock =>
  createClock({ now: () => start, monotonic: () => 0 });

/** They run like any others, or so many times faster, from the time of the system or from another one. */
export const createRunningClock = (start = systemClock.now(), pace = 1): TestClock => {
  const began = systemClock.monotonic();
  const passed = (): number => (systemClock.monotonic() - began) * pace;
  return createClock({ now: () => start + passed(), monotonic: () => began + passed() });
};
