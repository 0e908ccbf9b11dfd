import type { RunTold } from '../../hosts/serving/serve.ts';
import type { Clock } from '../../lib/clock.ts';
import { createLapses } from '../../lib/lapse.ts';

/** Whether what runs on this machine moves. */
export interface HostMovement {
  /** To be called about once a second. */
  readonly look: () => void;
  /** For how long nothing has come that should, in milliseconds; undefined: nothing should. */
  readonly stillMs: () => number | undefined;
}

/** What is compared from look to look. */
const printOf = ({ what, bytesDone, bytesTotal }: RunTold): string => [what, bytesDone, bytesTotal].join(' ');

/**
 * As the queue of a bot is looked at (`queue/movement.ts`): movement is that a run begins or ends, that bytes come, that a phase follows
 * another. What reads its disk, and whom a server has asked to wait, need not move.
 */
export const createHostMovement = (
  runs: () => readonly RunTold[],
  clock: Pick<Clock, 'now' | 'monotonic'>,
): HostMovement => {
  const lapses = createLapses(clock);
  let before: string | undefined;
  let movedAt = clock.monotonic();

  const look = (): void => {
    const awaited = runs().filter(({ isAwaited }) => isAwaited);
    const print = awaited.length === 0 ? undefined : awaited.map(printOf).join('\n');
    // While the program stood still nothing could move.
    const stoodStill = lapses()?.stoodStill === true;
    if (print === undefined || print !== before || stoodStill) movedAt = clock.monotonic();
    before = print;
  };
  return {
    look,
    stillMs: () => {
      look();
      return before === undefined ? undefined : clock.monotonic() - movedAt;
    },
  };
};
