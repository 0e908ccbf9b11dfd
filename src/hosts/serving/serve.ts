/* hosts/serving: what is such a machine itself: takes wishes, carries them out, tells what came of them. */

import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Checker } from '../../checks/checker.ts';
import type { Executor } from '../../copies/executor.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { openScope, type Scope } from '../../lib/scope.ts';
import { startTicker } from '../../lib/ticker.ts';
import { connect, type RedisEndpoint } from '../connection.ts';
import { createOutage } from '../outage.ts';
import { failureOf } from '../wire/failure.ts';
import { MessageLost, MessageRefused, readMessage, writeMessage } from '../wire/form.ts';
import type { Ending } from '../wire/jobs.ts';
import { answerTo, type HostNames, namesOf, PROTOCOL } from '../wire/names.ts';
import { PRESENCE_EVERY_MS } from '../wire/presence.ts';
import { type Answer, isQuestion, QUESTIONS, type QuestionName } from '../wire/questions.ts';
import { type Answers, createAnswers } from './answers.ts';
import { createPages } from './pages.ts';
import { createPresence, waitForName } from './presence.ts';
import type { RunTold, TakenJob } from './begin.ts';
import { createRuns, type Runs } from './runs.ts';

export type { RunTold };

export interface ServingOptions {
  /** As the bot knows this machine. */
  readonly name: string;
  readonly endpoint: RedisEndpoint;
  readonly copies: Executor;
  /** Looks into copies of this machine; without it the bot is told that nothing does. */
  readonly checker?: Checker | undefined;
  /** A UUID of the folder that the copies lie in: who has the same name and another folder is another machine. */
  readonly machine: string;
  readonly version: string;
  /** How long it is waited until the word of another machine of this name is gone; 16 s if not given. */
  readonly nameMs?: number;
  readonly bytesPerSecondMost: () => number | undefined;
  /** Since when the Hub does not answer this machine, in ms since 1970; undefined: it does, or nobody asks it. */
  readonly hubSilentSince?: () => number | undefined;
  /** The host and port of the Hub that this machine asks. */
  readonly hubAsked?: string;
  /** Is told when Redis has let this host in, when it is lost, and when it is back. */
  readonly onReach?: (isReached: boolean, why?: () => string | undefined) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** A storage host at work. */
export interface Serving extends Pick<Runs, 'told'> {
  /** Rejects when it cannot go on: another machine has taken its name. Never resolves. */
  readonly failed: Promise<never>;
  readonly close: () => Promise<void>;
}

/** The bot adds what a host has places for; here only nobody may start without end. */
const RUNS_MOST = 200;
const QUESTIONS_AT_ONCE = 8;
/** What is wanted is looked at so often even if nobody says that something has changed. */
const LOOK_MS = 2000;
/** How long the lists of an answer wait for whoever has asked. */
const ANSWER_KEPT_MS = 300_000;

/** Only this process takes jobs of these queues: nobody else could have lost them. It looks for them itself when it starts. */
const WORKER = {
  lockDuration: 30_000,
  stalledInterval: 15_000,
  maxStalledCount: 1_000_000_000,
  // After an error of the connection; BullMQ would wait for a quarter of a minute.
  runRetryDelay: 500,
  autorun: false,
} as const;

const DAY_SECONDS = 86_400;

/** What a process that was killed had taken is taken again at once. Whoever had asked it something has given up. */
const takeBack = async (runs: Queue, questions: Queue): Promise<void> => {
  for (const queue of [runs, questions]) for (const job of await queue.getActive()) await job.moveToWait();
  await questions.drain(true);
};

const answer = async <Name extends QuestionName>(
  name: Name,
  answers: Answers,
  {
    redis,
    names,
    job,
    id,
  }: { readonly redis: Redis; readonly names: HostNames; readonly job: TakenJob; readonly id: string },
): Promise<Ending> => {
  const mail = { redis, names };
  // The compiler does not see that both are of the same question.
  const form = QUESTIONS[name] as unknown as {
    readonly asks: Parameters<typeof readMessage>[1];
    readonly answers: Parameters<typeof writeMessage>[1];
  };
  const asked = await readMessage(mail, form.asks, { id, given: job.data });
  const value: Answer<Name> = await (answers[name] as (given: object) => Promise<Answer<Name>>)(asked);
  return {
    kind: 'done',
    answer: await writeMessage(mail, form.answers, { id: answerTo(id), keptMs: ANSWER_KEPT_MS, value }),
  };
};

const refused = (says: string): Ending => ({ kind: 'refused', protocol: PROTOCOL, says: says.slice(0, 1000) });

/** What becomes of a question. */
const createAnswering =
  (answers: Answers, { redis, names, log }: { readonly redis: Redis; readonly names: HostNames; readonly log: Log }) =>
  async (job: TakenJob): Promise<Ending> => {
    const { id = '', name } = job;
    if (!isQuestion(name)) return refused(`There is no question “${name.slice(0, 40)}”.`);
    try {
      return await answer(name, answers, { redis, names, job, id });
    } catch (error) {
      if (error instanceof MessageLost) return { kind: 'lost' };
      if (error instanceof MessageRefused) {
        log.warn({ err: error, question: name }, 'The bot has asked what is not understood here');
        return refused(error.message);
      }
      log.debug({ err: error, question: name }, 'A question of the bot has failed');
      return { kind: 'failed', failure: failureOf(error) };
    }
  };

interface Connections {
  /** Fails when Redis is away. */
  readonly redis: Redis;
  /** Waits until it is back. */
  readonly patient: Redis;
}

const openConnections = ({ endpoint, onReach = () => undefined, log }: ServingOptions, scope: Scope): Connections => {
  const outage = createOutage(endpoint, log, 'what runs goes on, and it is tried again');
  const open = (blocks: boolean): Redis => {
    const redis = connect(endpoint, blocks, outage.onError, outage.onEviction);
    scope.defer(() => redis.disconnect());
    return redis;
  };
  const connections = { redis: open(false), patient: open(true) };
  connections.patient.on('close', () => onReach(false, outage.why));
  connections.patient.on('ready', () => {
    onReach(true);
    outage.onReady();
  });
  return connections;
};

const sayTaken =
  ({ name, log }: ServingOptions) =>
  (waitsMs: number): void => {
    const waits = `It is waited for ${Math.ceil(waitsMs / 1000)} s until its word is gone.`;
    log.warn({ host: name }, `Another machine is the host ${name} at this Redis, or was a moment ago. ${waits}`);
  };

/**
 * Carries out for the bot what it wants of this machine, until it is closed.
 * @param signal while it waits for Redis, or for the name
 * @throws AppError configuration: Redis does not let it in; held: another machine has this name
 */
export const openServing = async (options: ServingOptions, signal: AbortSignal): Promise<Serving> => {
  const { name, endpoint, copies, checker, clock, log } = options;
  const scope = openScope();
  try {
    const names = namesOf(name);
    const { redis, patient } = openConnections(options, scope);
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => undefined);
    const runs = createRuns({ copies, checker, redis, patient, names, clock, log });
    const presence = createPresence({ ...options, redis, names, process: randomUUID(), running: runs.count });
    await waitForName(presence, { redis, endpoint, signal, nameMs: options.nameMs, onTaken: sayTaken(options) });
    const queueOptions = { connection: patient, prefix: names.prefix, skipMetasUpdate: true };
    const [runsQueue, questionsQueue] = [names.runs, names.questions].map((queue) => new Queue(queue, queueOptions));
    for (const queue of [runsQueue, questionsQueue]) {
      queue?.on('error', (err) => log.debug({ err }, 'A queue of the bot'));
      scope.defer(() => queue?.close());
    }
    if (runsQueue && questionsQueue) await takeBack(runsQueue, questionsQueue);
    const pages = createPages(clock);
    scope.defer(pages.close);
    const answering = createAnswering(createAnswers({ copies, pages, look: runs.look }), {
      redis: patient,
      names,
      log,
    });
    const keep = { age: DAY_SECONDS, count: 1000 };
    const workers = [
      new Worker(names.runs, (job) => runs.take(job), {
        ...WORKER,
        connection: patient,
        prefix: names.prefix,
        concurrency: RUNS_MOST,
        removeOnComplete: keep,
      }),
      new Worker(names.questions, (job) => answering(job), {
        ...WORKER,
        connection: patient,
        prefix: names.prefix,
        concurrency: QUESTIONS_AT_ONCE,
        removeOnComplete: { age: 60, count: 200 },
      }),
    ];
    for (const worker of workers) {
      worker.on('error', (err) => log.debug({ err }, 'A queue of the bot'));
      worker.on('lockRenewalFailed', (ids) =>
        log.info({ ids }, 'Redis may hand out again what runs here; it stays one run'),
      );
      // Not waiting for what is under way: it stays in the queue, for the next start.
      scope.defer(() => worker.close(true));
      worker.run().catch((err: unknown) => log.error({ err }, 'A queue of the bot is not read any more'));
    }
    scope.defer(runs.close);
    const look = startTicker(LOOK_MS, runs.look, (err) => log.debug({ err }, 'What is wanted could not be read'));
    const tell = startTicker(
      PRESENCE_EVERY_MS,
      async () => {
        if (!(await presence.tell())) failed.reject(presence.nameTaken());
      },
      (err) => log.debug({ err }, 'Nobody could be told that this host is here'),
    );
    scope.use(look);
    scope.use(tell);
    scope.defer(presence.leave);
    return { failed: failed.promise, told: runs.told, close: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
};
