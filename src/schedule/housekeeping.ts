import { Cron } from 'croner';
import type { WallClock } from '../lib/clock.ts';

/** The quiet hour: when a machine that people use has the least to do. */
const NIGHTLY = '17 4 * * *';
/** A timer of Node holds at most so many milliseconds. */
const TIMER_MOST_MS = 2 ** 31 - 1;

export interface HousekeepingOptions {
  /** IANA name of the zone whose night it is. */
  readonly timeZone: string;
  readonly clock: WallClock;
  readonly work: () => void | Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** When the next nightly round begins, milliseconds since the epoch. A skipped hour runs at the next valid minute. */
export const nextNight = (timeZone: string, after: number): number =>
  new Cron(NIGHTLY, { timezone: timeZone }).nextRun(new Date(after))?.getTime() ?? after + 86_400_000;

/** Runs `work` every night. */
export const startHousekeeping = ({
  timeZone,
  clock,
  work,
  onError,
}: HousekeepingOptions): { readonly close: () => void } => {
  let timer: NodeJS.Timeout | undefined;
  const plan = (): void => {
    const at = nextNight(timeZone, clock.now());
    timer = setTimeout(() => void run(), Math.min(at - clock.now(), TIMER_MOST_MS));
    timer.unref();
  };
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    plan();
  };
  plan();
  return { close: () => clearTimeout(timer) };
};
