import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startTicker, type Ticker } from '../../src/lib/ticker.ts';

/** So long that only a poke can be the reason for a run. */
const NEVER_MS = 3_600_000;

const fail = (error: unknown): never => {
  throw error;
};

/** Resolves when it has been called as often as wanted. */
const counter = (
  wanted: number,
): { readonly hit: () => number; readonly reached: Promise<void>; readonly count: () => number } => {
  let count = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    hit: () => {
      count += 1;
      if (count === wanted) resolve();
      return count;
    },
    reached: promise,
    count: () => count,
  };
};

test('runs again and again without being poked', async () => {
  const runs = counter(3);
  const ticker = startTicker(1, () => void runs.hit(), fail);
  await runs.reached;
  await ticker.close();
  expect(runs.count()).toBeGreaterThanOrEqual(3);
});

test('a poke runs it at once', async () => {
  const runs = counter(1);
  const ticker = startTicker(NEVER_MS, () => void runs.hit(), fail);
  ticker.poke();
  await runs.reached;
  await ticker.close();
  expect(runs.count()).toBe(1);
});

test('pokes that come while it runs are folded into one more run', async () => {
  const runs = counter(2);
  const gate = Promise.withResolvers<void>();
  const ticker = startTicker(
    NEVER_MS,
    async () => {
      if (runs.hit() === 1) await gate.promise;
    },
    fail,
  );
  ticker.poke();
  ticker.poke();
  ticker.poke();
  ticker.poke();
  gate.resolve();
  await runs.reached;
  await ticker.close();
  expect(runs.count()).toBe(2);
});

test('pokes after a run that kept the event loop wait until others have had four times as long', async () => {
  let now = 0;
  const runs = counter(3);
  const work = (): void => {
    runs.hit();
    now += NEVER_MS;
  };
  const ticker = startTicker(NEVER_MS, work, fail, { monotonic: () => now });
  const poke = async (): Promise<void> => {
    ticker.poke();
    await nextTurn();
  };
  for (let message = 0; message < 100; message += 1) await poke();
  expect(runs.count()).toBe(1);
  now += 4 * NEVER_MS;
  await poke();
  expect(runs.count()).toBe(2);
  now += 4 * NEVER_MS - 1;
  await poke();
  // When the rest is over, nobody has to poke again.
  await runs.reached;
  await ticker.close();
});

test('never runs twice at once, even if the work pokes its own ticker', async () => {
  const runs = counter(3);
  let running = 0;
  let most = 0;
  const ticker: Ticker = startTicker(
    NEVER_MS,
    async () => {
      running += 1;
      most = Math.max(most, running);
      if (runs.hit() < 3) ticker.poke();
      await Promise.resolve();
      running -= 1;
    },
    fail,
  );
  ticker.poke();
  await runs.reached;
  await ticker.close();
  expect(most).toBe(1);
  expect(runs.count()).toBe(3);
});

test('what the work throws is reported and the ticker goes on', async () => {
  const errors: unknown[] = [];
  const runs = counter(3);
  const ticker = startTicker(
    1,
    () => {
      if (runs.hit() < 3) throw new Error('weather');
    },
    (error) => errors.push(error),
  );
  await runs.reached;
  await ticker.close();
  expect(errors.map(String)).toEqual(['Error: weather', 'Error: weather']);
});

test('close waits for the run under way and lets no other start', async () => {
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const ticker = startTicker(
    NEVER_MS,
    async () => {
      seen.push('started');
      await gate.promise;
      seen.push('ended');
    },
    fail,
  );
  ticker.poke();
  ticker.poke();
  const closed = ticker.close().then(() => seen.push('closed'));
  gate.resolve();
  await closed;
  ticker.poke();
  await ticker.close();
  expect(seen).toEqual(['started', 'ended', 'closed']);
});
