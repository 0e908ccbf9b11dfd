import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { partialsIn } from '../helpers/partials.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const one = sampleModel('sample/one');
const repos = [one, sampleModel('sample/two'), sampleModel('sample/three')];

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

describe('a run', () => {
  it('ends with row, session, files and one notice in step', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    const done = await bench.reaches(id, 'completed');
    expect(done.downloadPath).toBe(
      join(bench.cacheDir, 'models--sample--one/snapshots', bench.hub.commitOf('sample/one').id),
    );
    expect(existsSync(join(done.downloadPath ?? '', 'model.safetensors'))).toBe(true);
    const [session, ...more] = bench.store.sessions.getDownloadHistory(id);
    expect(more).toEqual([]);
    expect(session).toMatchObject({
      status: 'completed',
      bytesDownloaded: 2_000_002,
      totalBytes: 2_000_002,
      retryCount: 0,
    });
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('that fails for good says why at once, and a retry opens a new session', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.hub.removeRepo('sample/one');
    bench.queue.start();
    await bench.reaches(id, 'failed');
    const [first] = bench.store.sessions.getDownloadHistory(id);
    expect(first).toMatchObject({ status: 'failed', retryCount: 0 });
    expect(first?.errorMessage).toMatch(/sample\/one/);
    expect(bench.notices(id)).toEqual(['failed']);
    bench.hub.addRepo(one);
    expect(bench.queue.retry(id)).toBe(true);
    expect(bench.queue.retry(id)).toBe(false);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toHaveLength(2);
    expect(bench.notices(id)).toEqual(['failed', 'completed']);
  });

  it('backs off after a passing fault, counts it on the same session, and goes on when told to', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    const headers = { 'Retry-After': '300' };
    const takeBack = bench.hub.setFault({ kind: 'status', status: 503, headers, path: /resolve/ });
    bench.queue.start();
    await expect.poll(() => bench.store.models.getModel(id)?.statusReason).toBe('backoff');
    const waiting = bench.store.models.getModel(id);
    expect(Date.parse(waiting?.notBefore ?? '') - Date.now()).toBeGreaterThan(200_000);
    expect(bench.store.sessions.openSession(id)).toMatchObject({ retryCount: 1, status: 'in_progress' });
    takeBack();
    expect(bench.queue.startNow(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toHaveLength(1);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('tries one model as often as was said of it, also if that was said while it ran', async () => {
    bench = await setUp({ repos }, { maxRetries: 5 });
    const { id } = bench.add(1, 'sample/one');
    bench.hub.setFault({ kind: 'status', status: 503, headers: { 'Retry-After': '300' }, path: /resolve/ });
    bench.queue.start();
    await bench.waitsFor(id, 'backoff');
    bench.store.models.updateModelDetails(id, { maxRetries: 1 });
    bench.queue.startNow(id);
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'failed', retryCount: 1 }]);
  });

  it('without retries left fails with the last reason', async () => {
    bench = await setUp({ repos }, { maxRetries: 0 });
    const { id } = bench.add(1, 'sample/one');
    bench.hub.setFault({ kind: 'rate_limited', seconds: 300, path: /resolve/ });
    bench.queue.start();
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage).toMatch(/enough requests/);
  });
});

describe('room on the disk', () => {
  it('that is missing is waited for with a sentence, and the download starts by itself when it is there', async () => {
    bench = await setUp({ repos }, { minFreeBytes: 1e15 });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    await expect.poll(() => bench.store.models.getModel(id)?.statusReason).toBe('no_space');
    expect(bench.store.sessions.openSession(id)?.errorMessage).toMatch(/more room is needed on the disk/);
    expect(bench.notices(id)).toEqual([]);
    bench.settings.minFreeBytes = 0;
    bench.queue.wake();
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toHaveLength(1);
  });
});

describe('the limit for all models together', () => {
  it('holds back what does not fit, lets a smaller one pass, and counts shared files once', async () => {
    const small = sampleModel('sample/small', 100_000);
    bench = await setUp({ repos: [...repos, small] }, { maxTotalBytes: 2_200_000 });
    const first = bench.add(1, 'sample/one');
    bench.queue.start();
    await bench.reaches(first.id, 'completed');
    const large = bench.add(1, 'sample/two');
    const little = bench.add(1, 'sample/small');
    const twin = bench.add(2, 'sample/one');
    bench.queue.wake();
    await bench.reaches(little.id, 'completed');
    await bench.reaches(twin.id, 'completed');
    expect(bench.store.models.getModel(large.id)).toMatchObject({ status: 'pending', statusReason: 'no_space' });
    expect(bench.store.sessions.openSession(large.id)?.errorMessage).toMatch(
      /may take 2.2 MB; this one would take 1.9 MB more/,
    );
  });
});

describe('the line', () => {
  it('runs no more at once than allowed, by priority and then fairly between chats', async () => {
    const many = Array.from({ length: 4 }, (_, number) => sampleModel(`sample/many-${number}`, 300_000));
    bench = await setUp({ repos: [...repos, ...many] }, { concurrency: 1 });
    const order: string[] = [];
    const asked = new Set<string>();
    bench.hub.onRequest((record) => {
      const name = /sample\/[\w-]+/.exec(record.path)?.[0];
      if (name === undefined || asked.has(name)) return;
      asked.add(name);
      order.push(name);
    });
    const ids = many.map((repo) => bench.add(1, repo.id).id);
    ids.push(bench.add(2, 'sample/one').id, bench.add(1, 'sample/two', { priority: 'high' }).id);
    bench.queue.start();
    for (const id of ids) await bench.reaches(id, 'completed');
    expect(order[0]).toBe('sample/two');
    // One person's four do not all come before another's one.
    expect(order.indexOf('sample/one')).toBeLessThan(order.indexOf('sample/many-1'));
  });

  it('grows at once when more may run, and what runs goes on when fewer may', async () => {
    bench = await setUp({ repos }, { concurrency: 1 });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: 300_000 });
    const ids = repos.map(({ id }) => bench.add(1, id).id);
    const running = (): number => ids.filter((id) => bench.model(id).status === 'downloading').length;
    bench.queue.start();
    await expect.poll(() => bench.queue.snapshot(ids[0] ?? 0), PATIENT).toBeDefined();
    expect(running()).toBe(1);
    bench.settings.concurrency = 3;
    bench.queue.wake();
    await expect.poll(running, PATIENT).toBe(3);
    bench.settings.concurrency = 1;
    bench.queue.wake();
    expect(running()).toBe(3);
    letGo();
    for (const id of ids) await bench.reaches(id, 'completed');
  });

  it('goes on to the last model where only one may run', async () => {
    const many = Array.from({ length: 6 }, (_, number) => sampleModel(`sample/many-${number}`, 50_000));
    bench = await setUp({ repos: many }, { concurrency: 1 });
    const ids = many.map(({ id }) => bench.add(1, id).id);
    bench.queue.start();
    for (const id of ids) await bench.reaches(id, 'completed');
    expect(ids.flatMap((id) => bench.notices(id))).toEqual(ids.map(() => 'completed'));
  });

  it('begins nothing where none may run', async () => {
    bench = await setUp({ repos }, { concurrency: 0 });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    expect(bench.model(id).status).toBe('pending');
    bench.settings.concurrency = 1;
    bench.queue.wake();
    await bench.reaches(id, 'completed');
  });

  it('holds everything while the system is paused', async () => {
    bench = await setUp({ repos });
    bench.store.config.setSystemConfig('paused_all', 'true');
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    expect(bench.store.models.getModel(id)?.status).toBe('pending');
    bench.store.config.setSystemConfig('paused_all', 'false');
    bench.queue.wake();
    await bench.reaches(id, 'completed');
  });
});

describe('shutdown', () => {
  it('puts what runs back at its place with its ranges saved, and the next start goes on', async () => {
    bench = await setUp({ repos: [sampleModel('sample/big', 2_000_000)] });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: 2 ** 20 });
    const { id } = bench.add(1, 'sample/big');
    bench.queue.start();
    await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(2 ** 20 + 2);
    await bench.queue.close();
    expect(bench.store.models.getModel(id)).toMatchObject({ status: 'pending', statusReason: 'shutdown' });
    expect(await partialsIn(bench.cacheDir)).toHaveLength(1);
    expect(bench.store.sessions.openSession(id)?.bytesDownloaded).toBe(2 ** 20 + 2);
    expect(bench.notices(id)).toEqual([]);
    const queue = bench.restarted();
    await expect.poll(() => queue.snapshot(id), PATIENT).toBeDefined();
    // Not even while it looks at what is on the disk does it seem as if less were there.
    expect(queue.snapshot(id)?.bytesReady).toBe(2 ** 20 + 2);
    letGo();
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(2_500_000);
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'completed', retryCount: 0 }]);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('begins nothing any more', async () => {
    bench = await setUp({ repos });
    bench.queue.start();
    await bench.queue.close();
    const { id } = bench.add(1, 'sample/one');
    bench.queue.wake();
    expect(bench.model(id).status).toBe('pending');
  });

  it('and a crash alike: what was downloading is pending again, at its place, at no cost', async () => {
    bench = await setUp({ repos });
    const { id, queuedAt } = bench.add(1, 'sample/one');
    bench.store.models.claimNext('9999-12-31T00:00:00.000Z');
    bench.store.config.setSystemConfig('paused_all', 'true');
    bench.queue.start();
    expect(bench.model(id)).toMatchObject({ status: 'pending', statusReason: 'interrupted', queuedAt });
    bench.queue.unhold();
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.retryCount).toBe(0);
  });
});
