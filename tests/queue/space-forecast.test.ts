import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { Flow } from '../../src/queue/estimates.ts';
import { createSpaceForecast, type SpaceForecast } from '../../src/queue/space-forecast.ts';
import { type Bench, openBench } from '../store/setup.ts';

const GB = 1e9;

/** A disk with so much free, on which these transfers run. */
const forecastOf = ({ store, clock }: Bench, freeBytes: () => number, flows: readonly Flow[] = []) =>
  createSpaceForecast({
    store,
    hostId: 1,
    clock,
    log: silentLog,
    copies: { freeBytes: async () => freeBytes(), diskOf: async () => 'one', missingBytes: async () => 50 * GB },
    flows: () => [...flows],
    keptBytes: async () => 0,
  });

const REPO = { type: 'model', id: 'b', commit: 'c'.repeat(40) } as const;

const freeAfterAll = async (forecast: SpaceForecast): Promise<number> => (await forecast.spaceFor(REPO, [])).freeBytes;

/** Files from web addresses have a disk of their own. */
const forecastOfTwo = (
  { store, clock }: Bench,
  free: Readonly<Record<'hub' | 'url', number>>,
  flows: readonly Flow[],
) => {
  const of = (repoFolder = ''): 'hub' | 'url' => (repoFolder.startsWith('files--') ? 'url' : 'hub');
  return createSpaceForecast({
    store,
    clock,
    log: silentLog,
    hostId: 1,
    copies: {
      freeBytes: async (folder) => free[of(folder)],
      diskOf: async (folder) => of(folder),
      missingBytes: async () => 0,
    },
    flows: () => [...flows],
    keptBytes: async () => 3 * GB,
  });
};

it('files from web addresses on a disk of their own take nothing from the models, nor these from them', async () => {
  const bench = openBench();
  const flows = (['hub', 'url'] as const).map((source) => ({
    hostId: 1,
    source,
    remainingBytes: source === 'hub' ? 10 * GB : GB,
    bytesPerSecond: undefined,
    scheduledFor: [],
  }));
  const forecast = forecastOfTwo(bench, { hub: 100 * GB, url: 20 * GB }, flows);
  const [model, file] = [
    bench.add('a', { sizeBytes: 50 * GB }),
    bench.add('files/custom/a', { sizeBytes: 5 * GB, sourceUrl: 'https://example.org/a' }),
  ];
  expect(await forecast.spaceFor(REPO, [])).toEqual({ freeBytes: (100 + 3 - 10 - 50) * GB, missingBytes: 0 });
  const another = { ...REPO, id: 'files/custom/b' };
  expect(await forecast.spaceFor(another, [])).toEqual({ freeBytes: (20 - 1 - 5) * GB, missingBytes: 0 });
  expect([model, file].map(({ id }) => forecast.freeAfter(id))).toEqual([(100 + 3 - 10 - 50) * GB, (20 - 1 - 5) * GB]);
});

describe('what will be free on the disk', () => {
  it('counts what waits before: two models of 50 GB on 69 GB do not both leave 19 GB', async () => {
    const bench = openBench();
    const forecast = forecastOf(bench, () => 69 * GB);
    const [first, second] = ['a', 'b'].map((name) => bench.add(name, { sizeBytes: 50 * GB }).id);
    await freeAfterAll(forecast);
    expect(forecast.freeAfter(first ?? 0)).toBe(19 * GB);
    expect(forecast.freeAfter(second ?? 0)).toBe(-31 * GB);
    expect(await freeAfterAll(forecast)).toBe(-31 * GB);
  });

  it('counts what is still missing of what runs, and what of a model is here already', async () => {
    const bench = openBench();
    const running = bench.run(bench.add('runs', { sizeBytes: 30 * GB }));
    const flow = { hostId: 1, remainingBytes: 10 * GB, bytesPerSecond: undefined, scheduledFor: [] };
    const forecast = forecastOf(bench, () => 69 * GB, [flow]);
    const { id } = bench.add('waits', { sizeBytes: 20 * GB, metadata: { presentBytes: 5 * GB } });
    await freeAfterAll(forecast);
    expect(forecast.freeAfter(id)).toBe((69 - 10 - 15) * GB);
    expect(forecast.freeAfter(running.id)).toBeUndefined();
    bench.store.sessions.startOrContinue(id, 20 * GB);
    bench.store.sessions.updateDownloadSession(1, 'in_progress', { bytesDownloaded: 12 * GB });
    expect(await freeAfterAll(forecast)).toBe((69 - 10 - 8) * GB);
  });

  it('counts once what two chats want of the same files', async () => {
    const bench = openBench();
    const same = { sizeBytes: 20 * GB, commitSha: 'c'.repeat(40) };
    const [, again] = [bench.add('a', same), bench.add('a', { ...same, chatId: 2 })];
    const forecast = forecastOf(bench, () => 69 * GB);
    await freeAfterAll(forecast);
    expect(forecast.freeAfter(again.id)).toBe(49 * GB);
  });

  it('follows the order: what was paused before it takes nothing any more', async () => {
    const bench = openBench();
    const [first, second] = [bench.add('a', { sizeBytes: 50 * GB }), bench.add('b', { sizeBytes: 50 * GB })];
    const forecast = forecastOf(bench, () => 69 * GB);
    expect(forecast.freeAfter(second.id)).toBeUndefined();
    await expect.poll(() => forecast.freeAfter(second.id)).toBe(-31 * GB);
    bench.store.models.moveModel(first.id, 'pending', 'paused');
    bench.clock.move(3000);
    await expect.poll(() => forecast.freeAfter(second.id)).toBe(19 * GB);
  });

  it('is what a new model is measured by', async () => {
    const bench = openBench();
    bench.add('a', { sizeBytes: 50 * GB });
    const forecast = forecastOf(bench, () => 69 * GB);
    expect(await forecast.spaceFor(REPO, [])).toEqual({
      freeBytes: 19 * GB,
      missingBytes: 50 * GB,
    });
  });

  it('reads no model of those that wait: thousands may', async () => {
    const bench = openBench();
    bench.add('a', { sizeBytes: 50 * GB, metadata: { presentBytes: 10 * GB } });
    const waiting = (): never => {
      throw new Error('the rows of all that wait were read');
    };
    const store = { ...bench.store, models: { ...bench.store.models, waiting } };
    const forecast = forecastOf({ ...bench, store }, () => 69 * GB);
    expect(await freeAfterAll(forecast)).toBe(29 * GB);
  });

  it('goes through all that waits once until something changes there, and counts meanwhile what is free', async () => {
    const bench = openBench();
    const { store, clock } = bench;
    const [first, second] = [bench.add('a', { sizeBytes: 50 * GB }), bench.add('b', { sizeBytes: 50 * GB })];
    let passes = 0;
    // What the order says is the same array until it changes.
    const counted = new WeakMap<object, ReturnType<typeof store.models.order>>();
    const order = (): ReturnType<typeof store.models.order> => {
      const real = store.models.order();
      const places =
        counted.get(real) ?? Object.assign([...real], { [Symbol.iterator]: () => ((passes += 1), real.values()) });
      counted.set(real, places);
      return places;
    };
    let free = 69 * GB;
    const forecast = forecastOf({ ...bench, store: { ...store, models: { ...store.models, order } } }, () => free);
    const look = async (): Promise<number | undefined> => {
      // Time goes by for the disk alone: by the clock on the wall the order is looked at anew after a second.
      clock.pass(3000);
      clock.turn(-3000);
      await freeAfterAll(forecast);
      return forecast.freeAfter(second.id);
    };
    expect([await look(), passes]).toEqual([-31 * GB, 1]);
    free = 200 * GB;
    expect([await look(), passes]).toEqual([100 * GB, 1]);
    store.models.moveModel(first.id, 'pending', 'paused');
    expect([await look(), passes]).toEqual([150 * GB, 2]);
  });
});
