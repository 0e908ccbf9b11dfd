import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createMovement, isReading, type Movement } from '../../src/queue/movement.ts';
import type { LiveSnapshot } from '../../src/queue/run/live.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { sampleSnapshot } from '../bot/samples.ts';
import { type QueueBench, sampleModel, setUp } from './setup.ts';

interface FakeRun {
  seen: LiveSnapshot | undefined;
  why: string | undefined;
}

const MINUTE_MS = 60_000;

let clock: TestClock;
let runs: FakeRun[];
let claimable: boolean;
let movement: Movement;

beforeEach(() => {
  clock = createTestClock();
  runs = [];
  claimable = false;
  movement = createMovement({
    clock,
    runs: () => views.filter(([run]) => runs.includes(run)).map(([, view]) => view),
    isThere: () => true,
    mayClaim: () => claimable,
  });
  views.length = 0;
});

/** A run is known by what it is, not by what it looks like. */
const views: [FakeRun, Parameters<typeof createMovement>[0]['runs'] extends () => Iterable<infer Run> ? Run : never][] =
  [];

const begin = (seen?: Partial<LiveSnapshot>): FakeRun => {
  const run: FakeRun = { seen: seen && { ...sampleSnapshot(), ...seen }, why: undefined };
  const live = { snapshot: () => run.seen as LiveSnapshot } as never;
  views.push([run, { live: () => (run.seen ? live : undefined), trouble: () => run.why, hostId: 1 }]);
  runs.push(run);
  return run;
};

/** Time goes by as it does while the program runs: looked at every second. */
const pass = (durationMs: number, each: () => void = () => undefined): void => {
  for (let passed = 0; passed < durationMs; passed += 1000) {
    clock.pass(1000);
    each();
    movement.look();
  }
};

describe('what stands still', () => {
  it('is a download that receives nothing', () => {
    begin({ phase: 'receiving' });
    pass(10 * MINUTE_MS);
    // The first look finds it new.
    expect(movement.stillMs()).toBe(10 * MINUTE_MS - 1000);
  });

  it('is a run that does not come to begin', () => {
    begin();
    pass(MINUTE_MS);
    expect(movement.stillMs()).toBe(MINUTE_MS - 1000);
  });

  it('is a model that could be claimed, from the first time that somebody asks', () => {
    claimable = true;
    expect(movement.stillMs()).toBe(0);
    pass(MINUTE_MS);
    expect(movement.stillMs()).toBe(MINUTE_MS);
    claimable = false;
    expect(movement.stillMs()).toBeUndefined();
    claimable = true;
    expect(movement.stillMs()).toBe(0);
  });

  it('is one download as long as another stands still as well', () => {
    begin({ phase: 'receiving' });
    const other = begin({ phase: 'receiving', bytesReady: 1 });
    pass(MINUTE_MS, () => {
      other.seen = { ...(other.seen as LiveSnapshot), bytesReady: (other.seen?.bytesReady ?? 0) + 1 };
    });
    expect(movement.stillMs()).toBe(0);
    pass(MINUTE_MS);
    expect(movement.stillMs()).toBe(MINUTE_MS);
  });
});

describe('what does not', () => {
  it('is nothing at all', () => {
    pass(60 * MINUTE_MS);
    expect(movement.stillMs()).toBeUndefined();
  });

  it.each([
    ['reads what is there', { phase: 'checking' }],
    ['verifies', { phase: 'verifying' }],
    ['was asked by the Hub to wait', { phase: 'receiving', note: { kind: 'rate_limited' } }],
  ] as const)('is a run that %s', (_, seen) => {
    begin(seen);
    pass(60 * MINUTE_MS);
    expect(movement.stillMs()).toBe(0);
  });

  it('is a run whose end waits for the database', () => {
    begin({ phase: 'receiving' }).why = 'The disk is full.';
    pass(60 * MINUTE_MS);
    expect(movement.stillMs()).toBe(0);
  });

  it('are runs that end and are tried again, as without a network', () => {
    for (let tries = 0; tries < 10; tries += 1) {
      const run = begin();
      pass(MINUTE_MS);
      runs = runs.filter((one) => one !== run);
      pass(MINUTE_MS);
    }
    begin();
    pass(1000);
    expect(movement.stillMs()).toBe(0);
  });

  it('is what stood still with the whole program', () => {
    begin({ phase: 'receiving' });
    pass(MINUTE_MS);
    clock.pass(60 * MINUTE_MS);
    movement.look();
    expect(movement.stillMs()).toBe(0);
  });
});

describe('the whole queue', () => {
  const STEP_MS = 4000;
  const open = async (...given: Parameters<typeof setUp>): Promise<QueueBench> => {
    const bench = await setUp(...given);
    onTestFinished(bench.close);
    return bench;
  };
  /** The longest that something stood still while time went by in steps that no standstill of the program is taken for. */
  const longest = async (
    { queue, clock: running }: QueueBench,
    durationMs: number,
    each: () => Promise<void> = setImmediate,
  ): Promise<number> => {
    let most = 0;
    for (let passed = 0; passed < durationMs; passed += STEP_MS) {
      running.pass(STEP_MS);
      await each();
      most = Math.max(most, queue.stillMs() ?? 0);
    }
    return most;
  };

  it('notices a transfer that hangs so that nothing ends it', async () => {
    const hung: string[] = [];
    const bench = await open(
      { repos: [sampleModel('sample/one')] },
      {},
      {
        copies: (real) => ({
          ...real,
          start: (job, signal) => {
            hung.push(job.id);
            const { promise, reject } = Promise.withResolvers<never>();
            signal.addEventListener('abort', () => reject(signal.reason));
            const state = { bytesTotal: 5, bytesReady: 1, bytesReceived: 1, filesTotal: 1, filesDone: 0 };
            return {
              done: promise,
              setLimit: () => undefined,
              state: () => ({ ...state, phase: 'receiving', lastByteAt: 0, connections: 1 }),
            };
          },
        }),
      },
    );
    bench.add(1, 'sample/one');
    bench.queue.start();
    await expect.poll(() => hung).toEqual(['sample/one']);
    expect(await longest(bench, 20 * MINUTE_MS)).toBeGreaterThanOrEqual(15 * MINUTE_MS);
  });

  it('is not stuck while its models wait for a schedule, a person, room, or the Hub', async () => {
    const repos = ['sample/one', 'sample/two', 'sample/three'].map((id) => sampleModel(id));
    const bench = await open({ repos }, { minFreeBytes: 1e15 });
    bench.add(1, 'sample/one');
    bench.store.models.updateModelDetails(bench.add(1, 'sample/two').id, { onDemand: true });
    bench.store.models.updateModelDetails(bench.add(1, 'sample/three').id, { enabled: false });
    bench.queue.start();
    await bench.waitsFor(1, 'no_space');
    const tried = async (): Promise<void> => {
      bench.queue.wake();
      await expect.poll(() => bench.model(1).status, { interval: 1 }).toBe('pending');
    };
    expect(await longest(bench, 16 * MINUTE_MS, tried)).toBeLessThan(MINUTE_MS);
    await bench.hub.takeDown();
    bench.settings.minFreeBytes = 0;
    bench.queue.wake();
    await bench.waitsFor(1, 'backoff');
    expect(await longest(bench, 20_000)).toBeLessThan(MINUTE_MS);
  });

  it('is stuck when what could be claimed is not', async () => {
    const bench = await open({ repos: [sampleModel('sample/one')] });
    // Nobody has started it: nobody claims.
    bench.add(1, 'sample/one');
    expect(await longest(bench, 20 * MINUTE_MS)).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    bench.queue.hold();
    expect(bench.queue.stillMs()).toBeUndefined();
  });
});

it.each([
  ['receiving', false],
  ['checking', true],
  ['verifying', true],
  ['publishing', true],
] as const)('a download that is %s reads what lies there: %s; one that begins does not', (phase, reads) => {
  begin();
  begin({ phase });
  expect(
    isReading(
      views.map(([, view]) => view),
      0,
    ),
  ).toBe(reads);
});
