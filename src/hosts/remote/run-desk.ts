import type { Redis } from 'ioredis';
import { assert } from '../../lib/assert.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import { shared } from '../../lib/async/shared.ts';
import type { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import {
  type Envelope,
  type Form,
  MessageLost,
  readMessage,
  removeMessage,
  renewMessage,
  writeMessage,
} from '../wire/form.ts';
import { type RunKind, STOP, type Wish } from '../wire/jobs.ts';
import { answerTo, type HostNames } from '../wire/names.ts';
import { type Ended, type HostQueue, refusedBy } from './host-queue.ts';

/** What is to run on a host. */
export interface RunAsked<Asked extends object, Answer extends object> {
  /** The same for what is the same, also after a restart of the bot: whoever asks again joins what runs. */
  readonly id: string;
  readonly kind: RunKind;
  readonly asks: Form<Asked>;
  readonly asked: Asked;
  readonly answers: Form<Answer>;
  readonly wish: Wish;
  readonly signal: AbortSignal;
  /** Is told how far it is, as the host says it; nobody has looked at it yet. */
  readonly onProgress: (progress: unknown) => void;
  /** @throws MessageRefused: such an answer there cannot be to what was asked */
  readonly check: (answer: Answer) => void;
}

export interface RunStarted<Answer> {
  /** Rejects with an AppError, or with the signal's reason. While the host or Redis is away, it does neither. */
  readonly done: Promise<Answer>;
  readonly setWish: (wish: Wish) => void;
}

/** What the bot wants of a host that takes its time. What Redis forgets is put there again from here. */
export interface RunDesk {
  readonly start: <Asked extends object, Answer extends object>(run: RunAsked<Asked, Answer>) => RunStarted<Answer>;
  /** Does what there is to do: for one run, or for all. @throws when Redis is away */
  readonly look: (id?: string) => Promise<void>;
  /** Puts all that is wanted there, as what is wanted. @throws when Redis is away */
  readonly restoreWishes: () => Promise<void>;
  /** Takes back what earlier processes of the bot have wanted, and nobody does any more. @throws when Redis is away */
  readonly takeBackOthers: () => Promise<void>;
}

export interface RunDeskDeps {
  readonly queue: HostQueue;
  /** Fails when Redis is away. */
  readonly redis: Redis;
  readonly names: HostNames;
  readonly host: string;
  readonly isThere: () => boolean;
  /** Has the host look at what is wanted; whether it does or not. */
  readonly nudge: () => void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** The lists of a run lie there so long, and are renewed long before. */
const KEPT_MS = 24 * 3_600_000;
const RENEW_MS = 3_600_000;
/** A host that is there has stopped by then; what has not is not waited for any longer. */
const STOPPING_MS = 5000;
const LOOKS_AT_ONCE = 16;

interface Run {
  readonly id: string;
  readonly signal: AbortSignal;
  wish: Wish;
  /** As it stands among the wishes. */
  wishPut: string | undefined;
  envelope: Envelope | undefined;
  renewedAt: number;
  stoppingSince: number | undefined;
  isSettled: boolean;
  readonly look: () => Promise<void>;
  readonly put: () => Promise<Envelope>;
  readonly add: (envelope: Envelope) => Promise<void>;
  readonly onProgress: (progress: unknown) => void;
  readonly onEnded: (ended: Ended) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

export const createRunDesk = (deps: RunDeskDeps): RunDesk => {
  const { queue, redis, names, host, isThere, nudge, clock, log } = deps;
  const runs = new Map<string, Run>();
  /** Told to end, and not ended yet. */
  const stopping = new Set<Run>();
  /** Their wishes stand in Redis, which was away when they ended. */
  const toTakeBack = new Set<string>();

  const settle = (run: Run): void => {
    run.isSettled = true;
    if (runs.get(run.id) === run) runs.delete(run.id);
    stopping.delete(run);
  };
  const putWish = async (run: Run): Promise<void> => {
    const text = JSON.stringify(run.wish);
    if (text === run.wishPut) return;
    await redis.hset(names.wishes, run.id, text);
    toTakeBack.delete(run.id);
    run.wishPut = text;
    nudge();
  };
  /** After this the host has all it needs, whatever had been there. */
  const put = async (run: Run): Promise<void> => {
    run.wishPut = undefined;
    await putWish(run);
    run.envelope = await run.put();
    run.renewedAt = clock.monotonic();
    await run.add(run.envelope);
  };
  /** @returns false: the host has it in hand, and is to end it */
  const takeAway = async (id: string, envelope?: Envelope): Promise<boolean> => {
    await redis.hset(names.wishes, id, STOP);
    toTakeBack.delete(id);
    if (!(await queue.remove(id, envelope))) return false;
    await redis.hdel(names.wishes, id);
    return true;
  };

  const stop = async (run: Run): Promise<void> => {
    run.stoppingSince ??= clock.monotonic();
    try {
      const isGone = await takeAway(run.id, run.envelope);
      if (!isGone && isThere() && clock.monotonic() - run.stoppingSince < STOPPING_MS) {
        nudge();
        return;
      }
    } catch (error) {
      toTakeBack.add(run.id);
      log.info({ err: error, host, run: run.id }, 'Redis is away: what is stopped there stops when it is back');
    }
    settle(run);
    run.reject(run.signal.reason);
    // Whoever has asked for the same meanwhile waits for this.
    void runs
      .get(run.id)
      ?.look()
      .catch(() => undefined);
  };

  const lookAt = async (run: Run): Promise<void> => {
    if (run.isSettled) return;
    if (run.signal.aborted) return stop(run);
    // Who had it before is told first that it has ended.
    if (stopping.values().some(({ id }) => id === run.id)) return;
    const found = await queue.find(run.id);
    if (found === undefined) return put(run);
    const { ended, progress } = found;
    if (ended === undefined) {
      run.onProgress(progress);
      await putWish(run);
      if (run.envelope === undefined || clock.monotonic() - run.renewedAt < RENEW_MS) return;
      run.renewedAt = clock.monotonic();
      if (!(await renewMessage(queue.mail, run.id, run.envelope, KEPT_MS))) run.envelope = await run.put();
      return;
    }
    const { kind } = ended.ending;
    if (kind === 'stopped' || kind === 'lost') {
      // It was stopped when it was not wanted, and now it is.
      await queue.remove(run.id);
      return put(run);
    }
    // The lists of its answer are read first; whoever is killed in between asks again, and all is on the disk.
    await run.onEnded(ended);
  };

  /** What a host puts there that cannot be ends the run; what has to do with Redis does not. */
  const lookCarefully = async (run: Run): Promise<void> => {
    try {
      await lookAt(run);
    } catch (error) {
      if (error instanceof MessageLost) {
        // The lists of its answer were not read in time: what it has made is there, and it answers at once.
        await queue.remove(run.id);
        return put(run);
      }
      const told = queue.told(error instanceof Error ? error : new Error(String(error))) as AppError;
      if (told.code === 'unavailable') throw error;
      await takeAway(run.id, run.envelope);
      settle(run);
      run.reject(told);
    }
  };

  const start: RunDesk['start'] = ({ id, kind, asks, asked, answers, wish, signal, onProgress, check }) => {
    const { promise: done, resolve, reject } = Promise.withResolvers<never>();
    assert(!runs.has(id), 'a run is started that runs already');
    const run: Run = {
      id,
      signal,
      wish,
      wishPut: undefined,
      envelope: undefined,
      renewedAt: 0,
      stoppingSince: undefined,
      isSettled: false,
      look: shared(() => lookCarefully(run)),
      put: () => writeMessage(queue.mail, asks, { id, keptMs: KEPT_MS, value: asked }),
      add: (envelope) => queue.add(kind, id, envelope),
      onProgress,
      onEnded: async ({ ending }) => {
        let answer: Parameters<typeof check>[0] | undefined;
        let failure: Error | undefined;
        if (ending.kind === 'done') {
          const given = { id: answerTo(id), given: ending.answer };
          answer = await readMessage(queue.mail, answers, given);
          check(answer);
          await removeMessage(queue.mail, given.id, ending.answer);
        } else failure = refusedBy(ending, host);
        await takeAway(id, run.envelope);
        settle(run);
        if (answer === undefined) reject(failure);
        else resolve(answer as never);
      },
      reject,
    };
    runs.set(id, run);
    // It is looked at again every second.
    const begin = (): void => void run.look().catch(() => undefined);
    const abort = (): void => {
      if (run.isSettled) return;
      runs.delete(id);
      stopping.add(run);
      begin();
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    if (!signal.aborted) begin();
    return {
      done,
      setWish: (next) => {
        run.wish = next;
        if (!run.isSettled) begin();
      },
    };
  };

  return {
    start,
    look: async (id) => {
      const all = [...stopping, ...runs.values()];
      const some = id === undefined ? all : all.filter((run) => run.id === id);
      for (const one of toTakeBack) if (!runs.has(one)) await takeAway(one);
      // It was stopped while the host was away, and has ended now that it is back.
      if (id !== undefined && some.length === 0) await takeAway(id);
      await forEachLimit(some, LOOKS_AT_ONCE, (run) => run.look());
    },
    restoreWishes: async () => {
      const restoring = redis.multi();
      for (const run of runs.values()) restoring.hset(names.wishes, run.id, JSON.stringify(run.wish));
      restoring.set(names.wishesAreWhole, '1');
      await restoring.exec();
    },
    takeBackOthers: async () => {
      for (const id of await redis.hkeys(names.wishes)) if (!runs.has(id)) await takeAway(id);
      nudge();
    },
  };
};
