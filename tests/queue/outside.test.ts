import { existsSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Between, PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const NAME = 'sample/one';
const repo = sampleModel(NAME, 1_200_000);

let bench: QueueBench;
afterEach(async () => {
  await bench?.close();
});

const at = (...parts: string[]): string => join(bench.cacheDir, 'models--sample--one', ...parts);

/** What is in the snapshot of a model, by path. */
const sizes = (id: number): Record<string, number> => {
  const path = bench.model(id).downloadPath ?? '';
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).length]));
};
const WHOLE = { 'config.json': 2, 'model.safetensors': 1_200_000 };

/** Before the first byte of the large file comes, when the small one is there, something else happens. */
const openWith = async (happens: () => void): Promise<number> => {
  let isOver = false;
  const locate: Between['locate'] =
    (real) =>
    async (wanted, ...more) => {
      if (wanted.path === 'model.safetensors' && !isOver) {
        await expect.poll(() => existsSync(at('blobs')) && readdirSync(at('blobs')).length, PATIENT).toBe(1);
        isOver = true;
        happens();
      }
      return real(wanted, ...more);
    };
  bench = await setUp({ repos: [repo] }, {}, { locate });
  const { id } = bench.add(1, NAME);
  bench.queue.start();
  return id;
};

const completed = async (): Promise<number> => {
  bench = await setUp({ repos: [repo] });
  const { id } = bench.add(1, NAME);
  bench.queue.start();
  await bench.reaches(id, 'completed');
  return id;
};

const gone = (id: number): number => bench.model(id).filesGone;

describe('a finished model whose files something else has removed', () => {
  it('is found by the nightly look, and comes again when somebody asks for it', async () => {
    const id = await completed();
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(0);
    rmSync(at(), { recursive: true });
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(2);
    expect(bench.model(id).status).toBe('completed');
    expect(bench.queue.restore(id)).toBe(true);
    expect(gone(id)).toBe(0);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
    expect(bench.queue.restore(id)).toBe(false);
  });

  it('is found among hundreds, which are read a hundred at a time', async () => {
    const id = await completed();
    rmSync(at(), { recursive: true });
    const last = bench.store.atomically(() => {
      const ids = Array.from({ length: 250 }, (_, chat) => bench.add(chat + 2, NAME).id);
      for (const one of ids) {
        bench.store.models.moveModel(one, 'pending', 'downloading');
        bench.store.models.moveModel(one, 'downloading', 'completed');
      }
      return ids.at(-1) ?? 0;
    });
    await bench.queue.lookAfter();
    expect([gone(id), gone(last)]).toEqual([2, 2]);
  });

  it('is found by the look at start', async () => {
    const id = await completed();
    await bench.queue.close();
    rmSync(at('blobs'), { recursive: true });
    bench.restarted();
    await expect.poll(() => gone(id), PATIENT).toBe(2);
  });

  it('comes again where links to nothing were left of it', async () => {
    // Mesh-LLM/mesh-llm#878: the snapshot was still there, so it was called ready.
    const id = await completed();
    rmSync(at('blobs'), { recursive: true });
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(2);
    expect(bench.queue.restore(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
  });

  it('is one whose files are there and empty, as failed links leave them', async () => {
    // debpalash/VoiceStudio#1056
    const id = await completed();
    const path = join(bench.model(id).downloadPath ?? '', 'model.safetensors');
    rmSync(path);
    writeFileSync(path, '');
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(1);
    expect(bench.queue.restore(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
  });

  it('is whole again when they are put back, or one of them is still there', async () => {
    const id = await completed();
    const path = join(bench.model(id).downloadPath ?? '', 'config.json');
    renameSync(path, `${path}.elsewhere`);
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(1);
    renameSync(`${path}.elsewhere`, path);
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(0);
  });

  it('is not believed to be gone while the disk of the cache is', async () => {
    const id = await completed();
    renameSync(bench.cacheDir, `${bench.cacheDir}.unmounted`);
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(0);
  });

  it('is one whose file was cut short as well', async () => {
    const id = await completed();
    truncateSync(join(bench.model(id).downloadPath ?? '', 'model.safetensors'), 7);
    await bench.queue.lookAfter();
    expect(gone(id)).toBe(1);
  });
});

describe('in mid-download', () => {
  it('`hf cache rm` makes it be tried again, not fail', async () => {
    const id = await openWith(() => rmSync(at(), { recursive: true }));
    await bench.waitsFor(id, 'backoff');
    expect(bench.queue.waitingOf(bench.model(id))).toMatchObject({
      why: expect.stringContaining('something has removed it') as string,
    });
    bench.clock.pass(60_000);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('a file that had come and is taken away comes again: nothing is shown that is not there', async () => {
    const id = await openWith(() => rmSync(at('blobs'), { recursive: true }));
    await bench.waitsFor(id, 'backoff');
    bench.clock.pass(60_000);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
  });

  it('a partial file that is taken away comes again', async () => {
    const id = await openWith(() => rmSync(at('.hubgram'), { recursive: true }));
    await bench.waitsFor(id, 'backoff');
    bench.clock.pass(60_000);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
  });

  it.each([
    ['the repository’s folder', () => at()],
    ['the cache', () => bench.cacheDir],
  ])('%s that becomes a file fails it with a sentence, and it goes on when that is gone', async (_, place) => {
    const id = await openWith(() => {
      rmSync(place(), { recursive: true });
      writeFileSync(place(), 'mine');
    });
    await bench.reaches(id, 'failed');
    expect(bench.store.sessions.getDownloadHistory(id)[0]?.errorMessage).toContain(
      'something lies where a folder must be',
    );
    expect(readFileSync(place(), 'utf8')).toBe('mine');
    rmSync(place());
    expect(bench.queue.retry(id)).toBe(true);
    await bench.reaches(id, 'completed');
    expect(sizes(id)).toEqual(WHOLE);
  });
});
