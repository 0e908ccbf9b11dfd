import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { readFilesInBrief } from '../../src/domain/files/loads/files-in-brief.ts';
import { DEFAULT_SELECTION, selectionKey } from '../../src/domain/files/selection.ts';
import type { Renewal } from '../../src/queue/change.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const repos = [sampleModel('sample/one', 300_000), sampleModel('sample/big', 8_000_000)];

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

/** What a look-up would find now. */
const head = (name: string): Renewal => {
  const { id: commitSha, files } = bench.hub.commitOf(name);
  const rows = files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  return { commitSha, files: rows, sizeBytes: rows.reduce((sum, { size }) => sum + size, 0) };
};

const statuses = (id: number): string[] => bench.store.sessions.getDownloadHistory(id).map(({ status }) => status);

describe('a newer commit', () => {
  it('of a complete model fetches what is new in a session of its own, and is told once more', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    const before = await bench.reaches(id, 'completed');
    const sent = bench.hub.bytesSent();
    bench.hub.updateRepo('sample/one', { files: [{ path: 'config.json', content: '{"new": true}' }] });
    const renewal = head('sample/one');
    expect(renewal.commitSha).not.toBe(before.commitSha);
    expect([bench.queue.renew(id, renewal), bench.queue.renew(id, renewal)]).toEqual([true, false]);
    const after = await bench.reaches(id, 'completed');
    expect(after).toMatchObject({ commitSha: renewal.commitSha, sizeBytes: renewal.sizeBytes });
    expect(after.downloadPath).toContain(renewal.commitSha);
    expect(bench.hub.bytesSent() - sent).toBeLessThan(10_000);
    expect(statuses(id)).toEqual(['completed', 'completed']);
    expect(bench.notices(id)).toEqual(['completed', 'completed']);
  });

  it.each([
    ['renewed', (id: number, renewal: Renewal) => bench.queue.renew(id, renewal)],
    [
      'changed',
      (id: number, renewal: Renewal) =>
        bench.queue.change(id, {
          ...renewal,
          revision: 'main',
          selection: selectionKey(DEFAULT_SELECTION),
          metadata: {},
        }),
    ],
  ])('of a model that is %s brings along what its files come to: no card reads the list', async (_, bring) => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    await bench.reaches(id, 'completed');
    bench.hub.updateRepo('sample/one', { files: [{ path: 'config.json', content: '{"new": true}' }] });
    const renewal = head('sample/one');
    expect(bring(id, { ...renewal, loads: { kind: 'nothing' } })).toBe(true);
    const after = await bench.reaches(id, 'completed');
    const { commitSha: commit, files } = renewal;
    expect(readFilesInBrief(after)).toEqual({ commit, count: files.length, loads: { kind: 'nothing' } });
  });

  it('of a failed model takes the place of the one that cannot be had', async () => {
    bench = await setUp({ repos });
    // A commit that was asked for by itself cannot move.
    const { id } = bench.add(1, 'sample/one', { revision: 'd'.repeat(40), commitSha: 'd'.repeat(40) });
    bench.queue.start();
    await bench.reaches(id, 'failed');
    expect(bench.queue.renew(id, head('sample/one'))).toBe(true);
    await bench.reaches(id, 'completed');
    expect(statuses(id)).toEqual(['completed', 'failed']);
    expect(bench.notices(id)).toEqual(['failed', 'completed']);
  });

  it('makes no sense for what waits, runs or is paused', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    expect(bench.queue.renew(id, head('sample/one'))).toBe(false);
    bench.queue.pause(id);
    expect(bench.queue.renew(id, head('sample/one'))).toBe(false);
    expect(bench.queue.renew(99, head('sample/one'))).toBe(false);
  });
});

describe('files that are gone from the disk', () => {
  it('come back when the same commit is asked for', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    const { downloadPath } = await bench.reaches(id, 'completed');
    rmSync(join(bench.cacheDir, 'models--sample--one'), { recursive: true });
    expect(bench.queue.renew(id, head('sample/one'))).toBe(true);
    await bench.reaches(id, 'completed');
    expect(readdirSync(downloadPath ?? '').toSorted()).toEqual(['config.json', 'model.safetensors']);
  });
});

describe('cancel', () => {
  it('of what has never begun is known as a cancellation: resuming all leaves it', async () => {
    bench = await setUp({ repos });
    const waiting = bench.add(1, 'sample/one').id;
    const paused = bench.add(1, 'sample/big').id;
    bench.queue.pause(paused);
    for (const id of [waiting, paused]) {
      expect([bench.queue.cancel(id), bench.queue.cancel(id)]).toEqual([true, false]);
      expect(bench.model(id).status).toBe('paused');
      expect(statuses(id)).toEqual(['cancelled']);
    }
    expect(await bench.queue.resumeAll(1)).toBe(0);
    expect(bench.queue.resume(waiting)).toBe(true);
    await bench.reaches(waiting, 'completed');
    expect(statuses(waiting)).toEqual(['completed', 'cancelled']);
  });

  it('makes no sense for what has ended', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    await bench.reaches(id, 'completed');
    expect(bench.queue.cancel(id)).toBe(false);
    expect(bench.queue.cancel(99)).toBe(false);
    expect(statuses(id)).toEqual(['completed']);
  });

  it('while the database still calls it running drops nothing of a model that was begun anew', async () => {
    bench = await setUp({ repos, throttleBytesPerSecond: 400_000 });
    const { id } = bench.add(1, 'sample/big');
    bench.queue.start();
    await bench.hub.waitForRequest(() => bench.hub.bytesSent() > 1_000_000);
    for (let press = 0; press < 3; press += 1) {
      expect(bench.queue.cancel(id)).toBe(true);
      expect(bench.queue.resume(id)).toBe(true);
    }
    const { downloadPath } = await bench.reaches(id, 'completed');
    expect(existsSync(join(downloadPath ?? '', 'model.safetensors'))).toBe(true);
    expect(bench.notices(id)).toEqual(['completed']);
  });
});

describe('what only a person can mend', () => {
  it('fails at once: a repository that the Hub has disabled', async () => {
    const disabled = defineRepo({
      id: 'sample/disabled',
      disabled: true,
      files: [{ path: 'model.safetensors', size: 1000 }],
    });
    bench = await setUp({ repos: [disabled] });
    const { id } = bench.add(1, 'sample/disabled');
    bench.queue.start();
    await bench.reaches(id, 'failed');
    const [session] = bench.store.sessions.getDownloadHistory(id);
    expect(session).toMatchObject({ status: 'failed', retryCount: 0 });
    expect(session?.errorMessage).toMatch(/sample\/disabled/);
    expect(bench.queue.startNow(id)).toBe(false);
    expect(bench.queue.pause(id)).toBe(false);
    expect(bench.queue.retry(id)).toBe(true);
    await expect.poll(() => statuses(id), PATIENT).toEqual(['failed', 'failed']);
    expect(bench.notices(id)).toEqual(['failed', 'failed']);
  });

  it('in the middle waits: a repository that was gated meanwhile, with all that has come', async () => {
    bench = await setUp({ repos, throttleBytesPerSecond: 400_000 });
    const { id } = bench.add(1, 'sample/big');
    bench.queue.start();
    await bench.hub.waitForRequest(() => bench.hub.bytesSent() > 1_000_000);
    bench.hub.updateRepo('sample/big', { gated: 'auto' });
    bench.hub.expireUrls();
    await bench.hub.takeDown('cdn');
    await bench.hub.bringUp('cdn');
    await bench.waitsFor(id, 'backoff');
    await expect
      .poll(() => {
        bench.clock.pass(1000);
        return bench.store.sessions.openSession(id)?.metadata?.access?.code;
      }, PATIENT)
      .toBe('gated');
    const page = `${bench.hub.url}/sample/big`;
    expect(bench.queue.waitingOf(bench.model(id))).toMatchObject({ kind: 'access', code: 'gated', page });
    const before = bench.store.sessions.openSession(id)?.bytesDownloaded ?? 0;
    expect(before).toBeGreaterThan(500_000);
    expect(bench.notices(id)).toEqual(['access_needed']);
    bench.hub.updateRepo('sample/big', { gated: false });
    expect(bench.queue.startNow(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(statuses(id)).toEqual(['completed']);
  });
});
