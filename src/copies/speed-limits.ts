import type { Clock } from '../lib/clock.ts';
import { createRateLimit, type SpeedLimit } from '../lib/rate-limit.ts';
import type { NamedLimit } from './executor.ts';

/** The limit of one job: another one by and by, or none. */
export interface LimitOfJob {
  /** What holds it back now; undefined: nothing. */
  readonly current: () => SpeedLimit | undefined;
  /** Also for what waits already. */
  readonly set: (limit: NamedLimit | undefined) => void;
}

/** The speed limits of all jobs. */
export interface SpeedLimits {
  /** To be set to none when the job has ended. */
  readonly forJob: () => LimitOfJob;
}

/** What the jobs share that name the same limit. */
interface SharedLimit {
  readonly name: string;
  readonly speedLimit: SpeedLimit;
  bytesPerSecond: number | undefined;
  jobs: number;
}

/** @param pause how to wait, if not as `createRateLimit` does */
export const createSpeedLimits = (
  clock: Pick<Clock, 'monotonic'>,
  pause?: Parameters<typeof createRateLimit>[2],
): SpeedLimits => {
  const byName = new Map<string, SharedLimit>();

  const take = (name: string): SharedLimit => {
    const known = byName.get(name);
    if (known) return known;
    const perSecond = (): number | undefined => limit.bytesPerSecond;
    const speedLimit = { perSecond, allow: createRateLimit(perSecond, clock, pause) };
    const limit: SharedLimit = { name, speedLimit, bytesPerSecond: undefined, jobs: 0 };
    byName.set(name, limit);
    return limit;
  };

  const letGo = (limit: SharedLimit): void => {
    limit.jobs -= 1;
    if (limit.jobs > 0) return;
    // What still waits belongs to a job that nothing holds back any more.
    limit.bytesPerSecond = undefined;
    byName.delete(limit.name);
  };

  return {
    forJob: () => {
      let mine: SharedLimit | undefined;
      return {
        current: () => mine?.speedLimit,
        set: (wanted) => {
          const before = mine;
          mine = wanted && take(wanted.name);
          if (mine && wanted) {
            mine.jobs += 1;
            mine.bytesPerSecond = wanted.bytesPerSecond;
          }
          if (before) letGo(before);
        },
      };
    },
  };
};
