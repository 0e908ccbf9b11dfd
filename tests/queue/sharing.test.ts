import { afterEach, describe, expect, it } from 'vitest';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const SIZE = 8_000_000;
/** What may be on its way in sockets when a download is stopped. */
const UNDER_WAY = 3_000_000;
/** Eight connections: 3.2 MB in a second. */
const throttled = {
  repos: [sampleModel('sample/big', SIZE), sampleModel('sample/one', 200_000)],
  throttleBytesPerSecond: 400_000,
};

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

const sent = (bytes: number): Promise<unknown> => bench.hub.waitForRequest(() => bench.hub.bytesSent() > bytes);

describe('two chats that want the same model', () => {
  it('share one transfer and one place, and each ends with a notice of its own', async () => {
    bench = await setUp(throttled, { concurrency: 1 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    expect([ann, bob].map((id) => bench.model(id).status)).toEqual(['downloading', 'downloading']);
    await expect.poll(() => [ann, bob].every((id) => bench.queue.snapshot(id) !== undefined), PATIENT).toBe(true);
    const done = await Promise.all([ann, bob].map((id) => bench.reaches(id, 'completed')));
    expect(new Set(done.map(({ downloadPath }) => downloadPath)).size).toBe(1);
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.1);
    expect([ann, bob].map((id) => bench.notices(id))).toEqual([['completed'], ['completed']]);
  });

  it('are together from the moment the second one asks, in the middle of the first one’s download', async () => {
    bench = await setUp(throttled, { concurrency: 1 });
    const ann = bench.add(1, 'sample/big').id;
    bench.queue.start();
    await sent(SIZE / 2);
    const bob = bench.add(2, 'sample/big').id;
    bench.queue.wake();
    expect(bench.model(bob).status).toBe('downloading');
    await Promise.all([ann, bob].map((id) => bench.reaches(id, 'completed')));
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE * 1.1);
    const receivedFor = (id: number): number => Number(bench.store.sessions.getDownloadHistory(id)[0]?.receivedBytes);
    // What came before the second one joined is not its doing: its mean speed would be too good.
    expect(receivedFor(ann)).toBeGreaterThanOrEqual(SIZE);
    expect(receivedFor(bob)).toBeLessThan(SIZE * 0.6);
  });

  it('part when one pauses: the other goes on, in the same place', async () => {
    bench = await setUp(throttled, { concurrency: 1 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    const next = bench.add(1, 'sample/one').id;
    const bobWhenNextBegan: string[] = [];
    bench.hub.onRequest(({ path }) => {
      if (path.includes('sample/one')) bobWhenNextBegan.push(bench.model(bob).status);
    });
    bench.queue.start();
    await sent(SIZE / 4);
    expect(bench.queue.pause(ann)).toBe(true);
    await bench.reaches(bob, 'completed');
    expect(bench.model(ann).status).toBe('paused');
    expect([ann, bob].map((id) => bench.notices(id))).toEqual([[], ['completed']]);
    await bench.reaches(next, 'completed');
    expect(bobWhenNextBegan[0]).toBe('completed');
    const before = bench.hub.bytesSent();
    bench.queue.resume(ann);
    await bench.reaches(ann, 'completed');
    expect(bench.hub.bytesSent()).toBe(before);
  });

  it('part when one cancels: nothing that the other needs is dropped', async () => {
    bench = await setUp(throttled);
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    await sent(SIZE / 4);
    expect(bench.queue.cancel(ann)).toBe(true);
    await bench.reaches(bob, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect(bench.store.sessions.getDownloadHistory(ann)[0]?.status).toBe('cancelled');
  });

  it('both pause: the transfer stops; one resumes: it goes on from there', async () => {
    bench = await setUp(throttled, { concurrency: 1 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    await sent(SIZE / 3);
    for (const id of [ann, bob]) bench.queue.pause(id);
    await expect.poll(() => [ann, bob].map((id) => bench.queue.snapshot(id)), PATIENT).toEqual([undefined, undefined]);
    bench.queue.resume(bob);
    await bench.reaches(bob, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect(bench.model(ann).status).toBe('paused');
  });

  it('need the room on the disk once', async () => {
    bench = await setUp(throttled, { maxTotalBytes: SIZE * 1.5 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    await Promise.all([ann, bob].map((id) => bench.reaches(id, 'completed')));
    expect(bench.store.sessions.getDownloadHistory(bob)).toMatchObject([{ errorMessage: null }]);
  });
});
