import { isTransient } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Taker } from './fair-share.ts';

/** Connections for one kind of file. */
export interface Lane<E> {
  readonly most: number;
  readonly least: number;
  /** How many connections it may use now: more while it goes well, fewer when the other side breaks off or refuses. */
  limit: number;
  /** When that was last made more or fewer because of how it went. */
  changedAt: number;
  /** The connection that ended last waited for the bandwidth limit for most of its time. */
  isHeld: boolean;
  busy: number;
  /** Of these: those that will end soon. What follows is asked for meanwhile. */
  leaving: number;
  /** Those not opened yet, oldest first. */
  readonly waiting: Set<E>;
  readonly opened: Set<E>;
  /** Jobs that want some of these, with how many. */
  readonly jobs: Map<Taker, number>;
}

type Counts = Omit<Lane<unknown>, 'waiting' | 'opened'>;

/** The share of a lane's connections that is left after a failure. */
const FEWER = 0.75;
/** Failures within this time are one: connections break together. */
const FEWER_EVERY_MS = 1000;
/** Where nothing ends or fails for so long, one connection more is tried. */
const MORE_EVERY_MS = 1000;

/** @param start how many connections it may use at first; of these, a quarter always */
export const createLane = <E>(start: number, most: number): Lane<E> => ({
  most,
  least: Math.max(1, Math.floor(start / 4)),
  limit: start,
  changedAt: Number.NEGATIVE_INFINITY,
  isHeld: false,
  busy: 0,
  leaving: 0,
  waiting: new Set(),
  opened: new Set(),
  jobs: new Map(),
});

/** A job wants so many more of the lane's files, or fewer. */
export const count = ({ jobs }: Pick<Lane<unknown>, 'jobs'>, job: Taker, more: number): void => {
  const wanted = (jobs.get(job) ?? 0) + more;
  if (wanted > 0) jobs.set(job, wanted);
  else jobs.delete(job);
};

/** Connections that are free, or nearly. */
export const freeIn = ({ limit, busy, leaving }: Counts): number => limit - busy + Math.min(leaving, limit >> 1);

/** Each job has one, however few would do. */
const fewest = ({ least, most, jobs }: Counts): number => Math.min(most, Math.max(least, jobs.size));

/**
 * After a connection has ended, with a failure or without. Under a bandwidth limit half as many would do as long as each
 * waits for most of its time, and what the kernel holds for each comes on top of the limit.
 * @param isHeld it waited for the limit for most of its time
 * @param now by a clock that only goes forward
 */
export const adapt = (lane: Counts, failure: unknown, isHeld: boolean, now: number): void => {
  lane.isHeld = isHeld && failure === undefined;
  if (failure === undefined) {
    lane.limit = isHeld ? Math.max(fewest(lane), lane.limit - 1) : Math.min(lane.most, lane.limit + 1);
    // Connections break together: that is one failure.
  } else if (isTransient(failure) && now - lane.changedAt >= FEWER_EVERY_MS) {
    lane.limit = Math.max(lane.least, Math.floor(lane.limit * FEWER));
    lane.changedAt = now;
  }
};

/** On a slow line no range may end for long: what went well for a while is worth another try too. */
export const recover = (lane: Counts, now: number): void => {
  if (lane.isHeld) lane.limit = Math.max(fewest(lane), lane.limit);
  else if (lane.limit < lane.most && now - lane.changedAt >= MORE_EVERY_MS) {
    lane.limit += 1;
    lane.changedAt = now;
  }
};

/** Connections for small files, for who brings files that the engine knows nothing of. */
export interface SmallConnections {
  /** How many more it may use now. */
  readonly free: () => number;
  /** One more is used. */
  readonly began: () => void;
  /** One less. @param isWhole a file has come over it */
  readonly ended: (isWhole: boolean) => void;
  /** So many jobs have files there: each has as many connections as each job of the engine. */
  readonly sharedBy: (jobs: number) => void;
  /** Told when there may be more. */
  readonly whenFree: (callback: () => void) => void;
}

/** Connections of a lane that others use. */
export interface Lending {
  readonly small: SmallConnections;
  /** So many more are kept for them. */
  readonly kept: () => number;
  /** There may be more for them. */
  readonly tell: () => void;
}

interface LendingOptions {
  readonly lane: Lane<unknown>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly isStopped: () => boolean;
  /** There may be more for the engine. */
  readonly wake: () => void;
}

/** Nobody uses any at first. */
export const createLending = ({ lane, clock, isStopped, wake }: LendingOptions): Lending => {
  let [lent, jobs] = [0, 0];
  let onFree: (() => void) | undefined;

  const share = (): number => {
    if (jobs === 0) return 0;
    return lane.jobs.size === 0 ? lane.limit : Math.max(1, Math.floor((lane.limit * jobs) / (jobs + lane.jobs.size)));
  };

  return {
    kept: () => Math.max(0, share() - lent),
    tell: () => {
      if (jobs > 0) onFree?.();
    },
    small: {
      free: () => (isStopped() ? 0 : Math.min(freeIn(lane), share() - lent)),
      began: () => {
        lent += 1;
        lane.busy += 1;
      },
      ended: (isWhole) => {
        lent -= 1;
        lane.busy -= 1;
        if (isWhole) adapt(lane, undefined, false, clock.monotonic());
        if (lane.jobs.size > 0) wake();
      },
      sharedBy: (many) => {
        jobs = many;
        wake();
      },
      whenFree: (callback) => {
        onFree = callback;
      },
    },
  };
};
