import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { PATIENT, type QueueBench, sampleModel, type Settings, setUp } from './setup.ts';

/** One range, of which no other connection takes over what is left when half of it is there. */
const SIZE = 2_000_000;
/** Of `sample/big` comes so much, two pieces as they are written, and the rest when it is let go. */
const HELD = 2 ** 20;
/** What connections that end may have had on their way, and the bodies of redirects. */
const UNDER_WAY = 500_000;
const repos = [sampleModel('sample/big', SIZE), sampleModel('sample/one', 200_000)];

let bench: QueueBench;
let letGo: () => void;
const open = async (settings: Partial<Settings> = {}): Promise<void> => {
  bench = await setUp({ repos }, settings);
  letGo = bench.hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: HELD });
};
afterEach(async () => {
  await bench?.close();
});

/** Waits until all has come that is not held. */
const isHeld = (id: number): Promise<void> =>
  expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(HELD + 2);

describe('two chats that want the same model', () => {
  it('share one transfer and one place, and each ends with a notice of its own', async () => {
    await open({ concurrency: 1 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    expect([ann, bob].map((id) => bench.model(id).status)).toEqual(['downloading', 'downloading']);
    await Promise.all([ann, bob].map(isHeld));
    letGo();
    const done = await Promise.all([ann, bob].map((id) => bench.reaches(id, 'completed')));
    expect(new Set(done.map(({ downloadPath }) => downloadPath)).size).toBe(1);
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect([ann, bob].map((id) => bench.notices(id))).toEqual([['completed'], ['completed']]);
  });

  it('are together from the moment the second one asks, in the middle of the first one’s download', async () => {
    await open({ concurrency: 1 });
    const ann = bench.add(1, 'sample/big').id;
    bench.queue.start();
    await isHeld(ann);
    const bob = bench.add(2, 'sample/big').id;
    bench.queue.wake();
    expect(bench.model(bob).status).toBe('downloading');
    await isHeld(bob);
    letGo();
    await Promise.all([ann, bob].map((id) => bench.reaches(id, 'completed')));
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    const receivedFor = (id: number): number => Number(bench.store.sessions.getDownloadHistory(id)[0]?.receivedBytes);
    // What came before the second one joined is not its doing: its mean speed would be too good.
    expect(receivedFor(ann)).toBeGreaterThanOrEqual(SIZE);
    expect(receivedFor(bob)).toBeLessThan(SIZE - HELD + UNDER_WAY);
  });

  it('part when one pauses: the other goes on, in the same place', async () => {
    await open({ concurrency: 1 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    const next = bench.add(1, 'sample/one').id;
    const bobWhenNextBegan: string[] = [];
    bench.hub.onRequest(({ path }) => {
      if (path.includes('sample/one')) bobWhenNextBegan.push(bench.model(bob).status);
    });
    bench.queue.start();
    await isHeld(ann);
    expect(bench.queue.pause(ann)).toBe(true);
    letGo();
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
    await open();
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    await isHeld(ann);
    expect(bench.queue.cancel(ann)).toBe(true);
    letGo();
    await bench.reaches(bob, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect(bench.store.sessions.getDownloadHistory(ann)[0]?.status).toBe('cancelled');
  });

  it('both pause: the transfer stops; one resumes: it goes on from there', async () => {
    await open({ concurrency: 1 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    bench.queue.start();
    await isHeld(ann);
    for (const id of [ann, bob]) bench.queue.pause(id);
    await expect.poll(() => [ann, bob].map((id) => bench.queue.snapshot(id)), PATIENT).toEqual([undefined, undefined]);
    letGo();
    bench.queue.resume(bob);
    await bench.reaches(bob, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect(bench.model(ann).status).toBe('paused');
  });

  it('need the room on the disk once', async () => {
    await open({ maxTotalBytes: SIZE * 1.5 });
    const [ann, bob] = [bench.add(1, 'sample/big').id, bench.add(2, 'sample/big').id];
    letGo();
    bench.queue.start();
    await Promise.all([ann, bob].map((id) => bench.reaches(id, 'completed')));
    expect(bench.store.sessions.getDownloadHistory(bob)).toMatchObject([{ errorMessage: null }]);
  });

  it('by different tags of one commit have both of them written down, also of the one that comes late', async () => {
    await open();
    const ann = bench.add(1, 'sample/big').id;
    const bob = bench.add(2, 'sample/big', { revision: 'v1' }).id;
    bench.queue.start();
    await isHeld(ann);
    const late = bench.add(3, 'sample/big', { revision: 'v2' }).id;
    bench.queue.wake();
    letGo();
    await Promise.all([ann, bob, late].map((id) => bench.reaches(id, 'completed')));
    const refs = join(bench.cacheDir, 'models--sample--big', 'refs');
    expect(readdirSync(refs).toSorted()).toEqual(['main', 'v1', 'v2']);
    expect(new Set(readdirSync(refs).map((name) => readFileSync(join(refs, name), 'utf8'))).size).toBe(1);
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
  });

  it('have it as well if they only waited for their schedule, and not if a person stopped them', async () => {
    await open({ concurrency: 1 });
    const ann = bench.add(1, 'sample/big').id;
    bench.store.schedules.createSchedule({ chatId: 2, name: 'night', type: 'daily', time: '03:00' });
    const scheduled = bench.add(2, 'sample/big', { scheduled: true }).id;
    const paused = bench.add(3, 'sample/big').id;
    bench.queue.pause(paused);
    bench.queue.start();
    await isHeld(ann);
    letGo();
    await bench.reaches(ann, 'completed');
    expect([scheduled, paused].map((id) => bench.model(id).status)).toEqual(['completed', 'paused']);
    expect([scheduled, paused].map((id) => bench.notices(id))).toEqual([['completed'], []]);
    expect(bench.store.sessions.getDownloadHistory(scheduled)).toMatchObject([
      { status: 'completed', bytesDownloaded: SIZE + 2, receivedBytes: 0 },
    ]);
  });

  it('fail together, with one reason and a notice each', async () => {
    const disabled = {
      id: 'sample/disabled',
      disabled: true,
      files: [{ path: 'model.safetensors', size: 1000 }],
    } as const;
    bench = await setUp({ repos: [defineRepo(disabled)] });
    const ids = [1, 2].map((chatId) => bench.add(chatId, 'sample/disabled').id);
    bench.queue.start();
    await Promise.all(ids.map((id) => bench.reaches(id, 'failed')));
    const reasons = ids.map((id) => bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage);
    expect(new Set(reasons).size).toBe(1);
    expect(ids.map((id) => bench.notices(id))).toEqual([['failed'], ['failed']]);
  });
});
