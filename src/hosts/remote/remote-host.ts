/* hosts/remote: one of them as the bot sees it: an executor and a checker, and what is still wished of it. */

import type { Redis } from 'ioredis';
import type { Checker } from '../../checks/checker.ts';
import type { Executor } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { openScope } from '../../lib/scope.ts';
import { startTicker } from '../../lib/ticker.ts';
import { fullText, isFull } from '../full.ts';
import { type HostNames, namesOf } from '../wire/names.ts';
import type { Presence } from '../wire/presence.ts';
import { createRemoteChecker } from './checker.ts';
import { createRemoteExecutor } from './executor.ts';
import { openHostQueue } from './host-queue.ts';
import { createQuestionDesk } from './question-desk.ts';
import { createRunDesk, type RunDesk } from './run-desk.ts';
import { createStanding, type Standing } from './standing.ts';
import { createWishes } from './wishes.ts';

/** Another machine, as the bot has to do with it. */
export interface RemoteHost {
  readonly executor: Executor;
  readonly checker: Checker;
  readonly standing: () => Standing;
  /** When it was last heard of, milliseconds since the epoch; undefined: not since the bot has started. */
  readonly seenAt: () => number | undefined;
  readonly close: () => Promise<void>;
}

export interface RemoteHostOptions {
  readonly name: string;
  /** Fails when Redis is away. */
  readonly redis: Redis;
  /** Waits until Redis is back. */
  readonly patient: Redis;
  /** Is told every few seconds of a host that is there; again a second later where it throws. */
  readonly onSeen?: (presence: Presence) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** A card that is looked at shows what is at most so old. */
const LOOK_MS = 1000;
/** What an earlier process of the bot has wanted has been asked for again by then, or is not wanted any more. */
const SETTLED_MS = 60_000;
/** While a host is away. */
const ROOM_MS = 10_000;
const ROOM_KEPT_MS = 1000;

/** What people are told who have asked something of a host: nobody keeps their question. */
const sentenceFor = (host: string, standing: Standing): string => {
  switch (standing.kind) {
    case 'no_redis':
      return `Redis does not answer, and ${host} is reached by it alone. Ask again when Redis is back.`;
    case 'redis_full':
      return `${fullText(host)} Ask again then.`;
    case 'other_version':
      return `${host} runs hubgram ${standing.version}, which does not understand this one. Install the same version on both.`;
    case 'not_believed':
      return `What ${host} says of itself cannot be. Look at its log.`;
    case 'there':
    case 'away':
      return `${host} is away. Ask again when it is back.`;
  }
};

/** A host that cannot say that it is there, and one that is away, look alike: so it is tried whether Redis takes anything. */
const createRoom = ({
  redis,
  names,
  clock,
}: Pick<RemoteHostOptions, 'redis' | 'clock'> & { readonly names: HostNames }) => {
  let triedAt: number | undefined;
  return {
    /** @throws when Redis is full */
    check: async (kind: Standing['kind']): Promise<void> => {
      const isDue = triedAt === undefined || clock.monotonic() - triedAt >= ROOM_MS;
      if (kind !== 'redis_full' && (kind !== 'away' || !isDue)) return;
      triedAt = clock.monotonic();
      await redis.set(names.room, '', 'PX', ROOM_KEPT_MS);
    },
  };
};

/** What is read or looked into is begun anew by each process of the bot: what an earlier one has begun would be done a second time. */
const isJoinedByNobody = (id: string): boolean => /^[kv]-/.test(id);

/** Who has lost all in Redis is not told before what is wanted is known here again. */
const createReconciling = (runs: RunDesk, clock: Pick<Clock, 'monotonic'>): (() => Promise<void>) => {
  const opened = clock.monotonic();
  let [isBegun, isSettled] = [false, false];
  return async () => {
    if (!isBegun) await runs.takeBackOthers(isJoinedByNobody);
    isBegun = true;
    if (!isSettled && clock.monotonic() - opened < SETTLED_MS) return;
    if (!isSettled) await runs.takeBackOthers();
    isSettled = true;
    await runs.restoreWishes();
  };
};

/** Begins to look for a host of this name. It need not be there, nor Redis. */
export const openRemoteHost = (options: RemoteHostOptions): RemoteHost => {
  const { name, redis, patient, onSeen = () => undefined, clock, log } = options;
  const scope = openScope();
  const names = namesOf(name);
  const queues = { host: name, names, redis, patient, scope, log };
  const standing = createStanding({ redis, names, host: name, clock, log, onSeen });
  const isThere = (): boolean => standing.now().kind === 'there';
  const ignore = (): void => undefined;

  const questions = createQuestionDesk({
    queue: openHostQueue({ ...queues, name: names.questions, onEnded: (id) => void questions.look(id).catch(ignore) }),
    process: () => {
      const now = standing.now();
      return now.kind === 'there' ? now.presence.process : undefined;
    },
    away: () => new AppError('unavailable', sentenceFor(name, standing.now())),
    host: name,
    clock,
  });
  const nudge = (): void => {
    // It looks by itself every two seconds.
    if (isThere()) questions.ask('look', {}).catch(ignore);
  };
  const queue = openHostQueue({ ...queues, name: names.runs, onEnded: (id) => void runs.look(id).catch(ignore) });
  const wishes = createWishes({ redis, names, queue });
  const runs = createRunDesk({ queue, wishes, host: name, isThere, nudge, clock, log });
  const reconcile = createReconciling(runs, clock);
  const room = createRoom({ redis, names, clock });
  const look = async (): Promise<void> => {
    try {
      await room.check(standing.now().kind);
      await standing.look();
      await reconcile();
      await Promise.all([runs.look(), questions.look()]);
    } catch (error) {
      const kind = isFull(error) ? 'redis_full' : 'no_redis';
      if (kind === 'redis_full' && standing.now().kind !== kind) log.warn({ host: name }, fullText(name));
      standing.lost(kind);
      await questions.look().catch(ignore);
      throw error;
    }
  };
  const ticker = startTicker(LOOK_MS, look, (err) => log.debug({ err, host: name }, 'A host could not be looked at'));
  ticker.poke();
  scope.use(ticker);
  return {
    executor: createRemoteExecutor({
      host: name,
      runs,
      questions,
      isThere,
      bytesReceived: standing.bytesReceived,
      diskBytes: standing.diskBytes,
      clock,
      log,
    }),
    checker: createRemoteChecker(runs),
    standing: standing.now,
    seenAt: standing.seenAt,
    close: () => scope.close(),
  };
};
