import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Model } from '../../src/domain/model.ts';
import { pythonWarnings } from '../helpers/python-cache.ts';
import { PATIENT, type QueueBench, removeNow, setUp } from '../queue/setup.ts';

const [SHORT, LONG] = ['gpt2', 'openai-community/gpt2'];
const SIZE = 3_000_000;
const SMALL = 2;
const HELD = 2 ** 20;
const files = [
  { path: 'config.json', content: '{}' },
  { path: 'model.safetensors', size: SIZE, seed: 'gpt2' },
];
/** To the Hub both are one; here they are two with the same files. */
const repos = [SHORT, LONG].map((id) => defineRepo({ id, files }));

let bench: QueueBench;
afterEach(() => bench?.close());

const weightsOf = ({ downloadPath }: Model): string => join(downloadPath ?? '', 'model.safetensors');

/** It can be read, and is what it should be. */
const isLoadable = (path: string): boolean => {
  const etag = bench.hub
    .commitOf(SHORT)
    .files.find((file) => file.path === 'model.safetensors')
    ?.etag();
  return existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === etag;
};

/** Bytes of bodies, those of answers about the repository too. */
const sent = (): number => bench.hub.bytesSent();

const add = async (id: string): Promise<Model> => {
  const model = bench.add(1, id);
  bench.queue.wake();
  return bench.reaches(model.id, 'completed');
};

describe.each([
  [SHORT, LONG],
  [LONG, SHORT],
])('%s, and then the same as %s', (first, second) => {
  it('comes once, lies there once, is in two folders, and loads from the one when the other is removed', async () => {
    bench = await setUp({ repos });
    const one = await add(first);
    const before = sent();
    const two = await add(second);
    // The small one may come twice; no body of the weights does.
    expect(sent() - before).toBeLessThan(10_000);
    expect(weightsOf(one)).not.toBe(weightsOf(two));
    expect(statSync(weightsOf(one)).ino).toBe(statSync(weightsOf(two)).ino);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    // Of the weights nothing is freed by the first, since they have another name.
    expect(await removeNow(bench.queue, one.id, 'ours')).toBeLessThanOrEqual(SMALL);
    expect([existsSync(weightsOf(one)), isLoadable(weightsOf(two))]).toEqual([false, true]);
    expect(await removeNow(bench.queue, two.id, 'ours')).toBeGreaterThanOrEqual(SIZE);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
  });
});

describe('both at the same time', () => {
  it('come once: the one waits for the other, and is seen to grow', async () => {
    bench = await setUp({ repos });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const [one, two] = [bench.add(1, SHORT), bench.add(2, LONG)];
    bench.queue.wake();
    for (const { id } of [one, two])
      await expect.poll(() => bench.queue.snapshot(id)?.bytesReady ?? 0, PATIENT).toBeGreaterThan(HELD / 2);
    letGo();
    for (const { id } of [one, two]) await bench.reaches(id, 'completed');
    expect(bench.hub.bytesSent()).toBeLessThan(1.5 * SIZE);
    for (const { id } of [one, two]) expect(isLoadable(weightsOf(bench.model(id)))).toBe(true);
    const received = [one, two].map(({ id }) => bench.store.sessions.getDownloadHistory(id)[0]?.receivedBytes ?? 0);
    expect(Math.min(...received)).toBeLessThan(10_000);
  });

  it('come although the one that comes first is stopped', async () => {
    bench = await setUp({ repos });
    const letGo = bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const [one, two] = [bench.add(1, SHORT), bench.add(2, LONG)];
    bench.queue.wake();
    for (const { id } of [one, two])
      await expect.poll(() => bench.queue.snapshot(id)?.bytesReady ?? 0, PATIENT).toBeGreaterThan(HELD / 2);
    bench.queue.pause(one.id);
    letGo();
    await bench.reaches(two.id, 'completed');
    expect([isLoadable(weightsOf(bench.model(two.id))), bench.model(one.id).status]).toEqual([true, 'paused']);
    bench.queue.resume(one.id);
    await bench.reaches(one.id, 'completed');
  });
});
