import type { Clock } from '../lib/clock.ts';
import { createLapses } from '../lib/lapse.ts';
import type { CopyRun } from './run/copy-run.ts';

/** Whether what could go on does. */
export interface Movement {
  /** To be called about once a second. */
  readonly look: () => void;
  /** For how long nothing has moved though something could, in milliseconds; undefined: that is not so. */
  readonly stillMs: () => number | undefined;
}

type Run = Pick<CopyRun, 'live' | 'trouble' | 'hostId'>;

interface MovementDeps {
  readonly clock: Clock;
  /** All that have not ended. */
  readonly runs: () => Iterable<Run>;
  readonly isThere: (hostId: number) => boolean;
  /** Something waits for nothing but to be claimed, and there is a place for it. */
  readonly mayClaim: () => boolean;
}

/** What is compared from look to look; undefined: nothing is to be expected of it. */
const printOf = (run: Run, isThere: MovementDeps['isThere'], now: number): string | undefined => {
  // Nobody sees what moves on a host that is away.
  if (!isThere(run.hostId)) return undefined;
  // Its end waits for the database.
  if (run.trouble() !== undefined) return undefined;
  const seen = run.live()?.snapshot(now);
  if (!seen) return 'opening';
  const { phase, bytesReady, bytesTotal, filesDone, currentFile, note } = seen;
  // How far a file is read that is verified nobody is told, and a large one takes an hour on a slow disk. Who was asked to wait waits.
  if (phase !== 'receiving' || note?.kind === 'rate_limited') return undefined;
  return [bytesReady, bytesTotal, filesDone, currentFile].join(' ');
};

/**
 * Movement is: a run begins or ends, bytes come, a file is done, a phase follows another. Without any, something is stuck if a
 * run is about to begin or receives, or if nothing runs and a model could be claimed at once. What waits for its schedule, its
 * back-off, a person, access, room, a host, a quota, the database or a server that asked for a pause is not stuck. A network that is not
 * there ends runs, and they wait for their back-off: that is movement too.
 */
export const createMovement = ({ clock, runs, isThere, mayClaim }: MovementDeps): Movement => {
  const lapses = createLapses(clock);
  let before = new Map<Run, string | undefined>();
  let movedAt = clock.monotonic();
  let claimableSince: number | undefined;

  const moved = (now: number): void => {
    movedAt = now;
    claimableSince = undefined;
  };

  const compare = (now: number): void => {
    const prints = new Map([...runs()].map((run) => [run, printOf(run, isThere, now)] as const));
    const isSame =
      prints.size === before.size && [...prints].every(([run, print]) => before.has(run) && before.get(run) === print);
    before = prints;
    const stoodStill = lapses()?.stoodStill === true;
    const isExpected = prints.size === 0 || [...prints.values()].some((print) => print !== undefined);
    // While the program stood still nothing could move.
    if (!isSame || !isExpected || stoodStill) moved(now);
  };

  return {
    look: () => compare(clock.monotonic()),
    stillMs: () => {
      const now = clock.monotonic();
      compare(now);
      if (before.size > 0) return now - movedAt;
      claimableSince = mayClaim() ? (claimableSince ?? now) : undefined;
      return claimableSince === undefined ? undefined : now - claimableSince;
    },
  };
};

/** Whether some run looks at, verifies or publishes what lies on the disk: nothing has to come for it meanwhile. */
export const isReading = (runs: Iterable<Run>, now: number): boolean =>
  [...runs].some((run) => (run.live()?.snapshot(now).phase ?? 'receiving') !== 'receiving');
