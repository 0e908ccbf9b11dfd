import { afterEach, describe, expect, it } from 'vitest';
import { partialsIn } from '../helpers/partials.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const repos = [sampleModel('sample/one'), sampleModel('sample/two'), sampleModel('sample/small', 100_000)];
const ill = { kind: 'status', status: 503, headers: { 'Retry-After': '300' } } as const;
const limited = { kind: 'rate_limited', seconds: 300, path: /resolve/ } as const;

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

describe('after a passing fault', () => {
  it('a download goes on by itself when its time has come, in the same session', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    const takeBack = bench.hub.setFault(limited);
    bench.queue.start();
    const waiting = await bench.waitsFor(id, 'backoff');
    // No sooner than the Hub asks for.
    expect(Date.parse(waiting.notBefore ?? '') - bench.clock.now()).toBeGreaterThan(280_000);
    expect(bench.store.sessions.openSession(id)).toMatchObject({ retryCount: 1, status: 'in_progress' });
    expect(bench.store.sessions.openSession(id)?.errorMessage).toMatch(/enough requests/);
    takeBack();
    bench.clock.pass(310_000);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ retryCount: 1, errorMessage: null }]);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('a download waits on while others run past it', async () => {
    bench = await setUp({ repos }, { concurrency: 1 });
    const { id } = bench.add(1, 'sample/one');
    bench.hub.setFault({ ...ill, path: 'sample/one' });
    bench.queue.start();
    const { notBefore } = await bench.waitsFor(id, 'backoff');
    const other = bench.add(1, 'sample/two').id;
    bench.queue.wake();
    await bench.reaches(other, 'completed');
    expect(bench.model(id)).toMatchObject({ status: 'pending', statusReason: 'backoff', notBefore });
  });

  it('a download fails with the last reason when there are no retries left, after six tries', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.hub.setFault(limited);
    bench.queue.start();
    for (let retry = 1; retry <= 5; retry += 1) {
      await expect.poll(() => bench.store.sessions.openSession(id)?.retryCount, PATIENT).toBe(retry);
      bench.clock.pass(700_000);
      bench.queue.wake();
    }
    await bench.reaches(id, 'failed');
    const [session, ...others] = bench.store.sessions.getDownloadHistory(id);
    expect(others).toEqual([]);
    expect(session).toMatchObject({ status: 'failed', retryCount: 5 });
    expect(session?.errorMessage).toMatch(/enough requests/);
    expect(bench.notices(id)).toEqual(['failed']);
  });
});

describe('with the clock set back in a back-off', () => {
  // As where a machine without a battery for its clock begins in another year.
  it.each([
    ['an hour', 3_600_000],
    ['more than a year', 400 * 24 * 3_600_000],
  ])('by %s, a download goes on when its time has come', async (_, backMs) => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    const takeBack = bench.hub.setFault(limited);
    bench.queue.start();
    await bench.waitsFor(id, 'backoff');
    takeBack();
    bench.clock.turn(-backMs);
    // The first look sees what has happened; the wait begins anew.
    await expect
      .poll(() => Date.parse(bench.model(id).notBefore ?? '') - bench.clock.now(), PATIENT)
      .toBeLessThan(310_000);
    bench.clock.pass(310_000);
    expect(await bench.reaches(id, 'completed')).toMatchObject({ notBefore: null });
  });

  it('and the program down meanwhile, too', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    const takeBack = bench.hub.setFault(limited);
    bench.queue.start();
    await bench.waitsFor(id, 'backoff');
    takeBack();
    await bench.queue.close();
    bench.clock.turn(-3_600_000);
    bench.restarted();
    bench.clock.pass(310_000);
    expect(await bench.reaches(id, 'completed')).toMatchObject({ notBefore: null });
  });
});

describe('without room on the disk', () => {
  it('a download is looked at again after half a minute, and starts when there is room', async () => {
    bench = await setUp({ repos }, { minFreeBytes: 1e15 });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    const waiting = await bench.waitsFor(id, 'no_space');
    expect(Date.parse(waiting.notBefore ?? '') - bench.clock.now()).toBeLessThanOrEqual(30_000);
    expect(bench.store.sessions.openSession(id)).toMatchObject({ retryCount: 0 });
    expect(bench.store.sessions.openSession(id)?.errorMessage).toMatch(/^[\d.]+ TB more room is needed on the disk\.$/);
    expect(bench.store.sessions.openSession(id)?.metadata).toMatchObject({ errorCode: 'no_space' });
    bench.settings.minFreeBytes = 0;
    bench.clock.pass(31_000);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toHaveLength(1);
  });

  it('a download is looked at again when another one has ended', async () => {
    bench = await setUp({ repos }, { minFreeBytes: 1e15 });
    const { id } = bench.add(1, 'sample/one');
    const other = bench.add(1, 'sample/small').id;
    bench.store.models.moveModel(other, 'pending', 'paused');
    bench.queue.start();
    await bench.waitsFor(id, 'no_space');
    bench.settings.minFreeBytes = 0;
    // Resuming looks for what may begin, and that one may not yet.
    expect(bench.queue.resume(other)).toBe(true);
    expect(bench.model(id).statusReason).toBe('no_space');
    await bench.reaches(other, 'completed');
    await bench.reaches(id, 'completed');
  });

  it('a download does not keep a smaller one behind it waiting', async () => {
    bench = await setUp({ repos }, { maxTotalBytes: 2 ** 20 });
    const large = bench.add(1, 'sample/one', { priority: 'high' }).id;
    const small = bench.add(1, 'sample/small').id;
    bench.queue.start();
    await bench.reaches(small, 'completed');
    expect(bench.model(large)).toMatchObject({ status: 'pending', statusReason: 'no_space' });
    expect(bench.notices(large)).toEqual([]);
  });

  it('of two that fit alone but not together the first one in the queue begins', async () => {
    bench = await setUp({ repos }, { maxTotalBytes: 3_000_000 });
    const second = bench.add(1, 'sample/two').id;
    const first = bench.add(1, 'sample/one', { priority: 'high' }).id;
    bench.queue.start();
    await bench.waitsFor(second, 'no_space');
    await bench.reaches(first, 'completed');
    expect(bench.model(second).status).not.toBe('completed');
  });

  it('a download that reaches the floor keeps what has come and goes on later at no cost', async () => {
    bench = await setUp({ repos: [sampleModel('sample/big', 2_000_000)] });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: 2 ** 20 });
    const { id } = bench.add(1, 'sample/big');
    bench.queue.start();
    await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(2 ** 20 + 2);
    bench.settings.floorBytes = 1e15;
    await bench.waitsFor(id, 'no_space');
    expect(await partialsIn(bench.cacheDir)).toHaveLength(1);
    expect(bench.store.sessions.openSession(id)).toMatchObject({
      retryCount: 0,
      errorMessage: 'The disk is almost full: what should stay free would be used up.',
    });
    expect(bench.store.sessions.openSession(id)?.bytesDownloaded).toBe(2 ** 20 + 2);
    bench.settings.floorBytes = 0;
    letGo();
    bench.clock.pass(31_000);
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(2_500_000);
  });
});
