import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Hub } from '../../src/hub/hub.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

const NAME = 'sample/one';
const repo = sampleModel(NAME, 3_000_000);

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
const WHOLE = { 'config.json': 2, 'model.safetensors': 3_000_000 };

/** Before the first byte of the large file comes, when the small one is there, something else happens. */
const openWith = async (happens: () => void): Promise<number> => {
  let isOver = false;
  const hub = (real: Pick<Hub, 'inspect' | 'locate'>): typeof real => ({
    ...real,
    locate: async (wanted, ...more) => {
      if (wanted.path === 'model.safetensors' && !isOver) {
        await expect.poll(() => existsSync(at('blobs')) && readdirSync(at('blobs')).length, PATIENT).toBe(1);
        isOver = true;
        happens();
      }
      return real.locate(wanted, ...more);
    },
  });
  bench = await setUp({ repos: [repo] }, {}, { hub });
  const { id } = bench.add(1, NAME);
  bench.queue.start();
  return id;
};

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
});
