/* library/pulling: what an inference server asks for, as jobs that outlive a restart. */

import { randomUUID } from 'node:crypto';
import { AppError, isForNow, refuse } from '../../domain/errors.ts';
import { readQuantize } from '../../domain/files/selection.ts';
import { INFERENCE_SERVER, type PullJob, type PullStatus } from '../../domain/pulls/pull-job.ts';
import { parseRepoRef } from '../../domain/repo/repo.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';
import type { Adding } from '../adding/add.ts';
import type { Checking } from '../checking/checking.ts';

/** What an inference server asks for. */
export interface Pull {
  /** A repository of models, as people name it for `/add`. */
  readonly model: string;
  /** `auto`, or null: the usual one. */
  readonly quantize: string | null;
  /** Whether its files are looked into when they are there. */
  readonly init: boolean | null;
}

/** A job, and what is seen of its download now. */
export interface SeenJob extends PullJob {
  /** What is to come in all; null before that is known. */
  readonly totalBytes: number | null;
}

export interface PullPage {
  /** Newest first. */
  readonly jobs: readonly SeenJob[];
  /** How many there are in all. */
  readonly total: number;
  /** Whether there are older ones. */
  readonly isLast: boolean;
}

/** What a pull that cannot be is wrong in. */
export class PullError extends AppError {
  readonly field: 'model' | 'quantize';
  constructor(field: 'model' | 'quantize', message: string, options: { readonly cause?: unknown } = {}) {
    super('validation', message, options);
    this.field = field;
  }
}

/** The jobs of an inference server: durable, one download for the same model, nobody is asked anything. */
export interface Pulling {
  /**
   * Begins a job, or finds the one that is open for just this.
   * @throws PullError: there can be no such model; AppError constraint: too many are open
   */
  readonly pull: (pull: Pull) => { readonly job: SeenJob; readonly isNew: boolean };
  /** @param isCall somebody asks about it over HTTP: that is counted */
  readonly get: (id: string, isCall: boolean) => SeenJob | undefined;
  /** @param before the id of a job: only older ones; of one that is not there, none */
  readonly list: (page: { status?: PullStatus | undefined; before?: string | undefined; limit: number }) => PullPage;
  /**
   * Cancels a job that is open: what has arrived stays, and the download goes on if another job wants it. One that has ended is forgotten.
   * Files stay where they are.
   * @returns undefined if there is no such job
   */
  readonly remove: (
    id: string,
  ) => { readonly kind: 'cancelled'; readonly job: SeenJob } | { kind: 'forgotten' } | undefined;
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface PullingDeps {
  readonly store: Pick<Store, 'pullJobs' | 'addRequests' | 'models' | 'atomically'>;
  readonly adding: Pick<Adding, 'request' | 'drop'>;
  readonly queue: Pick<Queue, 'snapshot' | 'pause'>;
  readonly checking: Pick<Checking, 'request'>;
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
  readonly log: Log;
}

/** What is to be looked into is seen by then. */
const LOOK_MS = 1000;
/** Open at once: more is a program that has gone astray. */
const OPEN_MOST = 1000;

/** A job with what its run has at this moment. */
const seen = ({ queue }: { readonly queue: Pick<Queue, 'snapshot'> }, job: PullJob): SeenJob => {
  const live = job.status === 'running' && job.modelId !== null ? queue.snapshot(job.modelId) : undefined;
  const totalBytes = job.sizeBytes;
  if (!live) return { ...job, totalBytes };
  return { ...job, downloadedBytes: Math.min(live.bytesReady, live.bytesTotal), totalBytes: live.bytesTotal };
};

/** @throws PullError */
const check = ({ model, quantize }: Pull, hubHosts: readonly string[]): void => {
  try {
    const { type } = parseRepoRef(model, hubHosts);
    if (type !== 'model') refuse('It is no model. Expected: a repository of a model, such as gpt2.');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new PullError('model', error.message, { cause: error });
  }
  if (quantize !== null && readQuantize(quantize) === 'ask')
    throw new PullError(
      'quantize',
      'Nobody is there to be asked. Expected: auto, q4, fp16, no, or a name such as Q4_K_M.',
    );
};

const isUsual = (quantize: string | null): quantize is null => quantize === null || readQuantize(quantize) === 'auto';

/** Hands a job to the look-ups; once more does nothing. @throws PullError */
const ask = ({ adding }: PullingDeps, { number, model: ref, quantize }: PullJob): void => {
  const options = { ofMachine: true, when: 'now', ...(isUsual(quantize) ? {} : { quantize }) } as const;
  try {
    adding.request({
      chatId: INFERENCE_SERVER,
      userId: INFERENCE_SERVER,
      threadId: null,
      messageId: number,
      ref,
      options,
      quiet: true,
    });
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation')
      throw new PullError('model', error.message, { cause: error });
    throw error;
  }
};

const pull = (deps: PullingDeps, asked: Pull): ReturnType<Pulling['pull']> => {
  const { store, log, hubHosts } = deps;
  const { pullJobs } = store;
  check(asked, hubHosts);
  const open = pullJobs.openJobFor(asked);
  if (open) {
    pullJobs.countCall(open.id);
    return { job: seen(deps, pullJobs.getJob(open.id) ?? open), isNew: false };
  }
  if (pullJobs.countJobs('queued') >= OPEN_MOST)
    refuse(`${OPEN_MOST} jobs wait already. Ask again when some of them are done.`, 'constraint');
  const job = pullJobs.createJob({ id: randomUUID(), ...asked });
  pullJobs.countCall(job.id);
  log.info(
    { job: job.id, ref: job.model, quantize: job.quantize, init: job.init },
    'An inference server asks for a model',
  );
  try {
    ask(deps, job);
  } catch (error) {
    pullJobs.deleteJob(job.id);
    throw error;
  }
  return { job: seen(deps, pullJobs.getJob(job.id) ?? job), isNew: true };
};

/** It is not wanted any more: what waits for it and for nobody else stops where it is. */
const cancel = ({ store, adding, queue, log }: PullingDeps, job: PullJob): void => {
  const { pullJobs } = store;
  pullJobs.updateJob(job.id, { cancelled: true });
  const request = pullJobs.requestOf(job.number);
  if (request !== undefined) adding.drop(request);
  if (job.modelId !== null && pullJobs.othersFor(job) === 0) queue.pause(job.modelId);
  log.info({ job: job.id, model: job.modelId }, 'An inference server has cancelled a job');
};

const remove = (deps: PullingDeps, id: string): ReturnType<Pulling['remove']> => {
  const { store, adding } = deps;
  const job = store.pullJobs.getJob(id);
  if (!job) return undefined;
  if (job.status === 'queued' || job.status === 'running') {
    cancel(deps, job);
    return { kind: 'cancelled', job: seen(deps, store.pullJobs.getJob(id) ?? job) };
  }
  // It may still wait for access to its repository.
  const request = store.pullJobs.requestOf(job.number);
  if (request !== undefined) adding.drop(request);
  store.pullJobs.deleteJob(id);
  return { kind: 'forgotten' };
};

/** A page of jobs, newest first. @param page as for `list` */
export const pullPage = (
  deps: { readonly store: Pick<Store, 'pullJobs'>; readonly queue: Pick<Queue, 'snapshot'> },
  { status, before, limit }: Parameters<Pulling['list']>[0],
): PullPage => {
  const { pullJobs } = deps.store;
  const from = before === undefined ? undefined : (pullJobs.getJob(before)?.number ?? 0);
  const found = pullJobs.listJobs({ status, before: from, limit: limit + 1 });
  return {
    jobs: found.slice(0, limit).map((job) => seen(deps, job)),
    total: pullJobs.countJobs(status),
    isLast: found.length <= limit,
  };
};

/** Asks for what a kill, or a full disk, has kept from being asked for. */
const askAgain = (deps: PullingDeps): void => {
  for (const job of deps.store.pullJobs.unasked()) {
    try {
      ask(deps, job);
    } catch (error) {
      // What is wrong with one is no reason for the others.
      if (isForNow(error)) throw error;
      deps.log.warn({ err: error, job: job.id }, 'A job cannot be asked for any more');
      deps.store.pullJobs.updateJob(job.id, { cancelled: true });
    }
  }
};

/** What is complete and to be looked into is. */
const lookInto = ({ store, checking }: PullingDeps): void => {
  for (const id of store.pullJobs.modelsToCheck()) {
    const model = store.models.getModel(id);
    if (model) checking.request(model);
  }
};

/** Nothing is begun before `start`. */
export const createPulling = (deps: PullingDeps): Pulling => {
  let ticker: ReturnType<typeof startTicker> | undefined;
  return {
    pull: (asked) => pull(deps, asked),
    get: (id, isCall) => {
      if (isCall) deps.store.pullJobs.countCall(id);
      const job = deps.store.pullJobs.getJob(id);
      return job && seen(deps, job);
    },
    list: (page) => pullPage(deps, page),
    remove: (id) => remove(deps, id),
    start: () => {
      let isAsked = false;
      const look = (): void => {
        // Not before: a full disk is no reason not to start, and it is tried again until it works.
        if (!isAsked) askAgain(deps);
        isAsked = true;
        lookInto(deps);
      };
      const onError = (error: unknown): void => deps.log.error({ err: error }, 'Jobs could not be looked at');
      ticker ??= startTicker(LOOK_MS, look, onError);
      ticker.poke();
    },
    close: async () => {
      await ticker?.close();
    },
  };
};
