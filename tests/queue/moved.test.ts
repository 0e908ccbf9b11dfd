import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const repos = [sampleModel('sample/one', 200_000)];
const rewritten = [
  { path: 'model.safetensors', size: 300_000, seed: 'after the rewrite' },
  { path: 'tokenizer.json', content: '{"new":true}' },
];

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

/** The branch begins anew: what was pinned is gone. @returns the new head */
const rewrite = (id = 'sample/one', files: readonly { path: string; size?: number; content?: string }[] = rewritten) =>
  bench.hub.updateRepo(id, { files: files as typeof rewritten, rewrite: true }).id;

describe('a model whose commit is gone because its branch was rewritten', () => {
  it('comes as the branch is now, with its new files, and says that it moved', async () => {
    bench = await setUp({ repos });
    const { id, commitSha: before } = bench.add(1, 'sample/one');
    const now = rewrite();
    bench.queue.start();
    const model = await bench.reaches(id, 'completed');
    expect(model).toMatchObject({ commitSha: now, sizeBytes: 300_014, metadata: { movedFrom: before } });
    expect(bench.store.models.modelFiles(id).map(({ path }) => path)).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    expect(model.downloadPath).toContain(`/snapshots/${now}`);
    expect(await readFile(join(model.downloadPath ?? '', 'tokenizer.json'), 'utf8')).toBe('{"new":true}');
    expect(bench.notices(id)).toEqual(['completed']);
    expect(bench.store.sessions.getDownloadHistory(id)).toHaveLength(1);
  });

  it('is tried again by a person who was told that there is no such commit', async () => {
    bench = await setUp({ repos });
    const { id } = bench.add(1, 'sample/one');
    bench.store.models.moveModel(id, 'pending', 'downloading');
    bench.store.models.moveModel(id, 'downloading', 'failed');
    const now = rewrite();
    bench.queue.start();
    bench.queue.retry(id);
    expect(await bench.reaches(id, 'completed')).toMatchObject({ commitSha: now });
  });

  it('keeps what its person wanted of it', async () => {
    const files = ['a.json', 'b.json', 'c.bin'].map((path) => ({ path, content: path }));
    bench = await setUp({ repos: [defineRepo({ id: 'sample/many', files })] });
    const selection = selectionKey({ quantize: 'auto', include: ['*.json'], exclude: ['b*'] });
    const { id } = bench.add(1, 'sample/many', { selection });
    rewrite('sample/many', [{ path: 'd.json', content: 'd' }]);
    bench.queue.start();
    await bench.reaches(id, 'completed');
    expect(bench.store.models.modelFiles(id).map(({ path }) => path)).toEqual(['a.json', 'd.json']);
  });

  // huggingface_hub#1639: squashing the history leaves every file as it is.
  it('is not fetched twice where only the history was squashed in mid-download', async () => {
    bench = await setUp({ repos: [sampleModel('sample/one', 2_000_000)] });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'sample/one/model', bytes: 2 ** 20 });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(2 ** 20 + 2);
    bench.queue.pause(id);
    await expect.poll(() => bench.queue.snapshot(id), PATIENT).toBeUndefined();
    const now = rewrite('sample/one', []);
    letGo();
    bench.queue.resume(id);
    expect(await bench.reaches(id, 'completed')).toMatchObject({ commitSha: now });
    expect(bench.hub.bytesSent()).toBeLessThan(2_500_000);
  });

  it('fails once with the true reason if it was asked for by that commit', async () => {
    bench = await setUp({ repos });
    const { id: commit } = bench.hub.commitOf('sample/one');
    const whole = bench.add(1, 'sample/one', { revision: commit });
    const short = bench.add(2, 'sample/one', { revision: commit.slice(0, 7) });
    rewrite();
    bench.queue.start();
    for (const { id } of [whole, short]) {
      await bench.reaches(id, 'failed');
      const [session] = bench.store.sessions.getDownloadHistory(id);
      expect(session?.errorMessage).toMatch(/^The commit [0-9a-f]{7} of sample\/one, which was asked for, is gone/);
      expect(session?.retryCount).toBe(0);
    }
  });

  // huggingface_hub#3406: after a forced push the Hub itself named the old commit for a while, and had no file of it.
  it('waits and tries again while the Hub itself still names the old commit', async () => {
    const locate = async (): Promise<never> => {
      throw new AppError('gone', 'The model sample/one has no file “config.json” at this revision.');
    };
    bench = await setUp({ repos }, {}, { locate: () => locate });
    const { id } = bench.add(1, 'sample/one');
    bench.queue.start();
    await bench.waitsFor(id, 'backoff');
    expect(bench.store.sessions.openSession(id)?.errorMessage).toMatch(
      /^The Hub says that “main” of sample\/one is at/,
    );
  });

  it('says what is missing now, if nothing of what was wanted is there', async () => {
    bench = await setUp({ repos });
    const selection = selectionKey({ quantize: 'auto', include: ['config.json'], exclude: [] });
    const { id } = bench.add(1, 'sample/one', { selection });
    bench.hub.updateRepo('sample/one', { remove: ['config.json'], rewrite: true });
    bench.queue.start();
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage).toContain('none fits include=config.json');
  });
});
