import { afterEach, describe, expect, it } from 'vitest';
import { type ChunksBench, MIB, noise, openChunks, type Part, SMALL, some, WEIGHTS } from './chunks-bench.ts';

/* Which files it is asked about what of them lies here. */

let bench: ChunksBench;
afterEach(() => bench.close());

const HEADER = 'a chat template';

/** The first revision is here, and nothing is counted yet. */
const open = async (...opened: Parameters<typeof openChunks>): Promise<void> => {
  bench = await openChunks(...opened);
  await bench.get();
  bench.fetched();
  bench.asked();
};

describe('a file of another repository', () => {
  const TUNED = 'org/tuned';
  const openBoth = async (
    here: readonly Part[],
    tuned: readonly Part[],
    from: Parameters<typeof openChunks>[2] = {},
  ): Promise<void> => {
    await open({ [WEIGHTS]: here, 'other.gguf': [some('other', 9)] }, { [TUNED]: { [WEIGHTS]: tuned } }, from);
    await bench.start(bench.job({ id: TUNED })).done;
    expect(await bench.isRight(WEIGHTS, TUNED)).toBe(true);
  };

  it('of the same path and nearly the same size gives what both have', async () => {
    const tuned = [`another ${HEADER}`, noise('weights', 6), noise('tuned', 2), noise('weights', 6, 8)];
    await openBoth([HEADER, noise('weights', 14)], tuned);
    expect(bench.fetched()).toBeLessThan(4 * MIB);
    expect(bench.asked()).toBe(2);
  });

  it('is not asked about if its size differs by more than a hundredth', async () => {
    await openBoth([HEADER, some('weights', 14)], [HEADER, some('weights', 14), some('more', 1)], SMALL);
    expect(bench.asked()).toBe(0);
  });
});

describe('a file that has nothing in common with the one before it', () => {
  it('is asked about once, and fetched whole', async () => {
    await open({ [WEIGHTS]: [HEADER, some('weights', 9)] }, {}, SMALL);
    await bench.move({ [WEIGHTS]: [some('other', 12)] });
    const running = bench.start();
    await running.done;
    expect(await bench.isRight()).toBe(true);
    expect(bench.asked()).toBe(2);
    expect(running.state().bytesReceived).toBe(bench.job().files[0]?.size);
    expect(bench.said).toEqual(['A file is fetched whole: the one before it has nothing of it']);
  });

  it('is not asked about any more after three of them', async () => {
    const shards = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.safetensors`);
    const filesOf = (seed: string) => Object.fromEntries(shards.map((path) => [path, [some(`${seed} ${path}`, 9)]]));
    await open(filesOf('old'), {}, SMALL);
    await bench.move(filesOf('new'));
    await bench.get();
    for (const path of shards) expect(await bench.isRight(path)).toBe(true);
    expect(bench.asked()).toBeLessThanOrEqual(8);
  });

  it('is not asked about where nothing is here from before', async () => {
    bench = await openChunks({ [WEIGHTS]: [HEADER, some('weights', 9)] }, {}, SMALL);
    await bench.get();
    expect([bench.asked(), bench.said]).toEqual([0, []]);
  });

  it.each([
    ['a file of less than that', MIB - 1, SMALL, 0],
    ['a file of just that', MIB, SMALL, 2],
    ['one of less than 8 MiB, if nobody says', 8 * MIB - 1, {}, 0],
  ])('is asked about from a size on: %s', async (_, size, from, asked) => {
    const sized = (seed: string): Part => ({ seed, size });
    await open({ [WEIGHTS]: [sized('one')] }, {}, from);
    await bench.move({ [WEIGHTS]: [sized('another')] });
    await bench.get();
    expect([bench.asked(), await bench.isRight()]).toEqual([asked, true]);
  });
});
