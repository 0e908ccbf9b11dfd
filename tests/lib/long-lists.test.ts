import { expect, it } from 'vitest';
import { forEachLimit } from '../../src/lib/async/for-each-limit.ts';
import { inSlices, parted } from '../../src/lib/async/slices.ts';

const COUNT = 3000;

const list = Array.from({ length: COUNT }, (_, at) => at);

it.each<[string, (work: () => void) => Promise<void>]>([
  ['one at a time', (work) => forEachLimit(list, 1, async () => work())],
  ['many at a time', (work) => forEachLimit(list, 256, async () => work())],
  ['in slices', (work) => inSlices(list, (slice) => slice.forEach(work))],
  ['to part it', async (work) => void (await parted(list, () => (work(), true)))],
])('a long list that needs no waiting is gone through %s with turns for everything else', async (_, go) => {
  let done = 0;
  let doneAtTurn: number | undefined;
  setImmediate(() => {
    doneAtTurn = done;
  });
  await go(() => {
    done += 1;
  });
  expect(done).toBe(COUNT);
  expect(doneAtTurn).toBeLessThanOrEqual(COUNT / 2);
});

it('after a failure nothing of the list is begun any more', async () => {
  let begun = 0;
  const fail = async (): Promise<void> => {
    begun += 1;
    throw new Error('no');
  };
  await expect(forEachLimit(list, 16, fail)).rejects.toThrow('no');
  expect(begun).toBeLessThanOrEqual(16);
});

it('a list is parted in its order, and not at all for somebody who has gone', async () => {
  const isEven = (at: number): boolean => at % 2 === 0;
  expect(await parted([4, 1, 2, 3], isEven)).toEqual([
    [4, 2],
    [1, 3],
  ]);
  const gone = new AbortController();
  const parting = parted(list, isEven, gone.signal);
  gone.abort(new Error('gone'));
  await expect(parting).rejects.toThrow('gone');
});
