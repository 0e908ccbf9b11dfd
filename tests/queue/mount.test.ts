import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type QueueBench, removeNow, sampleModel, setUp } from './setup.ts';

let bench: QueueBench;
let isThere: boolean;

beforeEach(async () => {
  isThere = true;
  const mount = { point: '/mnt/models', isThere: async () => isThere };
  bench = await setUp({ repos: [sampleModel('sample/first'), sampleModel('sample/second')] }, {}, { mount });
});
afterEach(() => bench.close());

/** The folder at which a disk was mounted is there without it, and empty. */
const unmount = async (): Promise<void> => {
  isThere = false;
  await rename(bench.cacheDir, `${bench.cacheDir}.away`);
  await mkdir(bench.cacheDir);
};
const mountAgain = async (): Promise<void> => {
  await rmdir(bench.cacheDir);
  await rename(`${bench.cacheDir}.away`, bench.cacheDir);
  isThere = true;
};

// gotson/komga#136, qbittorrent/qBittorrent#5516: all was gone, said the program, and began anew on the machine's own disk.
it('where the disk is away, nothing is said to be gone, and what is to come waits until it is back', async () => {
  const { queue, store, cacheDir } = bench;
  const first = bench.add(1, 'sample/first');
  queue.start();
  await bench.reaches(first.id, 'completed');
  await unmount();
  await queue.lookAfter();
  expect(store.copies.getCopy(bench.model(first.id).copyId ?? 0)?.filesGone).toBe(0);
  const second = bench.add(1, 'sample/second');
  queue.wake();
  await bench.waitsFor(second.id, 'no_space');
  expect(store.sessions.openSession(second.id)?.errorMessage).toBe(
    'The disk with the models is not mounted at /mnt/models: there is no room for them.',
  );
  expect(await readdir(cacheDir)).toEqual([]);
  await mountAgain();
  bench.clock.pass(60_000);
  await bench.reaches(second.id, 'completed');
  expect(bench.notices(second.id)).toEqual(['completed']);
});

it('what is to be removed from it goes when it is back', async () => {
  const { queue, cacheDir } = bench;
  const { id } = bench.add(1, 'sample/first');
  queue.start();
  await bench.reaches(id, 'completed');
  await unmount();
  await expect(removeNow(queue, id, 'ours')).rejects.toThrow('is not mounted at /mnt/models');
  await mountAgain();
  expect(await readdir(cacheDir)).toContain('models--sample--first');
  await queue.lookAfter();
  await expect.poll(() => readdir(cacheDir)).not.toContain('models--sample--first');
});
