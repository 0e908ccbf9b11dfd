import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { type ByHand, commitOf, filesOf, openByHand, SIZE } from './by-hand.ts';
import { PATIENT, removeNow } from './setup.ts';

const MINUTE = 60_000;

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
});
afterEach(async () => {
  await bench.close();
});

describe('what may run', () => {
  it('is claimed by priority, then in turns between chats, then by age', async () => {
    const [a1, a2, b1, b2] = [bench.add(1, 'a/1'), bench.add(1, 'a/2'), bench.add(2, 'b/1'), bench.add(2, 'b/2')];
    const [low, high] = [bench.add(2, 'b/low', { priority: 'low' }), bench.add(1, 'a/high', { priority: 'high' })];
    bench.queue().start();
    for (const id of [high, b1, a1, b2, a2, low]) {
      await bench.reaches(id, 'downloading');
      expect(bench.store.models.downloadingIds()).toEqual([id]);
      bench.clock.pass(1000);
      (await bench.job(bench.model(id).name)).complete();
    }
    await bench.reaches(low, 'completed');
    expect(bench.executor.jobs.map((one) => one.job.id)).toEqual(['a/high', 'b/1', 'a/1', 'b/2', 'a/2', 'b/low']);
  });

  it('is as many as there are places, and what a copy is says its job, in plain data', async () => {
    bench.settings.concurrency = 2;
    const ids = [bench.add(1, 'a/1', { revision: 'dev' }), bench.add(1, 'a/2'), bench.add(1, 'a/3')];
    bench.queue().start();
    const first = await bench.job('a/1');
    await bench.job('a/2');
    expect(ids.map(bench.stateOf)).toEqual(['downloading', 'downloading', 'pending']);
    expect(JSON.parse(JSON.stringify(first.job))).toEqual({
      key: expect.stringMatching(/^c-1-g1-[0-9a-f]{12}$/),
      source: 'hub',
      type: 'model',
      id: 'a/1',
      commit: commitOf('a/1'),
      revision: 'dev',
      files: filesOf('a/1'),
    });
    first.complete();
    await bench.job('a/3');
  });

  it('shows how far it is, and is told once when it is there', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    const running = await bench.job('a/1');
    running.arrive(300);
    expect(bench.queue().snapshot(id)).toMatchObject({ phase: 'receiving', bytesReady: 300, bytesTotal: SIZE });
    expect(bench.notices(id)).toEqual([]);
    running.complete();
    await bench.reaches(id, 'completed');
    expect(bench.model(id).downloadPath).toBe(`/cache/models--a--1/snapshots/${commitOf('a/1')}`);
    expect([bench.statuses(id), bench.notices(id)]).toEqual([['completed'], ['completed']]);
  });

  it('is nothing while the owner holds everything: what runs waits, and goes on from there', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).arrive(400);
    expect(bench.queue().hold()).toBe(true);
    await bench.reaches(id, 'pending held');
    await expect.poll(() => bench.executor.jobs.map((one) => one.end()), PATIENT).toEqual(['stopped']);
    expect(bench.queue().unhold()).toBe(true);
    expect((await bench.job('a/1')).job).toEqual(bench.executor.jobs[0]?.job);
    expect(bench.executor.stored()).toBe(400);
  });
});

describe('what changes meanwhile', () => {
  it('a person puts one before the others, and it is next', async () => {
    const [one, , last] = [bench.add(1, 'a/1'), bench.add(1, 'a/2'), bench.add(1, 'a/3')];
    bench.queue().start();
    const first = await bench.job('a/1');
    expect(bench.queue().reorder(last, 'first')).toBe(true);
    first.complete();
    await bench.reaches(one, 'completed');
    await bench.job('a/3');
    expect(bench.executor.jobs.map(({ job }) => job.id)).toEqual(['a/1', 'a/3']);
  });

  it('a branch is rewritten: the copy of where it is now is got, in the same session', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    bench.hub.head = { commit: commitOf('new'), files: filesOf('new') };
    const before = await bench.job('a/1');
    before.arrive(400);
    before.fail(new AppError('gone', 'The commit is not there any more.'));
    await expect
      .poll(() => bench.executor.running('a/1').map(({ job }) => job.commit), PATIENT)
      .toEqual([commitOf('new')]);
    expect(bench.executor.running('a/1')[0]?.job.files).toEqual(filesOf('new'));
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    expect([bench.model(id).commitSha, bench.statuses(id)]).toEqual([commitOf('new'), ['completed']]);
    // What had come of files that the branch has no more is dropped.
    await expect.poll(bench.executor.stored, PATIENT).toBe(SIZE);
  });

  it('something else removes the files of a complete model: it is noticed, and got again when somebody asks', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    bench.executor.lose('a/1');
    await bench.queue().lookAfter();
    expect(bench.model(id).filesGone).toBe(1);
    expect(bench.queue().restore(id)).toBe(true);
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    expect([bench.model(id).filesGone, bench.executor.stored()]).toEqual([0, SIZE]);
  });
});

describe('two chats that want one copy', () => {
  it('have one job, and both are told', async () => {
    const [ann, bob] = [bench.add(1, 'a/1'), bench.add(2, 'a/1')];
    bench.queue().start();
    const running = await bench.job('a/1');
    expect([ann, bob].map(bench.stateOf)).toEqual(['downloading', 'downloading']);
    running.complete();
    for (const id of [ann, bob]) await bench.reaches(id, 'completed');
    expect(bench.executor.jobs.length).toBe(1);
    expect([bench.notices(ann), bench.notices(bob)]).toEqual([['completed'], ['completed']]);
  });

  it('are together from the moment the second one asks, outside the places, and each counts what came since', async () => {
    const ann = bench.add(1, 'a/1');
    bench.queue().start();
    const running = await bench.job('a/1');
    running.arrive(400);
    const bob = bench.add(2, 'a/1');
    bench.queue().wake();
    expect(bench.stateOf(bob)).toBe('downloading');
    expect(bench.queue().snapshot(bob)).toMatchObject({ bytesReady: 400 });
    running.complete();
    for (const id of [ann, bob]) await bench.reaches(id, 'completed');
    const received = [ann, bob].map((id) => bench.store.sessions.getDownloadHistory(id)[0]?.receivedBytes);
    expect([received, bench.executor.jobs.length]).toEqual([[SIZE, SIZE - 400], 1]);
  });

  it('by two branches have a job for each ref; the second one finds everything there', async () => {
    const [ann, bob] = [bench.add(1, 'a/1'), bench.add(2, 'a/1', { revision: 'dev' })];
    bench.queue().start();
    (await bench.job('a/1')).complete();
    for (const id of [ann, bob]) await bench.reaches(id, 'completed');
    expect(bench.executor.jobs.map((one) => [one.job.revision, one.end()])).toEqual([
      ['main', 'complete'],
      ['dev', 'complete'],
    ]);
  });

  it('stop it only together', async () => {
    const [ann, bob] = [bench.add(1, 'a/1'), bench.add(2, 'a/1')];
    bench.queue().start();
    const running = await bench.job('a/1');
    bench.queue().pause(ann);
    expect(running.end()).toBe('none');
    bench.queue().pause(bob);
    await expect.poll(running.end, PATIENT).toBe('stopped');
    expect([ann, bob].map(bench.stateOf)).toEqual(['paused', 'paused']);
  });

  it('keep it as long as one of them has it', async () => {
    const [ann, bob] = [bench.add(1, 'a/1'), bench.add(2, 'a/1')];
    bench.queue().start();
    (await bench.job('a/1')).complete();
    for (const id of [ann, bob]) await bench.reaches(id, 'completed');
    expect(await removeNow(bench.queue(), ann, 'ours')).toBe(0);
    expect(bench.executor.stored()).toBe(SIZE);
    expect(await removeNow(bench.queue(), bob, 'ours')).toBe(SIZE);
    expect(bench.executor.stored()).toBe(0);
  });
});

describe('a person', () => {
  it('pauses and resumes: what has come stays, in the same session', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).arrive(400);
    expect([bench.queue().pause(id), bench.queue().pause(id)]).toEqual([true, false]);
    await expect.poll(() => bench.executor.running('a/1'), PATIENT).toEqual([]);
    expect([bench.stateOf(id), bench.executor.stored()]).toEqual(['paused', 400]);
    expect(bench.queue().resume(id)).toBe(true);
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    const [session, ...more] = bench.store.sessions.getDownloadHistory(id);
    expect([session?.receivedBytes, more]).toEqual([SIZE, []]);
  });

  it('cancels: what has come goes, and the next session begins anew', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).arrive(400);
    expect(bench.queue().cancel(id)).toBe(true);
    await expect.poll(bench.executor.stored, PATIENT).toBe(0);
    expect([bench.stateOf(id), bench.statuses(id)]).toEqual(['paused', ['cancelled']]);
    bench.queue().resume(id);
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    expect(bench.statuses(id)).toEqual(['completed', 'cancelled']);
  });

  it('removes what runs: it is stopped first, and nothing of it is left', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    const running = await bench.job('a/1');
    running.arrive(400);
    expect(await removeNow(bench.queue(), id, 'ours')).toBe(400);
    expect([running.end(), bench.executor.stored(), bench.store.models.getModel(id)]).toEqual([
      'stopped',
      0,
      undefined,
    ]);
  });
});

describe('a failure', () => {
  const fails = async (error: unknown): Promise<number> => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).fail(error);
    return id;
  };
  const later = (ms: number): void => {
    bench.clock.pass(ms);
    bench.queue().wake();
  };

  it('that time may mend is tried again after longer and longer pauses, and told when that is over', async () => {
    const busy = new AppError('unavailable', 'The server answered 503.');
    const id = await fails(busy);
    for (const pauseMs of [4250, 17_000]) {
      await bench.reaches(id, 'pending backoff');
      expect(Date.parse(bench.model(id).notBefore ?? '') - bench.clock.now()).toBe(pauseMs);
      later(pauseMs - 1);
      expect(bench.stateOf(id)).toBe('pending backoff');
      later(1);
      (await bench.job('a/1')).fail(busy);
    }
    await bench.reaches(id, 'failed');
    expect([bench.statuses(id), bench.notices(id), bench.executor.jobs.length]).toEqual([['failed'], ['failed'], 3]);
    expect(bench.queue().retry(id)).toBe(true);
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    expect(bench.statuses(id)).toEqual(['completed', 'failed']);
  });

  it('for which the server names a time waits for that', async () => {
    const id = await fails(new AppError('rate_limited', 'The limit is reached.', { retryAfterMs: 10 * MINUTE }));
    await bench.reaches(id, 'pending backoff');
    expect(Date.parse(bench.model(id).notBefore ?? '') - bench.clock.now()).toBe(10 * MINUTE);
  });

  it('that nothing mends ends it at once, with its sentence', async () => {
    const id = await fails(new AppError('forbidden', 'The Hub does not allow it.'));
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]).toMatchObject({
      errorMessage: 'The Hub does not allow it.',
      metadata: { errorCode: 'forbidden' },
    });
  });

  it('of ours shows nothing of itself', async () => {
    const id = await fails(new TypeError('secret'));
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage).toMatch(
      /^Something went wrong inside hubgram/,
    );
  });

  it('of one copy fails all that were in it, each with a notice', async () => {
    const other = bench.add(2, 'a/1');
    const id = await fails(new AppError('forbidden', 'The Hub does not allow it.'));
    for (const one of [id, other]) await bench.reaches(one, 'failed');
    expect([bench.notices(id), bench.notices(other)]).toEqual([['failed'], ['failed']]);
  });
});

describe('without room on the disk', () => {
  it('a download does not begin, costs no attempt, and others that fit do', async () => {
    bench.executor.disk.freeBytes = 1500;
    const [large, small] = [bench.add(1, 'a/large', { sizeBytes: 2000 }), bench.add(1, 'a/small')];
    bench.queue().start();
    (await bench.job('a/small')).complete();
    await bench.reaches(small, 'completed');
    await bench.reaches(large, 'pending no_space');
    expect(bench.executor.jobs.length).toBe(1);
    expect(bench.store.sessions.openSession(large)).toMatchObject({
      retryCount: 0,
      errorMessage: expect.stringMatching(/ more room is needed on the disk\.$/) as string,
    });
    bench.executor.disk.freeBytes = 10_000;
    bench.queue().wake();
    (await bench.job('a/large')).complete();
    await bench.reaches(large, 'completed');
  });

  it('what is promised to one is not given to another', async () => {
    bench.settings.concurrency = 2;
    bench.executor.disk.freeBytes = 1500;
    const [one, two] = [bench.add(1, 'a/1'), bench.add(1, 'a/2')];
    bench.queue().start();
    const first = await bench.job('a/1');
    await bench.reaches(two, 'pending no_space');
    first.fail(new AppError('forbidden', 'The Hub does not allow it.'));
    await bench.reaches(one, 'failed');
    expect((await bench.job('a/2')).end()).toBe('none');
  });

  it('that all models together may take, and they take more, is told as it is', async () => {
    bench.add(1, 'a/1');
    bench.settings.maxTotalBytes = 1500;
    bench.queue().start();
    (await bench.job('a/1')).complete();
    bench.settings.maxTotalBytes = 800;
    const two = bench.add(1, 'a/2');
    bench.queue().wake();
    await bench.reaches(two, 'pending no_space');
    expect(bench.store.sessions.openSession(two)?.errorMessage).toBe(
      'All models together may take 800 B; they take 1 kB already.',
    );
  });

  it('that all models together may take, one waits and says how much it is over', async () => {
    bench.settings.maxTotalBytes = 1500;
    const [one, two] = [bench.add(1, 'a/1'), bench.add(1, 'a/2')];
    bench.queue().start();
    (await bench.job('a/1')).complete();
    await bench.reaches(two, 'pending no_space');
    expect(bench.store.sessions.openSession(two)?.errorMessage).toMatch(/this one would take 500 B more than that/);
    bench.queue().remove(one, { taking: 'ours', freedBytes: SIZE });
    await bench.job('a/2');
  });

  it('what is removed makes room at once for what waits, and cannot be brought back then', async () => {
    bench.executor.disk.freeBytes = 1500;
    const [one, two] = [bench.add(1, 'a/1'), bench.add(1, 'a/2')];
    bench.queue().start();
    (await bench.job('a/1')).complete();
    await bench.reaches(one, 'completed');
    await bench.reaches(two, 'pending no_space');
    bench.queue().remove(one, { taking: 'ours', freedBytes: SIZE });
    await bench.job('a/2');
    expect(bench.queue().undo(one)).toBe('over');
  });
});

describe('a restart', () => {
  it('puts what ran back at its place, and goes on with what has come, in the same session', async () => {
    const [id, other] = [bench.add(1, 'a/1'), bench.add(1, 'a/2')];
    bench.queue().start();
    (await bench.job('a/1')).arrive(400);
    await bench.queue().close();
    expect([id, other].map(bench.stateOf)).toEqual(['pending shutdown', 'pending']);
    bench.reopen().start();
    const running = await bench.job('a/1');
    expect([bench.executor.stored(), bench.executor.jobs.length, bench.stateOf(other)]).toEqual([400, 2, 'pending']);
    running.complete();
    await bench.reaches(id, 'completed');
    const [session, ...more] = bench.store.sessions.getDownloadHistory(id);
    expect([session?.receivedBytes, session?.retryCount, more]).toEqual([SIZE, 0, []]);
  });

  it('after a kill finds what was downloading, and goes on with it', async () => {
    const id = bench.add(1, 'a/1');
    expect(bench.store.models.claimNext(new Date(bench.clock.now()).toISOString())?.id).toBe(id);
    bench.queue().start();
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
  });

  it('sweeps what nobody waits for, and leaves what is paused or runs', async () => {
    bench.settings.concurrency = 3;
    const [paused, dropped, running] = [bench.add(1, 'a/1'), bench.add(1, 'a/2'), bench.add(1, 'a/3')];
    bench.queue().start();
    for (const [name, bytes] of [
      ['a/1', 100],
      ['a/2', 200],
      ['a/3', 400],
    ] as const)
      (await bench.job(name)).arrive(bytes);
    bench.queue().pause(paused);
    await bench.queue().lookAfter();
    expect([bench.executor.stored(), bench.stateOf(running)]).toEqual([700, 'downloading']);
    await bench.queue().close();
    // As a killed program leaves it: the model is gone, and nothing says that its bytes are to go.
    bench.store.models.removeModel(dropped);
    bench.reopen().start();
    await expect.poll(bench.executor.stored, PATIENT).toBe(500);
    await bench.queue().lookAfter();
    expect(bench.executor.stored()).toBe(500);
  });

  it('goes on with a removal that was cut off', async () => {
    const id = bench.add(1, 'a/1');
    bench.queue().start();
    (await bench.job('a/1')).complete();
    await bench.reaches(id, 'completed');
    await bench.queue().close();
    // As a killed program leaves it: the entry is gone, the files are there.
    bench.store.atomically(() => {
      const { copyId } = bench.model(id);
      bench.store.models.removeModel(id);
      bench.store.copies.giveUp(copyId, 'ours');
    });
    expect(bench.executor.stored()).toBe(SIZE);
    bench.reopen().start();
    await expect.poll(bench.executor.stored, PATIENT).toBe(0);
  });
});
