import { afterEach, describe, expect, it } from 'vitest';
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
    bench = await setUp({ repos }, {}, { locate });
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
