import { describe, expect, it } from 'vitest';
import { defineRepo, type Fault } from '../../playground/hub/sample-hub.ts';
import { codeOf, setUp } from './bench-top.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { createDice, type Dice } from '../helpers/dice.ts';

const ID = 'sample/model';
const FILES = [
  { path: 'config.json', size: 300 },
  { path: 'one.safetensors', size: 2_600_000 },
  { path: 'two.safetensors', size: 5_100_000 },
];
const repo = defineRepo({ id: ID, files: FILES });
const DOWNLOADS = 16;
const AT_ONCE = 4;
/** Pauses between tries pass so many times faster than they would, and so does the time in which nothing comes. */
const PACE = 8;

/** What these may end with, if they do not pass. A fault that is not on the list is a reason nobody gave. */
const REASONS = new Set(['none', 'unreachable', 'unavailable', 'stalled', 'changed', 'corrupt', 'rate_limited']);

const someFault = (dice: Dice): Fault => {
  const where = { host: 'cdn', path: /safetensors/, times: 1 + dice(3), after: dice(4) } as const;
  const faults: readonly Fault[] = [
    { kind: 'reset', ...where },
    { kind: 'reset', ...where, host: 'hub', path: /resolve/ },
    { kind: 'reset_after', bytes: dice(2_000_000), ...where },
    { kind: 'stall_after', bytes: dice(2_000_000), ...where, times: 1 },
    { kind: 'short_body', missing: 1 + dice(5000), announced: dice(2) === 0 ? 'short' : 'full', ...where },
    { kind: 'wrong_range', ...where },
    { kind: 'ignore_range', ...where },
    { kind: 'corrupt', offset: dice(2_600_000), ...where },
    { kind: 'changed_etag', etag: 'f'.repeat(64), ...where },
    { kind: 'rate_limited', seconds: 1, ...where, times: 1 },
    { kind: 'status', status: 503, ...where },
    { kind: 'html', ...where },
    { kind: 'expired', ...where },
    { kind: 'slow', bytesPerSecond: 2_000_000, ...where },
  ];
  return faults[dice(faults.length)] as Fault;
};

/** One download with up to four faults at once. @returns what it came to */
const play = async (seed: number): Promise<string> => {
  const dice = createDice(seed * 7919);
  const bench = await setUp(
    { repos: [repo] },
    { connections: 1 + dice(8), stallTimeoutMs: () => 300 * PACE, clock: createRunningClock(undefined, PACE) },
  );
  try {
    for (let faults = 1 + dice(4); faults > 0; faults -= 1) bench.hub.setFault(someFault(dice));
    const code = await codeOf(bench.start(ID).done);
    if (!REASONS.has(code)) return `seed ${seed}: ${code}`;
    if (code !== 'none') {
      const visible = await bench.snapshots(ID);
      return visible.length === 0 ? 'failed' : `seed ${seed}: ${code}, but ${visible.join()} is visible`;
    }
    const contents = await Promise.all(FILES.map(({ path }) => bench.published(ID, path)));
    return contents.every((content) => content === 'right') ? 'right' : `seed ${seed}: wrong content`;
  } finally {
    await bench.close();
  }
};

describe('faults mixed at random', () => {
  it('end in the right files or in a true reason, with nothing visible', async () => {
    const ends: string[] = [];
    const seeds = Array.from({ length: DOWNLOADS }, (_, at) => at + 1).values();
    const one = async (): Promise<void> => {
      for (const seed of seeds) ends.push(await play(seed));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    expect(ends.filter((end) => end !== 'right' && end !== 'failed')).toEqual([]);
    expect(ends).toHaveLength(DOWNLOADS);
    // They are passing faults: most downloads outlive them.
    expect(ends.filter((end) => end === 'right').length).toBeGreaterThan(DOWNLOADS / 2);
  });
});
