import { expect, it } from 'vitest';
import type { RepoFile } from '../../src/domain/listing.ts';
import { silentLog } from '../../src/lib/log.ts';
import { aboutFetched } from '../../src/library/renewals/about-fetched.ts';
import { createTestClock } from '../helpers/clock.ts';

const MIB = 2 ** 20;
const SIZE = 9 * MIB;
const [BEFORE, AFTER] = ['1'.repeat(40), '2'.repeat(40)];

type At = Parameters<typeof aboutFetched>[1]['before'];

/** Shards, each of one term of the same chunks in all of them. */
const filesAt = (commit: string): readonly RepoFile[] =>
  Array.from({ length: 6 }, (_, at) => {
    const hash = commit.padEnd(62, '0');
    return { path: `${at}.safetensors`, size: SIZE, etag: `${hash}a${at}`, xetHash: `${hash}b${at}` };
  });

/** @returns what is told if each answer takes so long, and how often was asked */
const ask = async (answerMs: number): Promise<[told: number | undefined, asked: number]> => {
  const clock = createTestClock();
  let asked = 0;
  const source = {
    locate: async () => {
      throw new Error('nobody asks where it lies');
    },
    terms: async () => {
      asked += 1;
      clock.pass(answerMs);
      return [{ xorb: 'ab'.repeat(32), start: 0, end: 144, bytes: SIZE }];
    },
  };
  const fetch = async (): Promise<never> => {
    throw new Error('nobody fetches anything');
  };
  const signal = new AbortController().signal;
  const [before, after] = [BEFORE, AFTER].map((commit) => ({ commit, files: filesAt(commit) })) as [At, At];
  const told = await aboutFetched(
    { source, fetch, clock, log: silentLog, signal },
    { type: 'model', id: 'org/name', before, after },
    6 * SIZE,
  );
  return [told, asked];
};

it('asks about all that changed, as long as answers come soon', async () => {
  expect(await ask(1)).toEqual([0, 12]);
});

it('asks nothing more after twenty seconds, and tells what is known by then', async () => {
  expect(await ask(5000)).toEqual([4 * SIZE, 4]);
  expect(await ask(4999)).toEqual([3 * SIZE, 6]);
});
