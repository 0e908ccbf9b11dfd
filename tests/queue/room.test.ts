import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ByHand, openByHand, SIZE } from './by-hand.ts';
import type { FakeExecutor } from './fake-executor.ts';
import { PATIENT, removeNow } from './setup.ts';

/** Room for one of them, and not for two. */
const ROOM = SIZE * 1.5;
const [ANN, BOB] = [1, 2];

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
  bench.settings.concurrency = 2;
});
afterEach(() => bench?.close());

const limits: readonly (readonly [string, () => void])[] = [
  ['the disk', () => void (bench.executor.disk.freeBytes = ROOM)],
  ['what all models may take', () => void (bench.settings.maxTotalBytes = ROOM)],
];

describe.each(limits)('two that fit alone and not together, by %s', (_, narrow) => {
  it('do not both start, however much of the first one has come, until there is room', async () => {
    narrow();
    const [one, two] = [bench.add(ANN, 'org/one'), bench.add(BOB, 'org/two')];
    bench.queue().start();
    const job = await bench.job('org/one');
    await bench.reaches(two, 'pending no_space');
    job.arrive(SIZE * 0.9);
    bench.queue().wake();
    await bench.reaches(two, 'pending no_space');
    expect(bench.stateOf(one)).toBe('downloading');
    job.complete();
    await bench.reaches(one, 'completed');
    await bench.reaches(two, 'pending no_space');
    bench.queue().remove(one, { taking: 'ours', freedBytes: SIZE });
    (await bench.job('org/two')).complete();
    await bench.reaches(two, 'completed');
  });

  it('do not keep each other out when both are let go at once', async () => {
    const gates = new Map<string, () => void>();
    const { removeSnapshot } = bench.executor;
    const held: Pick<FakeExecutor, 'removeSnapshot'> = {
      removeSnapshot: async (removal) => {
        await new Promise<void>((resolve) => gates.set(removal.repoFolder, resolve));
        return removeSnapshot(removal);
      },
    };
    Object.assign(bench.executor, held);
    const letAllGo = (): void => gates.forEach((letGo) => letGo());
    onTestFinished(letAllGo);
    bench.queue().start();
    const names = ['org/one', 'org/two'];
    for (const name of names) {
      const id = bench.add(ANN, name);
      bench.queue().wake();
      (await bench.job(name)).complete();
      await bench.reaches(id, 'completed');
      void removeNow(bench.queue(), id, 'ours');
    }
    await expect.poll(() => gates.size, PATIENT).toBe(2);
    narrow();
    const ids = names.map((name) => bench.add(ANN, name));
    bench.queue().wake();
    await expect.poll(() => ids.map((id) => bench.stateOf(id)), PATIENT).toEqual(['downloading', 'downloading']);
    letAllGo();
    await expect.poll(() => ids.map((id) => bench.stateOf(id)), PATIENT).toEqual(['downloading', 'pending no_space']);
    expect(bench.executor.running('org/one')).toHaveLength(1);
  });
});
