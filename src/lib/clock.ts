/* lib: what Node should have had; no word of ours means anything here. */

/** The clock on the wall: milliseconds since the epoch. People and time servers set it, forward and back. */
export interface WallClock {
  readonly now: () => number;
}

/** Where a room gets the time from. */
export interface Clock extends WallClock {
  /**
   * Whole milliseconds on a clock that only goes forward and that nobody sets: every interval is measured by it. It begins
   * anywhere, and on most systems it stands still while the machine sleeps.
   */
  readonly monotonic: () => number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => Math.floor(performance.now()) };

/** Milliseconds since the epoch as UTC ISO 8601 with `Z` and milliseconds, the form every stored time has. */
export const toIso = (epochMs: number): string => new Date(epochMs).toISOString();

/**
 * How to ask how long it still is until so many milliseconds from now have passed elsewhere, on another machine. Either
 * clock may say that it is over: the one on the wall may have been set back meanwhile, the other one may have slept.
 */
export const startWait = (clock: Clock, durationMs: number): (() => number) => {
  const until = clock.monotonic() + durationMs;
  const untilOnTheWall = clock.now() + durationMs;
  return () => Math.max(0, Math.min(until - clock.monotonic(), untilOnTheWall - clock.now()));
};
