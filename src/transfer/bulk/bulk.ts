/* transfer/bulk: small files by the thousand, as long as all is plain; what is not is left to the engine. */

import { AppError } from '../../domain/errors.ts';
import type { SmallConnections } from '../engine/lane.ts';
import { createBulkConnections, type BulkConnections, type BulkConnectionsOptions } from './connections.ts';
import { createErrand, type Errand, type ErrandParts, type Outcome, type Wanted } from './errand.ts';
import type { BulkJob } from './job.ts';
import { createMemories, type Memories } from './memories.ts';

export interface BulkOptions extends BulkConnectionsOptions {
  /** Its share of the connections that there are for small files. */
  readonly small: SmallConnections;
  /** Bytes per second for everything; where there is a limit, nothing is begun. */
  readonly bandwidthLimit: () => number | undefined;
  /** Told of all that comes over the network, in bytes. */
  readonly onReceived: (bytes: number) => void;
}

/** Brings small files. */
export interface Bulk {
  /**
   * Takes files of a job as long as that goes well. Resolves when each of those that it took is done or left; the others are still in the job's
   * list: the source asks to wait, its servers are not well, there is a speed limit, or too much was not plain.
   * @returns whether nothing is in the way of those but servers that were not well
   * @throws AppError no_space; the signal's reason, when nothing is written any more
   */
  readonly fetch: <T>(job: BulkJob<T>, signal: AbortSignal) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Files on their way at one time, those that are being written included: their memory is bounded. */
const ERRANDS_MOST = 256;
/** A file that did not come this way cost more than it would have the other way: it counts as much as so many that did. */
const LEFT_COST = 16;
/** A job of which those outweigh the others by so many goes on the other way. */
const LEFT_MOST = 8 * LEFT_COST;
const LOOK_MS = 200;
/** How often the disk's floor is looked at. */
const FLOOR_MS = 1000;

const CLOSED = { reason: new AppError('operational', 'hubgram is shutting down.') } as const;

interface Run {
  readonly job: BulkJob<unknown>;
  readonly end: PromiseWithResolvers<boolean>;
  /** Files on their way, and of these those that a connection brings. */
  under: number;
  busy: number;
  /** By how much those that were left outweigh the others. */
  weight: number;
  /** Nothing more is begun. */
  isOver: boolean;
  /** Since a server was not well, and for no other reason. */
  isUnwell: boolean;
  /** Why nothing of it is wanted any more, if it is so. */
  failure: { readonly reason: unknown } | undefined;
  /** When the disk's floor was looked at. */
  floorAt: number;
}

interface BulkState {
  readonly options: BulkOptions;
  readonly connections: BulkConnections;
  readonly memories: Memories;
  readonly runs: Set<Run>;
  /** Of what is on its way, by its place. */
  readonly errands: Map<string, Errand>;
  readonly free: Errand[];
  /** Other jobs that want what is on its way already. */
  readonly joined: Map<Errand, Wanted[]>;
  readonly runOf: Map<BulkJob<unknown>, Run>;
  looking: NodeJS.Timeout | undefined;
  isFilling: boolean;
  isStopped: boolean;
}

const settle = (state: BulkState, run: Run): void => {
  if (!run.isOver || run.under > 0 || !state.runs.delete(run)) return;
  state.runOf.delete(run.job);
  state.options.small.sharedBy(state.runs.size);
  if (state.runs.size === 0) {
    state.memories.forget();
    state.free.splice(0);
  }
  if (run.failure) run.end.reject(run.failure.reason);
  else run.end.resolve(run.isUnwell);
};

const stop = (state: BulkState, run: Run): void => {
  run.isOver = true;
  run.isUnwell = false;
  settle(state, run);
};

/** What became of one of a job's files, for those that are next. */
const judge = (run: Run, outcome: Outcome): void => {
  if (outcome === 'there') run.weight = Math.max(0, run.weight - 1);
  else if (outcome !== 'unwell') run.weight += LEFT_COST;
  // All that is on its way when a server falls ill is told so, which says nothing of those files.
  else if (!run.isOver) {
    run.isOver = true;
    run.isUnwell = true;
  }
  if (outcome !== 'refused' && run.weight < LEFT_MOST) return;
  run.isOver = true;
  run.isUnwell = false;
};

/** One of a job's files is not on its way any more. */
const tell = (state: BulkState, { job, file }: Wanted, outcome: Outcome): void => {
  const run = state.runOf.get(job);
  if (!run) return;
  run.under -= 1;
  judge(run, outcome);
  // What was being written when nothing more was wanted is there all the same.
  if (outcome === 'there') job.done(file);
  else if (!run.failure) job.left(file, outcome === 'unwell');
  settle(state, run);
};

const isHeldBack = ({ options }: BulkState, { job }: Run): boolean =>
  options.bandwidthLimit() !== undefined || job.taker.speedLimit?.perSecond() !== undefined;

/** The job with the fewest connections. */
const nextRun = (state: BulkState): Run | undefined => {
  let next: Run | undefined;
  for (const run of state.runs) {
    if (run.isOver) continue;
    if (isHeldBack(state, run)) stop(state, run);
    else if (!next || run.busy < next.busy) next = run;
  }
  return next;
};

const partsOf = (state: BulkState): ErrandParts => ({
  connections: state.connections,
  memories: state.memories,
  onReceived: state.options.onReceived,
  onCome: (errand, isWhole) => {
    const wanted = errand.wanted();
    const run = wanted && state.runOf.get(wanted.job);
    if (run) run.busy -= 1;
    state.options.small.ended(isWhole);
    fill(state);
  },
  onOver: (errand, outcome) => {
    const wanted = errand.wanted();
    const others = state.joined.get(errand);
    if (others) state.joined.delete(errand);
    if (wanted) {
      state.errands.delete(wanted.about.finalPath);
      state.free.push(errand);
      tell(state, wanted, outcome);
    }
    others?.forEach((other) => tell(state, other, outcome));
    fill(state);
  },
});

/** Begins with the next file of a job, or takes it for one that others have begun with. */
const beginNext = (state: BulkState, run: Run): void => {
  const { job } = run;
  const next = job.files.next();
  if (next.done === true) return stop(state, run);
  const file = next.value;
  const about = job.wanted(file);
  if (!about) return job.left(file, false);
  const wanted: Wanted = { job, file, about };
  run.under += 1;
  const underWay = state.errands.get(about.finalPath);
  if (underWay) {
    state.joined.set(underWay, [...(state.joined.get(underWay) ?? []), wanted]);
    return;
  }
  const errand = state.free.pop() ?? createErrand(partsOf(state));
  state.errands.set(about.finalPath, errand);
  run.busy += 1;
  state.options.small.began();
  errand.begin(wanted);
};

/** Gives every connection that is free something to do. */
const fill = (state: BulkState): void => {
  if (state.isFilling || state.isStopped) return;
  state.isFilling = true;
  while (state.errands.size < ERRANDS_MOST && state.options.small.free() > 0) {
    const run = nextRun(state);
    if (!run) break;
    try {
      beginNext(state, run);
    } catch (error) {
      // A job that cannot say what it wants ends alone.
      giveUp(state, run, error);
    }
  }
  state.isFilling = false;
};

/** What is being written is waited for; what another job wants of it too comes to that the other way. */
const giveUp = (state: BulkState, run: Run, reason: unknown): void => {
  run.isOver = true;
  run.failure ??= { reason };
  for (const [errand, others] of state.joined) {
    const own = others.filter(({ job }) => job === run.job);
    if (own.length > 0)
      state.joined.set(
        errand,
        others.filter(({ job }) => job !== run.job),
      );
    run.under -= own.length;
  }
  for (const errand of state.errands.values()) if (errand.wanted()?.job === run.job) errand.giveUp();
  settle(state, run);
};

/** A disk that does not answer is not asked again before it does: each question waits in a thread that others need. */
const lookAtFloor = async (state: BulkState, run: Run): Promise<void> => {
  run.floorAt = Number.POSITIVE_INFINITY;
  try {
    await run.job.checkFloor();
    run.floorAt = state.options.clock.monotonic();
  } catch (error) {
    giveUp(state, run, error);
  }
};

const look = (state: BulkState): void => {
  const { options, connections, runs } = state;
  const now = options.clock.monotonic();
  for (const run of runs) {
    if (now - run.floorAt < FLOOR_MS) continue;
    void lookAtFloor(state, run);
  }
  const standing = connections.look();
  fill(state);
  if (standing > 0 || runs.size > 0) return;
  clearInterval(state.looking);
  state.looking = undefined;
};

/** Nothing is under way at first. */
export const createBulk = (options: BulkOptions): Bulk => {
  const state: BulkState = {
    options,
    connections: createBulkConnections(options),
    memories: createMemories(),
    runs: new Set(),
    errands: new Map(),
    free: [],
    joined: new Map(),
    runOf: new Map(),
    looking: undefined,
    isFilling: false,
    isStopped: false,
  };
  options.small.whenFree(() => fill(state));
  return {
    fetch: async (job, signal) => {
      signal.throwIfAborted();
      const end = Promise.withResolvers<boolean>();
      const floorAt = options.clock.monotonic();
      const own = job as BulkJob<unknown>;
      const run: Run = {
        job: own,
        end,
        under: 0,
        busy: 0,
        weight: 0,
        isOver: state.isStopped,
        isUnwell: false,
        failure: state.isStopped ? CLOSED : undefined,
        floorAt,
      };
      state.runs.add(run);
      state.runOf.set(own, run);
      options.small.sharedBy(state.runs.size);
      state.looking ??= setInterval(() => look(state), LOOK_MS).unref();
      const abort = (): void => giveUp(state, run, signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        fill(state);
        settle(state, run);
        return await end.promise;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    close: async () => {
      state.isStopped = true;
      const ends = [...state.runs].map(({ end }) => end.promise.catch(() => undefined));
      for (const run of state.runs) giveUp(state, run, CLOSED.reason);
      await Promise.all(ends);
      clearInterval(state.looking);
      state.connections.close();
    },
  };
};
