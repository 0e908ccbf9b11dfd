import type { Redis } from 'ioredis';
import type { RunningCopy } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import { failureOf } from '../wire/failure.ts';
import { MessageLost, MessageRefused } from '../wire/form.ts';
import { type Ending, STOP, type Wish, wishSchema } from '../wire/jobs.ts';
import { type HostNames, PROTOCOL } from '../wire/names.ts';
import { begin, type BeginDeps, type RunTold, type TakenJob } from './begin.ts';

/** What runs on this machine because the bot wants it. */
export interface Runs {
  /** What becomes of a job. Taken a second time while it runs, it is that same run. Never settles once this is closed. */
  readonly take: (job: TakenJob) => Promise<Ending>;
  /** Looks at what is wanted: stops what is not, and takes over new limits. */
  readonly look: () => Promise<void>;
  readonly count: () => number;
  /** What runs, as it looks now. What has only been taken is not among it. */
  readonly told: () => readonly RunTold[];
  /** Stops all: what has come is on the disk, and the jobs stay in the queue for the next start. */
  readonly close: () => Promise<void>;
}

export interface RunsDeps extends BeginDeps {
  /** Fails when Redis is away. */
  readonly redis: Redis;
  /** Waits until Redis is back. */
  readonly patient: Redis;
  readonly names: HostNames;
  readonly log: Log;
}

/** How often is told how far a run is. */
const TELL_MS = 1000;

/** A run that is under way. */
interface Run {
  readonly ending: Promise<Ending>;
  readonly stop: AbortController;
  /** It was delivered last as this. */
  job: TakenJob;
  /** As it stands among the wishes. */
  wish: string;
  setLimit: RunningCopy['setLimit'];
  /** undefined: it has only been taken. */
  told: () => RunTold | undefined;
}

const never = new Promise<never>(() => undefined);

const readWish = (text: string): Wish => {
  try {
    return wishSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
};

/** What has failed before or while it ran, as an ending. */
const endingOf = (error: unknown): Ending => {
  if (error instanceof MessageLost) return { kind: 'lost' };
  if (error instanceof MessageRefused)
    return { kind: 'refused', protocol: PROTOCOL, says: error.message.slice(0, 1000) };
  return { kind: 'failed', failure: failureOf(error) };
};

/** @returns what becomes of a run, from its beginning */
const createCarryingOut = (deps: RunsDeps) => {
  const { patient, names, log } = deps;
  const mail = { redis: patient, names };

  /** What is wanted of a run now. @returns undefined: nothing */
  const wishFor = async (id: string): Promise<string | undefined> => {
    const wish = await patient.hget(names.wishes, id);
    if (wish !== null) return wish === STOP ? undefined : wish;
    return (await patient.exists(names.wishesAreWhole)) === 0 ? '' : undefined;
  };

  return async (id: string, run: () => Run): Promise<Ending> => {
    const { stop } = run();
    let tell: (() => Promise<void>) | undefined;
    let telling: ReturnType<typeof startTicker> | undefined;
    try {
      const wish = await wishFor(id);
      if (wish === undefined || stop.signal.aborted) return { kind: 'stopped' };
      run().wish = wish;
      const { job } = run();
      const running = await begin(deps, { mail, job, id, wish: readWish(wish), signal: stop.signal });
      run().setLimit = running.setLimit;
      run().told = running.told;
      tell = () => run().job.updateProgress(running.state());
      // Redis is away, or knows nothing of it any more: whoever asks the next time hears more.
      telling = startTicker(TELL_MS, tell, (err) =>
        log.debug({ err, run: id }, 'Nobody could be told how far a run is'),
      );
      return { kind: 'done', answer: await running.answer(mail) };
    } catch (error) {
      await telling?.close();
      // Whoever shows it says how much is kept. Nobody waits for a Redis that is away.
      if (patient.status === 'ready') await tell?.().catch(() => undefined);
      if (stop.signal.aborted) return { kind: 'stopped' };
      const what = run().told()?.what;
      const [, more] = error instanceof AppError ? [0, { why: error.message }] : [0, { err: error }];
      log.warn({ run: id, ...(what === undefined ? {} : { what }), ...more }, 'A run for the bot has failed');
      return endingOf(error);
    } finally {
      await telling?.close();
    }
  };
};

/** Nothing runs at first. Whoever makes it has it look every second or two. */
export const createRuns = (deps: RunsDeps): Runs => {
  const { redis, names } = deps;
  const carryOut = createCarryingOut(deps);
  const runs = new Map<string, Run>();
  let isClosed = false;

  const start = (id: string, job: TakenJob): Run => {
    const stop = new AbortController();
    // It begins when this is known below.
    const ending = Promise.resolve().then(() => carryOut(id, () => run));
    const run: Run = { ending, stop, job, wish: '', setLimit: () => undefined, told: () => undefined };
    runs.set(id, run);
    return run;
  };

  return {
    take: async (job) => {
      const { id } = job;
      if (isClosed || id === undefined) return never;
      const run = runs.get(id) ?? start(id, job);
      run.job = job;
      try {
        const ending = await run.ending;
        // The next start goes on with it: it has not ended, and Redis shall not think so.
        return isClosed ? await never : ending;
      } finally {
        if (runs.get(id) === run) runs.delete(id);
      }
    },
    look: async () => {
      if (runs.size === 0) return;
      const [whole, wishes] = await Promise.all([redis.exists(names.wishesAreWhole), redis.hgetall(names.wishes)]);
      for (const [id, run] of runs) {
        const wish = wishes[id];
        if (wish === STOP || (wish === undefined && whole > 0)) run.stop.abort(new Error('it is not wanted any more'));
        if (wish === undefined || wish === STOP || wish === run.wish) continue;
        run.wish = wish;
        run.setLimit(readWish(wish).limit);
      }
    },
    count: () => runs.size,
    told: () => [...runs.values()].flatMap((run) => run.told() ?? []),
    close: async () => {
      isClosed = true;
      const endings = [...runs.values()].map(({ stop, ending }) => {
        stop.abort(new Error('the host stops'));
        return ending;
      });
      await Promise.all(endings);
    },
  };
};
