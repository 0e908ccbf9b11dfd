import { afterEach, describe, expect, it } from 'vitest';
import type { Executor } from '../../src/copies/executor.ts';
import { diskFailure } from '../../src/domain/failures/disk-failure.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const repos = [sampleModel('sample/one', 200_000), sampleModel('sample/two', 200_000)];

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

const diskFull = (): never => {
  throw new AppError('no_space', 'The disk is full.');
};

describe('a fault of ours', () => {
  it('fails the download with a sentence that shows nothing, and a place to look at', async () => {
    const locate = (): never => {
      throw new TypeError('secret is not a function');
    };
    bench = await setUp({ repos }, {}, { locate: () => locate });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    await bench.reaches(id, 'failed');
    const [session] = bench.store.sessions.getDownloadHistory(id);
    expect(session?.errorMessage).toContain(session?.uuid);
    expect(session?.errorMessage).not.toContain('secret');
    expect(session?.errorStack).toContain('TypeError: secret is not a function');
    expect(bench.notices(id)).toEqual(['failed']);
  });

  it('fails the download of a model whose commit nobody knows', async () => {
    bench = await setUp({ repos });
    const { id } = bench.store.models.createModel({ chatId: 1, name: 'sample/one' });
    bench.queue.start();
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage).toMatch(/Remove it and add it again/);
  });
});

describe('a disk that refuses in the middle of a download', () => {
  /** What Node throws, once. */
  const refusingOnce = async (code: string): Promise<number> => {
    let isOver = false;
    const copies = (real: Executor): Executor => ({
      ...real,
      start: (job, signal) => {
        const begun = real.start(job, signal);
        if (isOver) return begun;
        isOver = true;
        const error = diskFailure(Object.assign(new Error(code), { code, path: '/cache/models--x/blobs/y' }));
        return { ...begun, done: begun.done.then(() => Promise.reject(error)) };
      },
    });
    bench = await setUp({ repos }, {}, { copies });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    return id;
  };

  // ayaanzhaque/instruct-nerf2nerf#86
  it('since a quota is used up: waits for room, says so, and costs no attempt', async () => {
    const id = await refusingOnce('EDQUOT');
    await bench.waitsFor(id, 'no_space');
    expect(bench.store.sessions.openSession(id)).toMatchObject({
      retryCount: 0,
      errorMessage: 'hubgram’s user has used up its quota on the disk with /cache/models--x/blobs.',
    });
    bench.clock.pass(31_000);
    await bench.reaches(id, 'completed');
    expect(bench.notices(id)).toEqual(['completed']);
  });

  // huggingface/transformers#47852: that one is no matter of permissions, and is not told by their code.
  it('since it was mounted anew to be read only: says so, once, and a person lets it go on', async () => {
    const id = await refusingOnce('EROFS');
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage).toBe(
      'The disk with /cache/models--x/blobs is mounted read-only.',
    );
    expect(bench.notices(id)).toEqual(['failed']);
    expect(bench.queue.retry(id)).toBe(true);
    await bench.reaches(id, 'completed');
  });
});

describe('while the database refuses', () => {
  it('an end that could not be written is written later, and told once', async () => {
    let refuses = true;
    const store = (real: Store): Store => ({
      ...real,
      atomically: (work) => (refuses ? diskFull() : real.atomically(work)),
      models: {
        ...real.models,
        getModelsByStatus: (status) => (refuses ? diskFull() : real.models.getModelsByStatus(status)),
      },
    });
    bench = await setUp({ repos }, {}, { store });
    const { id } = bench.add(1, 'sample/one');
    refuses = false;
    bench.queue.start();
    refuses = true;
    await expect.poll(() => bench.queue.trouble(id), PATIENT).toBe('The disk is full.');
    // Everybody can see how far it is; the row cannot say more.
    expect(bench.queue.snapshot(id)).toMatchObject({ bytesReady: 200_002 });
    expect(bench.model(id).status).toBe('downloading');
    refuses = false;
    const sent = bench.hub.bytesSent();
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent()).toBe(sent);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('nothing is claimed, nobody is disturbed, and it goes on by itself', async () => {
    let refuses = true;
    const store = (real: Store): Store => ({
      ...real,
      models: { ...real.models, claimNext: (now) => (refuses ? diskFull() : real.models.claimNext(now)) },
    });
    bench = await setUp({ repos }, {}, { store });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    expect(() => bench.queue.wake()).not.toThrow();
    expect(bench.model(id).status).toBe('pending');
    refuses = false;
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
  });
});
