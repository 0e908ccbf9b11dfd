import type { Clock } from '../../lib/clock.ts';
import { createLapses } from '../../lib/lapse.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';

const WATCH_MS = 1000;

/** @param onStandstill what was under way may be dead, and much may have to be said */
export const watchClocks = (
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  onStandstill: () => void,
): Ticker => {
  const lapses = createLapses(clock);
  const look = (): void => {
    const lapse = lapses();
    if (lapse?.setBack) log.warn({}, 'The clock was set back');
    if (!lapse?.stoodStill) return;
    log.warn({}, 'The program stood still, the machine slept, or the clock was put forward');
    onStandstill();
  };
  return startTicker(WATCH_MS, look, (error) => log.error({ err: error }, 'The clocks could not be looked at'));
};
