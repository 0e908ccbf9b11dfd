import { Cron } from 'croner';
import { isForNow } from '../domain/errors.ts';
import type { WallClock } from '../lib/clock.ts';
import { startTicker } from '../lib/ticker.ts';

/** The quiet hour: when a machine that people use has the least to do. */
const NIGHTLY = '17 4 * * *';
/** A timer until the night would not notice that the machine slept, or that the clock was set. */
const LOOK_MS = 60_000;
/** Daylight saving makes a day that long; a night that is further ahead was planned before the clock was set back. */
const DAY_MOST_MS = 26 * 3_600_000;

export interface HousekeepingOptions {
  /** IANA name of the zone whose night it is. */
  readonly timeZone: string;
  readonly clock: WallClock;
  readonly work: () => void | Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface Housekeeping {
  /** Works if it is time; done again and again by itself. */
  readonly look: () => Promise<void>;
  /** Resolves when the round under way has ended. */
  readonly close: () => Promise<void>;
}

/** When the next nightly round begins, milliseconds since the epoch. A skipped hour runs at the next valid minute. */
export const nextNight = (timeZone: string, after: number): number =>
  new Cron(NIGHTLY, { timezone: timeZone }).nextRun(new Date(after))?.getTime() ?? after + 86_400_000;

/** Runs `work` every night; after a night that the machine slept through, when it wakes. */
export const startHousekeeping = ({ timeZone, clock, work, onError }: HousekeepingOptions): Housekeeping => {
  let at = nextNight(timeZone, clock.now());
  const look = async (): Promise<void> => {
    const now = clock.now();
    const isDue = now >= at;
    if (isDue || at - now > DAY_MOST_MS) at = nextNight(timeZone, now);
    try {
      if (isDue) await work();
    } catch (error) {
      // A busy database or a full disk is no reason to wait for another night.
      if (isForNow(error)) at = now;
      throw error;
    }
  };
  const ticker = startTicker(LOOK_MS, look, onError);
  return { look, close: ticker.close };
};
