import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Store } from '../../src/store/store.ts';
import type { Executor } from '../../src/copies/executor.ts';
import { partialsIn } from '../helpers/partials.ts';
import { type Between, PATIENT, type QueueBench, removeNow, sampleModel, type Settings, setUp } from './setup.ts';

/** One range, of which no other connection takes over what is left when half of it is there. */
const SIZE = 2_000_000;
/** Of `sample/big` comes so much, two pieces as they are written, and the rest when it is let go. */
const HELD = 2 ** 20;
/** What connections that end may have had on their way, and the bodies of redirects. */
const UNDER_WAY = 500_000;
const repos = [sampleModel('sample/big', SIZE), sampleModel('sample/one', 200_000)];
const folderOf = ({ cacheDir }: QueueBench, name = 'models--sample--big'): string => join(cacheDir, name);

let bench: QueueBench;
let letGo: () => void;
const open = async (...more: [settings?: Partial<Settings>, between?: Between]): Promise<void> => {
  bench = await setUp({ repos }, ...more);
  letGo = bench.hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: HELD });
};
afterEach(async () => {
  await bench?.close();
});

/** Waits until all has come that is not held. */
const isHeld = (id: number): Promise<void> =>
  expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(HELD + 2);

/** One download of `sample/big` that waits in the middle. */
const begun = async (between: Between = {}): Promise<number> => {
  await open({}, between);
  const { id } = bench.add(1, 'sample/big');
  bench.queue.start();
  await isHeld(id);
  return id;
};

describe('pause', () => {
  it('keeps what has come, and resume goes on from there in the same session', async () => {
    const id = await begun();
    expect(bench.queue.pause(id)).toBe(true);
    expect(bench.model(id).status).toBe('paused');
    await expect.poll(() => bench.store.sessions.openSession(id)?.bytesDownloaded, PATIENT).toBe(HELD + 2);
    letGo();
    expect(bench.queue.resume(id)).toBe(true);
    await bench.reaches(id, 'completed');
    // What had been written is not fetched again.
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    const [session, ...others] = bench.store.sessions.getDownloadHistory(id);
    expect(others).toEqual([]);
    expect(session).toMatchObject({ status: 'completed', bytesDownloaded: SIZE + 2, retryCount: 0 });
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('pressed twice is done once, and so is resume', async () => {
    const id = await begun();
    expect([bench.queue.pause(id), bench.queue.pause(id)]).toEqual([true, false]);
    expect([bench.queue.resume(id), bench.queue.resume(id)]).toEqual([true, false]);
    letGo();
    await bench.reaches(id, 'completed');
    expect([bench.queue.pause(id), bench.queue.resume(id), bench.queue.retry(id)]).toEqual([false, false, false]);
  });

  it('and resume in quick succession leave one run, which obeys', async () => {
    const id = await begun();
    for (let press = 0; press < 5; press += 1) {
      expect(bench.queue.pause(id)).toBe(true);
      expect(bench.queue.resume(id)).toBe(true);
    }
    await bench.reaches(id, 'downloading');
    // The run that is on its way out has not taken the new one with it.
    await expect.poll(() => bench.queue.snapshot(id)?.phase, PATIENT).toBe('receiving');
    expect(bench.queue.pause(id)).toBe(true);
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    const sent = bench.hub.bytesSent();
    letGo();
    expect(bench.queue.resume(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent() - sent).toBeLessThan(SIZE - HELD + UNDER_WAY);
    const [session, ...others] = bench.store.sessions.getDownloadHistory(id);
    expect(others).toEqual([]);
    // Each run began with the numbers that the one before it had written.
    expect(session?.receivedBytes).toBeGreaterThanOrEqual(SIZE);
    expect(bench.notices(id)).toEqual(['completed']);
    expect(bench.complaints).toEqual([]);
  });

  it('and resume: the next run waits until the one before it has ended', async () => {
    const gate = Promise.withResolvers<void>();
    const events: string[] = [];
    const copies = (real: Executor): Executor => ({
      ...real,
      start: (job, signal) => {
        if (!job.id.includes('big')) return real.start(job, signal);
        events.push('begun');
        const running = real.start(job, signal);
        const gated = async () => {
          try {
            return await running.done;
          } finally {
            await gate.promise;
            events.push('ended');
          }
        };
        return { ...running, done: gated() };
      },
    });
    const id = await begun({ copies });
    expect([bench.queue.pause(id), bench.queue.resume(id)]).toEqual([true, true]);
    // Others do not wait with it.
    const other = bench.add(2, 'sample/one').id;
    bench.queue.wake();
    await bench.reaches(other, 'completed');
    letGo();
    gate.resolve();
    await bench.reaches(id, 'completed');
    expect(events).toEqual(['begun', 'ended', 'begun', 'ended']);
  });

  it('and resume between the last byte and the end leave it complete, once', async () => {
    let press = (): void => undefined;
    const copies = (real: Executor): Executor => ({
      ...real,
      start: (job, signal) => {
        const running = real.start(job, signal);
        const pressed = async () => {
          const result = await running.done;
          press();
          return result;
        };
        return { ...running, done: pressed() };
      },
    });
    await open({}, { copies });
    const { id } = bench.add(1, 'sample/one');
    const answers: boolean[] = [];
    press = () => {
      press = () => undefined;
      answers.push(bench.queue.pause(id), bench.queue.resume(id));
    };
    bench.queue.start();
    await bench.reaches(id, 'completed');
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    expect(answers).toEqual([true, true]);
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'completed' }]);
    expect(bench.notices(id)).toEqual(['completed']);
    expect(bench.complaints).toEqual([]);
  });

  it('at the last moment holds; what was complete is completed by resume without another byte', async () => {
    let press = (): boolean => false;
    let pressed: boolean | undefined;
    // The first transaction after bytes have come is the one that would write that the download is complete.
    const store = (real: Store): Store => ({
      ...real,
      atomically: (work) => {
        if (bench.hub.bytesSent() > 0) pressed ??= press();
        return real.atomically(work);
      },
    });
    await open({}, { store });
    const { id } = bench.add(1, 'sample/one');
    press = () => bench.queue.pause(id);
    bench.queue.start();
    await bench.reaches(id, 'paused');
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    expect(pressed).toBe(true);
    expect(bench.model(id).status).toBe('paused');
    expect(bench.notices(id)).toEqual([]);
    const sent = bench.hub.bytesSent();
    expect(bench.queue.resume(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent()).toBe(sent);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('of all is a chat’s own affair, and resume of all leaves alone what was cancelled', async () => {
    await open({ concurrency: 1 });
    const [running, waiting, cancelled] = [
      bench.add(1, 'sample/big').id,
      bench.add(1, 'sample/one').id,
      bench.add(1, 'sample/tiny-llama').id,
    ];
    const other = bench.add(2, 'sample/tiny-llama').id;
    bench.queue.start();
    await bench.reaches(running, 'downloading');
    bench.store.sessions.createDownloadSession(cancelled);
    expect(bench.queue.cancel(cancelled)).toBe(true);
    expect(await bench.queue.pauseAll(1)).toBe(2);
    expect(await bench.queue.pauseAll(1)).toBe(0);
    await bench.reaches(other, 'completed');
    expect([running, waiting, cancelled].map((id) => bench.model(id).status)).toEqual(['paused', 'paused', 'paused']);
    letGo();
    expect(await bench.queue.resumeAll(1)).toBe(2);
    await bench.reaches(running, 'completed');
    await bench.reaches(waiting, 'completed');
    expect(bench.model(cancelled).status).toBe('paused');
  });
});

describe('cancel', () => {
  it('drops all that has come, whole files too, and ends the session without a notice', async () => {
    const shards = defineRepo({
      id: 'sample/shards',
      files: [
        { path: 'a.safetensors', size: 300_000 },
        { path: 'b.safetensors', size: 1_500_000 },
      ],
    });
    bench = await setUp({ repos: [shards] });
    bench.hub.setFault({ kind: 'held', path: 'b.safetensors', bytes: 2 ** 19 });
    const { id } = bench.add(1, 'sample/shards');
    const whole = bench.store.models.modelFiles(id).find(({ path }) => path === 'a.safetensors')?.etag ?? '';
    bench.queue.start();
    await expect
      .poll(() => existsSync(join(folderOf(bench, 'models--sample--shards'), 'blobs', whole)), PATIENT)
      .toBe(true);
    await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(300_000 + 2 ** 19);
    expect([bench.queue.cancel(id), bench.queue.cancel(id)]).toEqual([true, false]);
    expect(bench.model(id).status).toBe('paused');
    await expect.poll(() => readdirSync(bench.cacheDir), PATIENT).toEqual(['CACHEDIR.TAG']);
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'cancelled', bytesDownloaded: 0 }]);
    expect(bench.notices(id)).toEqual([]);
    bench.hub.clearFaults();
    expect(bench.queue.resume(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id).map(({ status }) => status)).toEqual(['completed', 'cancelled']);
  });

  it('also ends what is paused with something kept', async () => {
    const id = await begun();
    bench.queue.pause(id);
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    expect(await partialsIn(bench.cacheDir)).toHaveLength(1);
    expect(bench.queue.cancel(id)).toBe(true);
    await expect.poll(() => existsSync(folderOf(bench)), PATIENT).toBe(false);
    expect(bench.queue.cancel(id)).toBe(false);
  });

  it('and resume at once begins anew, after the old bytes have gone', async () => {
    const id = await begun();
    expect(bench.queue.cancel(id)).toBe(true);
    letGo();
    expect(bench.queue.resume(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id).map(({ status }) => status)).toEqual(['completed', 'cancelled']);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('is over before the next run touches the folder', async () => {
    const [dropping, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const events: string[] = [];
    const copies = (real: Executor): Executor => ({
      ...real,
      removeSnapshot: async (removal) => {
        dropping.resolve();
        await gate.promise;
        const freed = await real.removeSnapshot(removal);
        events.push('dropped');
        return freed;
      },
    });
    const id = await begun({ copies });
    bench.queue.pause(id);
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    bench.hub.onRequest(({ path }) => events.push(path.includes('sample/big') ? 'asked' : 'other'));
    expect(bench.queue.cancel(id)).toBe(true);
    await dropping.promise;
    expect(bench.queue.resume(id)).toBe(true);
    const other = bench.add(2, 'sample/one').id;
    bench.queue.wake();
    // Another folder is not concerned.
    await bench.reaches(other, 'completed');
    letGo();
    gate.resolve();
    await bench.reaches(id, 'completed');
    expect(events.filter((event) => event !== 'other').slice(0, 2)).toEqual(['dropped', 'asked']);
  });

  it('leaves files that were there before, put there by another tool', async () => {
    const [small, large] = [
      { path: 'a.safetensors', size: 100_000 },
      { path: 'b.safetensors', size: 1_500_000 },
    ];
    bench = await setUp({ repos: [defineRepo({ id: 'sample/shards', files: [small, large] })] });
    bench.hub.setFault({ kind: 'held', path: 'b.safetensors', bytes: 2 ** 19 });
    // A download of one file, of which only the entry is then removed: it lies there and is on nobody's list.
    const { id } = bench.add(1, 'sample/shards', { paths: ['a.safetensors'] });
    const files = bench.store.models.modelFiles(id);
    bench.queue.start();
    const { downloadPath } = await bench.reaches(id, 'completed');
    await removeNow(bench.queue, id, 'nothing');
    const again = bench.add(1, 'sample/shards').id;
    bench.queue.wake();
    await expect.poll(() => bench.queue.snapshot(again)?.bytesReady, PATIENT).toBe(100_000 + 2 ** 19);
    bench.queue.cancel(again);
    const folder = folderOf(bench, 'models--sample--shards');
    await expect.poll(() => readdirSync(folder).toSorted(), PATIENT).toEqual(['blobs', 'refs', 'snapshots']);
    expect(readdirSync(join(folder, 'blobs'))).toEqual([files[0]?.etag]);
    expect(readlinkSync(join(downloadPath ?? '', 'a.safetensors'))).toContain(files[0]?.etag);
  });
});

describe('start now', () => {
  it('passes the gate, once, and makes no sense for what stands in the queue anyway', async () => {
    await open({ concurrency: 1 });
    const running = bench.add(1, 'sample/big').id;
    const later = bench.add(1, 'sample/one').id;
    bench.store.models.moveModel(later, 'pending', 'paused');
    bench.store.models.moveModel(later, 'paused', 'pending', { reason: 'schedule', scheduled: true, runNow: false });
    const next = bench.add(1, 'sample/tiny-llama').id;
    bench.queue.start();
    await bench.reaches(running, 'downloading');
    expect(bench.queue.startNow(next)).toBe(false);
    expect(bench.queue.startNow(running)).toBe(false);
    expect([bench.queue.startNow(later), bench.queue.startNow(later)]).toEqual([true, false]);
    bench.settings.concurrency = 3;
    bench.queue.wake();
    await bench.reaches(later, 'completed');
  });
});

describe('hold', () => {
  it('puts back in the queue what runs, with its bytes, and begins nothing until it is lifted', async () => {
    const id = await begun();
    const other = bench.add(2, 'sample/one').id;
    expect([bench.queue.hold(), bench.queue.hold()]).toEqual([true, false]);
    expect(bench.model(id)).toMatchObject({ status: 'pending', statusReason: 'held' });
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    bench.queue.wake();
    expect([id, other].map((each) => bench.model(each).status)).toEqual(['pending', 'pending']);
    expect(bench.store.sessions.openSession(id)?.bytesDownloaded).toBe(HELD + 2);
    letGo();
    expect([bench.queue.unhold(), bench.queue.unhold()]).toEqual([true, false]);
    await bench.reaches(id, 'completed');
    await bench.reaches(other, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ status: 'completed', retryCount: 0 }]);
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + 200_000 + UNDER_WAY);
  });

  it('also takes effect when somebody has set it in the configuration and wakes the queue', async () => {
    const id = await begun();
    bench.store.config.setSystemConfig('paused_all', 'true');
    bench.queue.wake();
    expect(bench.model(id).status).toBe('pending');
    expect(bench.queue.isHeld()).toBe(true);
  });
});

describe('remove', () => {
  it('has stopped the run and dropped what had come when it resolves', async () => {
    const id = await begun();
    await removeNow(bench.queue, id, 'nothing');
    expect(bench.queue.snapshot(id)).toBeUndefined();
    expect(existsSync(folderOf(bench))).toBe(false);
    expect(bench.store.models.getModel(id)).toBeUndefined();
  });

  it('leaves the files of what is complete', async () => {
    await open();
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    const { downloadPath } = await bench.reaches(id, 'completed');
    await removeNow(bench.queue, id, 'nothing');
    expect(readdirSync(downloadPath ?? '').toSorted()).toEqual(['config.json', 'model.safetensors']);
    expect(readdirSync(join(downloadPath ?? '', '../../blobs'))).toHaveLength(2);
  });
});
