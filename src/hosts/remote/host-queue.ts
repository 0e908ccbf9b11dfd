import { type Job, Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Scope } from '../../lib/scope.ts';
import { fullText, isFull } from '../full.ts';
import { errorOf } from '../wire/failure.ts';
import { type Envelope, type Mail, MessageLost, MessageRefused, removeMessage } from '../wire/form.ts';
import { type Ending, endingSchema } from '../wire/jobs.ts';
import { type HostNames, PROTOCOL } from '../wire/names.ts';

/** How something that a host was given has ended. */
export interface Ended {
  readonly ending: Ending;
}

/** What there is of it in Redis. */
export interface Found {
  readonly progress: unknown;
  /** Undefined: it has not. */
  readonly ended: Ended | undefined;
}

/** A queue of a host, from the bot's side. All of it fails when Redis is away. */
export interface HostQueue {
  readonly mail: Mail;
  /** Without effect if there is one of that name. */
  readonly add: (name: string, id: string, envelope: Envelope) => Promise<void>;
  /** What was put there for it, as it lies there; undefined: nothing is there. */
  readonly given: (id: string) => Promise<unknown>;
  /** @throws AppError integrity: what the host has put there cannot be */
  readonly find: (id: string) => Promise<Found | undefined>;
  /**
   * Takes it away, with its lists.
   * @returns false: the host has it in hand
   */
  readonly remove: (id: string, envelope?: Envelope) => Promise<boolean>;
  /** An error as people are to hear of it. */
  readonly told: (error: unknown) => Error;
}

/** What a host says that is older than what it is asked (`serving`). */
const UNKNOWN_THERE = /^There is no (?:kind of run|question) /;

/** What has ended is told to whoever listens; who does not, looks himself. Nobody needs more of them. */
const EVENTS_KEPT = 200;
/** An ending with its heads and a sentence or two; what is long lies beside it. */
const ENDING_MOST_BYTES = 100_000;

/** What a host may not answer with: it is no friend, or its disk lies. */
export const refusedBy = (ending: Exclude<Ending, { kind: 'done' }>, host: string): Error => {
  if (ending.kind === 'failed') return errorOf(ending.failure, host);
  if (ending.kind === 'refused') {
    if (ending.protocol === PROTOCOL && UNKNOWN_THERE.test(ending.says))
      return new AppError(
        'operational',
        `The hubgram on ${host} is older and does not know how to do that. Install there the version that runs here.`,
      );
    const why =
      ending.protocol === PROTOCOL
        ? ending.says
        : `It speaks version ${ending.protocol} of what hosts are told, and the bot version ${PROTOCOL}: install the same hubgram on both.`;
    return new AppError('operational', `${host} does not understand what it was asked. ${why}`);
  }
  return new AppError('unavailable', `${host} has not done it. Try again.`);
};

interface HostQueueOptions {
  readonly name: string;
  readonly host: string;
  readonly names: HostNames;
  /** Fails when Redis is away. */
  readonly redis: Redis;
  /** Waits until Redis is back. */
  readonly patient: Redis;
  readonly scope: Scope;
  readonly log: Log;
  /** Is told of each that has ended, soon: whoever misses it finds it by looking. */
  readonly onEnded: (id: string) => void;
}

const readEnding = ({ returnvalue, finishedOn, failedReason }: Job): Ending | undefined => {
  if (finishedOn === undefined) return undefined;
  // No host fails a job: BullMQ does, where a process dies again and again.
  if (failedReason) return { kind: 'lost' };
  const read = endingSchema.safeParse(returnvalue);
  if (!read.success) throw new MessageRefused('An ending is not as agreed');
  return read.data;
};

/** Opens a queue of a host on the bot's side; the scope closes it. */
export const openHostQueue = (options: HostQueueOptions): HostQueue => {
  const { name, host, names, redis, patient, scope, log, onEnded } = options;
  const { prefix } = names;
  const queue = new Queue(name, {
    connection: redis,
    prefix,
    skipWaitingForReady: true,
    streams: { events: { maxLen: EVENTS_KEPT } },
  });
  const events = new QueueEvents(name, { connection: patient, prefix });
  const onError = (err: Error): void => log.debug({ err, host }, 'The queue of a host');
  queue.on('error', onError);
  events.on('error', onError);
  events.on('completed', ({ jobId }) => onEnded(jobId));
  events.on('failed', ({ jobId }) => onEnded(jobId));
  scope.defer(() => queue.close());
  scope.defer(() => events.close());

  const mail: Mail = { redis, names };
  const cannotBe = (why: string): AppError => {
    log.warn({ host, why }, 'A host has answered what cannot be; it is not believed');
    return new AppError('integrity', `${host} has answered what cannot be, and is not believed: ${why}`);
  };
  const told = (error: unknown): Error => {
    if (error instanceof AppError) return error;
    if (error instanceof MessageRefused) return cannotBe(error.message);
    if (isFull(error)) return new AppError('unavailable', fullText(host), { cause: error });
    const why = error instanceof MessageLost ? 'has lost a part of it' : 'does not answer';
    return new AppError('unavailable', `Redis, which leads to ${host}, ${why}. It is tried again.`, { cause: error });
  };
  const checkLength = async (id: string): Promise<void> => {
    const key = queue.toKey(id);
    const lengths = await Promise.all(['returnvalue', 'progress'].map((field) => redis.hstrlen(key, field)));
    if (Math.max(...lengths) > ENDING_MOST_BYTES) throw new MessageRefused('It is too long');
  };

  return {
    mail,
    told,
    add: async (kind, id, envelope) => {
      await queue.add(kind, envelope, { jobId: id, attempts: 1 });
    },
    given: async (id) => (await queue.getJob(id))?.data as unknown,
    find: async (id) => {
      await checkLength(id);
      const job = await queue.getJob(id);
      if (!job) return undefined;
      const ending = readEnding(job);
      return { progress: job.progress, ended: ending && { ending } };
    },
    remove: async (id, envelope) => {
      // BullMQ does not take away what a worker holds the lock of, and says so by a number.
      if ((await queue.remove(id)) !== 1) return false;
      if (envelope) await removeMessage(mail, id, envelope);
      return true;
    },
  };
};
