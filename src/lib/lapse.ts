import type { Clock } from './clock.ts';

/** What has befallen the clocks between two looks at them. */
export interface Lapse {
  /**
   * The program was stopped, the machine slept, or the clock on the wall was put forward: what was under way may be dead,
   * and much may be due.
   */
  readonly stoodStill: boolean;
  /** The clock on the wall was set back: what was written before lies in the future now. */
  readonly setBack: boolean;
}

/** Less than this is drift, or a busy moment. */
export const LAPSE_MS = 5000;

/** @returns to be asked about once a second or oftener: what has happened since it was last asked, if anything */
export const createLapses = (clock: Clock): (() => Lapse | undefined) => {
  let wall = clock.now();
  let passed = clock.monotonic();
  return () => {
    const wallMs = clock.now() - wall;
    const passedMs = clock.monotonic() - passed;
    wall += wallMs;
    passed += passedMs;
    const stoodStill = passedMs > LAPSE_MS || wallMs - passedMs > LAPSE_MS;
    const setBack = passedMs - wallMs > LAPSE_MS;
    return stoodStill || setBack ? { stoodStill, setBack } : undefined;
  };
};
