import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Cleanup, createCleanup } from '../../src/library/storage/cleanup.ts';
import { createStorage, type Storage } from '../../src/library/storage/storage.ts';
import { joinHost, type TestHosts, withNas } from '../helpers/hosts.ts';
import { PATIENT, type QueueBench, sampleModel, setUp } from '../queue/setup.ts';

const ANN = 1;
const SMALL = 200_000;
const BIG = 2_000_000;
/** The configuration of a sample. */
const CONFIG = 2;
const HELD = 2 ** 20;
const DAY_MS = 86_400_000;
const PAGE = { page: 0, size: 10 };
const repos = [sampleModel('sample/one', SMALL), sampleModel('sample/two', SMALL), sampleModel('sample/big', BIG)];

let bench: QueueBench;
let hosts: TestHosts;
let nas: number;
/** What happens to a question there of when something was used last. */
let onLastUse: () => Promise<void>;
let storage: Storage;
beforeEach(async () => {
  onLastUse = () => Promise.resolve();
  const machines = withNas((there) => ({
    ...there,
    lastUse: async (published) => {
      await onLastUse();
      return there.lastUse(published);
    },
  }));
  bench = await setUp({ repos }, {}, { hosts: machines.make });
  [nas, hosts] = [machines.nas(), machines.hosts()];
  const { store, clock } = bench;
  const room = { minFreeBytes: () => 5000, maxTotalBytes: () => 1e12 };
  storage = createStorage({ store, hosts, clock, log: silentLog, patienceMs: 60_000, ...room });
  bench.queue.start();
});
afterEach(async () => {
  await storage?.close();
  await bench?.close();
});

const completed = async (name: string, hostId?: number): Promise<number> => {
  const { id } = bench.add(ANN, name, hostId === undefined ? {} : { hostId });
  bench.queue.wake();
  await bench.reaches(id, 'completed');
  return id;
};
const cacheThere = (): string => join(dirname(bench.cacheDir), 'nas');

/** As another program leaves a repository there. */
const putOthers = (folder: string, bytes: number): void => {
  const blob = join(cacheThere(), folder, 'blobs', 'b'.repeat(64));
  const entry = join(cacheThere(), folder, 'snapshots', 'c'.repeat(40), 'model.bin');
  for (const path of [blob, entry]) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(blob, Buffer.alloc(bytes, 1));
  symlinkSync(`../../blobs/${'b'.repeat(64)}`, entry);
};

describe('what takes room on another machine', () => {
  it('is in no library once the machine was let go and has joined again, as long as nobody brings it back', async () => {
    const there = await completed('sample/one', nas);
    bench.clock.pass(1000);
    bench.queue.remove(there, { taking: 'nothing', freedBytes: 0 });
    expect((await storage.unowned(PAGE, nas))?.entries).toEqual([]);
    bench.store.hosts.letHostGo(nas);
    bench.clock.pass(61_000);
    joinHost(bench.store);
    expect((await storage.unowned(PAGE, nas))?.entries).toMatchObject([
      { repoFolder: 'models--sample--one', bytes: SMALL + CONFIG, isLeft: true },
    ]);
    expect(bench.queue.undo(there)).toBe('undone');
    storage.forget(nas);
    expect((await storage.unowned(PAGE, nas))?.entries).toEqual([]);
  });

  it('is looked through there, and is none of what takes room here', async () => {
    const there = await completed('sample/one', nas);
    await completed('sample/two');
    putOthers('models--other--thing', 7000);
    const letGo = bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: HELD });
    const big = bench.add(ANN, 'sample/big', { hostId: nas }).id;
    bench.queue.wake();
    await expect.poll(() => bench.queue.snapshot(big)?.bytesReady, PATIENT).toBeGreaterThan(HELD - 1);
    bench.queue.pause(big);
    await bench.reaches(big, 'paused');
    letGo();
    const { report, ...view } = await storage.view('all', nas);
    expect(view).toMatchObject({
      floorBytes: 0,
      limit: undefined,
      sum: { copies: 1, sizeBytes: SMALL + CONFIG },
      partials: { folders: 1 },
    });
    expect(report?.cacheBytes).toBeGreaterThanOrEqual(SMALL + 7000 + HELD);
    expect(storage.models('all', PAGE, nas).entries.map(({ model }) => model.id)).toEqual([there]);
    expect((await storage.unowned(PAGE, nas))?.entries).toMatchObject([
      { repoFolder: 'models--other--thing', bytes: 7000, isLeft: false },
    ]);
    for (const scope of ['all', { chatId: ANN }] as const)
      expect((await storage.partials(scope, PAGE, nas))?.entries).toMatchObject([
        { repoFolder: 'models--sample--big', models: [{ id: big }] },
      ]);
    expect((await storage.partials({ chatId: 2 }, PAGE, nas))?.total).toBe(0);
    const here = await storage.view('all');
    expect(here).toMatchObject({ floorBytes: 5000, sum: { copies: 1 }, partials: { folders: 0 } });
    expect(here.report).toMatchObject({ cacheBytes: SMALL + CONFIG, unowned: [], partials: [] });
  });

  it('is looked through again when that is asked for, or a minute later', async () => {
    expect((await storage.unowned(PAGE, nas))?.total).toBe(0);
    putOthers('models--other--thing', 7000);
    expect((await storage.unowned(PAGE, nas))?.total).toBe(0);
    storage.forget();
    expect((await storage.unowned(PAGE, nas))?.total).toBe(0);
    storage.forget(nas);
    expect((await storage.unowned(PAGE, nas))?.total).toBe(1);
  });

  it('could go there, when nobody has used it; and what was removed there is free there, when it cannot be brought back', async () => {
    const there = await completed('sample/one', nas);
    await completed('sample/two');
    bench.clock.pass(41 * DAY_MS);
    expect((await storage.suggestions('all', PAGE, nas))?.entries).toMatchObject([
      { model: { id: there }, idleDays: 41, sizeBytes: SMALL + CONFIG },
    ]);
    expect((await storage.suggestions('all', PAGE))?.entries.map(({ model }) => model.name)).toEqual(['sample/two']);
    bench.queue.remove(there, { taking: 'ours', freedBytes: SMALL });
    expect([(await storage.view('all', nas)).removedBytes, (await storage.view('all')).removedBytes]).toEqual([
      SMALL,
      0,
    ]);
    await bench.queue.freeNow(there);
    storage.forget(nas);
    expect((await storage.view('all', nas)).report?.cacheBytes).toBe(0);
  });
});

it('what could go is found on this machine while another one does not answer', async () => {
  await completed('sample/one', nas);
  await completed('sample/two');
  bench.clock.pass(41 * DAY_MS);
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  onLastUse = () => {
    asked.resolve();
    return answered.promise;
  };
  const there = storage.suggestions('all', PAGE, nas);
  await asked.promise;
  expect((await storage.suggestions('all', PAGE))?.entries.map(({ model }) => model.name)).toEqual(['sample/two']);
  answered.resolve();
  expect((await there)?.total).toBe(1);
});

describe('what goes by itself', () => {
  let cleanup: Cleanup;
  beforeEach(() => {
    const { store, queue, clock } = bench;
    cleanup = createCleanup({ store, queue, hosts, clock, log: silentLog, isOn: () => true, ageDays: () => 30 });
  });
  afterEach(() => cleanup.close());
  const announced = async (): Promise<string[]> => {
    await cleanup.announce();
    for (const { id } of bench.store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 1000))
      bench.store.outbox.markSent(id, id);
    await cleanup.look();
    return bench.store.cleanups.cleanupModels(1).map(({ name, hostName, fate }) => `${name} ${hostName} ${fate}`);
  };
  const run = async (days: number): Promise<void> => {
    for (let left = days * 144; left > 0; left -= 1) {
      bench.clock.pass(600_000);
      await cleanup.look();
    }
  };
  const has = (id: number): boolean => bench.store.models.getModel(id) !== undefined;

  it('goes from the machine that it lies on; while that is away nothing is said of it, and nothing of it goes', async () => {
    const [there, here] = [await completed('sample/one', nas), await completed('sample/two')];
    bench.clock.pass(31 * DAY_MS);
    hosts.away.add(nas);
    expect(await announced()).toEqual(['sample/two null announced']);
    await run(3.1);
    expect([has(there), has(here)]).toEqual([true, false]);
    hosts.away.clear();
    await cleanup.announce();
    expect(bench.store.cleanups.cleanupModels(2)).toMatchObject([{ modelId: there, hostName: 'nas' }]);
  });

  it('stays where a machine does not say when it was used, and that is no reason for the others', async () => {
    const [there, here] = [await completed('sample/one', nas), await completed('sample/two')];
    bench.clock.pass(31 * DAY_MS);
    onLastUse = () => Promise.reject(new AppError('integrity', 'nas has answered what cannot be.'));
    expect(await announced()).toEqual(['sample/two null announced']);
    onLastUse = () => Promise.resolve();
    await cleanup.announce();
    await run(3.1);
    expect([has(there), has(here)]).toEqual([true, false]);
  });

  it('waits a day for a machine that is away when its time has come, and then stays; the rest goes', async () => {
    const [there, here] = [await completed('sample/one', nas), await completed('sample/two')];
    bench.clock.pass(31 * DAY_MS);
    expect((await announced()).toSorted()).toEqual(['sample/one nas announced', 'sample/two null announced']);
    hosts.away.add(nas);
    await run(3.1);
    expect([has(there), has(here)]).toEqual([true, false]);
    hosts.away.clear();
    await run(0.1);
    expect(has(there)).toBe(false);
    const again = await completed('sample/one', nas);
    bench.clock.pass(31 * DAY_MS);
    await announced();
    hosts.away.add(nas);
    await run(4.1);
    hosts.away.clear();
    await run(1);
    expect(has(again)).toBe(true);
  });
});
