import { randomUUID } from 'node:crypto';
import { EVER } from '../helpers/clock.ts';
import { describe, expect, it } from 'vitest';
import { INFERENCE_SERVER, type PullJob } from '../../src/domain/pulls/pull-job.ts';
import type { Model } from '../../src/domain/model.ts';
import { type Bench, failure, fileOf, hash, openBench } from '../store/setup.ts';

/**
 * The durable job of an inference server's own database (jobs), in the rows that hubgram keeps of one. Each field is written by what
 * happens and read by the store's own functions; what the server did by `update_job` the download does itself.
 */
const OF_SERVER = { chatId: INFERENCE_SERVER, requestedBy: INFERENCE_SERVER, commitSha: hash('c', 40), sizeBytes: 100 };

interface Asked {
  readonly bench: Bench;
  readonly now: () => PullJob;
  /** Its look-up finds a model. */
  readonly found: () => Model;
  readonly requestId: number;
}

const create = (bench: Bench, init: boolean | null = null, model = 'gpt2'): Asked => {
  const { store } = bench;
  const job = store.pullJobs.createJob({ id: randomUUID(), model, quantize: 'auto', init });
  const { request } = store.addRequests.createAddRequest({
    chatId: INFERENCE_SERVER,
    userId: INFERENCE_SERVER,
    threadId: null,
    messageId: job.number,
    ref: model,
    options: {},
    quiet: true,
  });
  return {
    bench,
    now: () => store.pullJobs.getJob(job.id) as PullJob,
    requestId: request.id,
    found: () => {
      const added = bench.add(model, { ...OF_SERVER, files: [fileOf('model.safetensors')] });
      store.addRequests.moveAddRequest(request.id, 'looking_up', 'added', { modelId: added.id });
      return added;
    },
  };
};

const end = ({ store }: Bench, model: Model, kind: 'completed' | 'failed'): void =>
  store.atomically(() => {
    const session = store.sessions.startOrContinue(model.id, model.sizeBytes ?? 0);
    store.models.moveModel(
      model.id,
      'downloading',
      kind,
      kind === 'completed' ? { downloadPath: '/hub/snapshots/abc' } : {},
    );
    const failed = { errorMessage: 'The disk is gone.', errorStack: 'Error: gone\n    at disk' };
    store.sessions.updateDownloadSession(session.id, kind, kind === 'failed' ? failed : {});
  });

it('has every column of the contract, and two of its future ones', () => {
  const columns = openBench().raw.pragma('table_info(pull_jobs)') as {
    name: string;
    notnull: number;
    dflt_value: unknown;
  }[];
  const of = (name: string) => columns.find((column) => column.name === name);
  for (const name of ['id', 'model', 'status', 'created_at', 'downloaded_bytes'])
    expect(of(name)).toMatchObject({ notnull: 1 });
  for (const name of ['quantize', 'init', 'started_at', 'finished_at', 'error', 'traceback', 'size_bytes'])
    expect(of(name)).toMatchObject({ notnull: 0 });
  expect(of('status')).toMatchObject({ dflt_value: "'queued'" });
  expect(of('downloaded_bytes')).toMatchObject({ dflt_value: '0' });
  for (const name of ['api_call_count', 'last_api_call']) expect(of(name)).toBeDefined();
});

describe('create_job, get_job', () => {
  it('a job is queued, and read as it was written', () => {
    const bench = openBench();
    const { now } = create(bench, true);
    expect(now()).toMatchObject({
      model: 'gpt2',
      quantize: 'auto',
      init: true,
      status: 'queued',
      createdAt: bench.clock.iso(),
      startedAt: null,
      finishedAt: null,
      error: null,
      traceback: null,
      localPath: null,
      sizeBytes: null,
      downloadedBytes: 0,
      selection: null,
      apiCallCount: 0,
      lastApiCall: null,
    });
    expect(bench.store.pullJobs.getJob(randomUUID())).toBeUndefined();
  });

  it('an id is given once', () => {
    const bench = openBench();
    const { now } = create(bench);
    const { id, model, quantize, init } = now();
    expect(failure(() => bench.store.pullJobs.createJob({ id, model, quantize, init })).code).toBe('integrity');
  });
});

describe('update_job: queued → running → succeeded or failed', () => {
  it('follows its model to its end, with the id as its session’s uuid', () => {
    const bench = openBench();
    const { now, found } = create(bench);
    const model = found();
    expect(now()).toMatchObject({ status: 'queued', sizeBytes: model.sizeBytes, selection: model.selection });
    bench.clock.move(1000);
    const startedAt = bench.clock.iso();
    bench.run(model);
    expect(now()).toMatchObject({ status: 'running', startedAt, finishedAt: null });
    bench.clock.move(1000);
    end(bench, model, 'completed');
    expect(now()).toMatchObject({
      status: 'succeeded',
      startedAt,
      localPath: '/hub/snapshots/abc',
      downloadedBytes: model.sizeBytes,
      error: null,
    });
    expect(now().finishedAt?.slice(0, 19)).toBe(bench.clock.iso().slice(0, 19));
    expect(bench.store.sessions.getDownloadHistory(model.id)).toMatchObject([{ uuid: now().id }]);
  });

  it('fails with the error and the stack, and is queued under the same id when it is tried again', () => {
    const bench = openBench();
    const { now, found } = create(bench);
    const model = found();
    bench.run(model);
    end(bench, model, 'failed');
    const { id } = now();
    expect(now()).toMatchObject({
      status: 'failed',
      error: 'The disk is gone.',
      traceback: 'Error: gone\n    at disk',
    });
    expect(now().finishedAt).not.toBeNull();
    bench.store.models.moveModel(model.id, 'failed', 'pending');
    expect(now()).toMatchObject({ id, status: 'queued', error: null, traceback: null, finishedAt: null });
    bench.run(model);
    end(bench, model, 'completed');
    expect(now()).toMatchObject({ id, status: 'succeeded', error: null });
  });

  it('paused is queued, cancelled is failed with that error', () => {
    const bench = openBench();
    const { now, found } = create(bench);
    const model = found();
    bench.run(model);
    const session = bench.store.sessions.startOrContinue(model.id, 10);
    bench.store.models.moveModel(model.id, 'downloading', 'paused');
    expect(now().status).toBe('queued');
    bench.store.sessions.updateDownloadSession(session.id, 'cancelled');
    expect(now()).toMatchObject({ status: 'failed', error: 'The job was cancelled.' });
  });

  it('fails with its look-up', () => {
    const bench = openBench();
    const { now, requestId } = create(bench);
    bench.store.addRequests.beginLookUp(requestId);
    const startedAt = bench.clock.iso();
    bench.clock.move(1000);
    const choices = {
      kind: 'failure',
      code: 'not_found',
      suggestions: [],
      stack: 'AppError: none\n    at hub',
    } as const;
    const changes = { errorMessage: 'There is no gpt2.', choices };
    bench.store.addRequests.moveAddRequest(requestId, 'looking_up', 'failed', changes);
    expect(now()).toMatchObject({ status: 'failed', error: 'There is no gpt2.', traceback: choices.stack, startedAt });
    bench.store.addRequests.moveAddRequest(requestId, 'failed', 'looking_up', { errorMessage: null, choices: null });
    expect(now()).toMatchObject({ status: 'queued', error: null });
  });

  it('a job that has succeeded stays so, whatever becomes of its model; where the files are it says as long as they are there', () => {
    const bench = openBench();
    const { now, found } = create(bench);
    const model = found();
    bench.run(model);
    end(bench, model, 'completed');
    bench.store.models.moveModel(model.id, 'completed', 'pending');
    expect(now().status).toBe('succeeded');
    bench.raw.prepare('DELETE FROM models WHERE id = ?').run(model.id);
    expect(now()).toMatchObject({ status: 'succeeded', localPath: null, sizeBytes: model.sizeBytes });
  });

  it('an open job whose model is removed has failed', () => {
    const bench = openBench();
    const { now, found } = create(bench);
    const model = found();
    bench.raw.prepare('DELETE FROM models WHERE id = ?').run(model.id);
    expect(now()).toMatchObject({ status: 'failed', error: 'The model was removed from the library.' });
  });

  it('with init, is done when its copy was looked into', () => {
    const bench = openBench();
    const { store } = bench;
    const { now, found } = create(bench, true);
    const model = found();
    bench.run(model);
    end(bench, model, 'completed');
    expect(now()).toMatchObject({ status: 'running', finishedAt: null });
    expect(store.pullJobs.modelsToCheck()).toEqual([model.id]);
    const copyId = store.models.getModel(model.id)?.copyId ?? 0;
    store.checks.requestCheck(copyId, null);
    expect(store.pullJobs.modelsToCheck()).toEqual([]);
    store.checks.settleCheck(copyId, { errorMessage: 'It cannot be read.' });
    expect(now()).toMatchObject({ status: 'failed', error: 'It cannot be read.' });
    store.checks.requestCheck(copyId, null);
    const counts = { weightFiles: 1, tensors: 1, faultCount: 0, unreadCount: 0, importCount: 0 };
    const lists = { faults: [], unread: [], imports: [] };
    expect(now().status).toBe('running');
    const whole = { ...counts, ...lists };
    const loads = { kind: 'failed', path: 'model.gguf', reason: 'is of a kind that nobody knows.' } as const;
    store.checks.settleCheck(copyId, { result: { whole, loads } });
    expect(now()).toMatchObject({
      status: 'failed',
      error: 'It cannot be loaded: model.gguf is of a kind that nobody knows.',
    });
    store.checks.requestCheck(copyId, null);
    store.checks.settleCheck(copyId, { result: { whole, loads: { kind: 'no_runtime', runtime: 'gguf' } } });
    expect(now()).toMatchObject({ status: 'succeeded', error: null });
  });
});

it('a job is there in no other chat: neither cards nor notices are kept for it', () => {
  const bench = openBench();
  const model = create(bench).found();
  bench.store.cards.putCard({ modelId: model.id, chatId: 0, threadId: null, messageId: null, replyTo: null });
  bench.store.outbox.addNotice({ chatId: 0, kind: 'completed', modelId: model.id });
  expect(bench.store.cards.cardOf(model.id)).toBeUndefined();
  expect(bench.store.outbox.dueNotices(EVER, 1)).toEqual([]);
});

describe('get_all_jobs, delete_old_jobs', () => {
  it('lists a page at a time, newest first, of one status if that is asked for', () => {
    const bench = openBench();
    const { pullJobs } = bench.store;
    const jobs = ['a', 'b', 'c'].map((model) => create(bench, null, model).now());
    expect(pullJobs.listJobs({ limit: 2 }).map(({ model }) => model)).toEqual(['c', 'b']);
    expect(pullJobs.listJobs({ limit: 2, before: jobs[1]?.number }).map(({ model }) => model)).toEqual(['a']);
    pullJobs.updateJob(jobs[1]?.id ?? '', { cancelled: true });
    expect(pullJobs.listJobs({ limit: 9, status: 'failed' }).map(({ model }) => model)).toEqual(['b']);
    expect([pullJobs.countJobs(), pullJobs.countJobs('failed'), pullJobs.countJobs('running')]).toEqual([3, 1, 0]);
  });

  it('those that ended before go at night, those that are open stay', () => {
    const bench = openBench();
    const { pullJobs, retention } = bench.store;
    const [old, open, young] = ['a', 'b', 'c'].map((model) => create(bench, null, model).now());
    pullJobs.updateJob(old?.id ?? '', { cancelled: true });
    bench.clock.move(1);
    const before = bench.clock.iso();
    pullJobs.updateJob(young?.id ?? '', { cancelled: true });
    expect(retention.removeEnded('pullJobs', 0, { before, sessionsPerModel: 0 }).removed).toBe(1);
    expect(pullJobs.listJobs({ limit: 9 }).map(({ id }) => id)).toEqual([young?.id, open?.id]);
  });

  it('delete_job: a job that is gone is gone once', () => {
    const bench = openBench();
    const { id } = create(bench).now();
    expect([bench.store.pullJobs.deleteJob(id), bench.store.pullJobs.deleteJob(id)]).toEqual([true, false]);
  });
});

it('api_call_count, last_api_call: each call is counted', () => {
  const bench = openBench();
  const { now } = create(bench);
  bench.clock.move(5);
  bench.store.pullJobs.countCall(now().id);
  bench.store.pullJobs.countCall(now().id);
  expect(now()).toMatchObject({ apiCallCount: 2, lastApiCall: bench.clock.iso() });
});
