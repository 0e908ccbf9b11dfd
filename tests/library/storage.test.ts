import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Executor } from '../../src/copies/executor.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { silentLog } from '../../src/lib/log.ts';
import { storageFigures } from '../../src/library/storage/picture.ts';
import { createStorage, type Storage } from '../../src/library/storage/storage.ts';
import { PATIENT, type QueueBench, removeNow, sampleModel, setUp } from '../queue/setup.ts';

const [ANN, BOB] = [1, 2];
const BIG = 2_000_000;
const SMALL = 200_000;
/** The configuration of a sample. */
const CONFIG = 2;
const HELD = 2 ** 20;
const repos = [sampleModel('sample/big', BIG), sampleModel('sample/one', SMALL), sampleModel('sample/two', SMALL)];
const PAGE = { page: 0, size: 10 };

let bench: QueueBench;
let storage: Storage;
let walks = 0;
let copies: Executor;
const open = async (limit?: number): Promise<void> => {
  walks = 0;
  bench = await setUp(
    { repos },
    {},
    {
      copies: (real) => {
        copies = {
          ...real,
          list: (signal) => {
            walks += 1;
            return real.list(signal);
          },
        };
        return copies;
      },
    },
  );
  const { store, clock } = bench;
  const room = { minFreeBytes: () => 5000, maxTotalBytes: () => limit };
  storage = createStorage({ store, hosts: onlyHere(copies), clock, log: silentLog, patienceMs: 60_000, ...room });
};
afterEach(async () => {
  await storage?.close();
  await bench?.close();
});

const put = (path: string, bytes: number): void => {
  mkdirSync(dirname(join(bench.cacheDir, path)), { recursive: true });
  writeFileSync(join(bench.cacheDir, path), Buffer.alloc(bytes, 1));
};

/** As another program leaves a repository: one blob, and a snapshot that shows it. */
const putOthers = (folder: string, bytes: number): string => {
  const blob = join(folder, 'blobs', 'b'.repeat(64));
  put(blob, bytes);
  const entry = join(bench.cacheDir, folder, 'snapshots', 'c'.repeat(40), 'model.bin');
  mkdirSync(dirname(entry), { recursive: true });
  symlinkSync(`../../blobs/${'b'.repeat(64)}`, entry);
  return blob;
};

const completed = async (chatId: number, name: string): Promise<number> => {
  const { id } = bench.add(chatId, name);
  bench.queue.wake();
  await bench.reaches(id, 'completed');
  return id;
};

describe('what takes room', () => {
  it('is summed by model and by chat: what two chats have is on the disk once', async () => {
    await open();
    bench.queue.start();
    const big = await completed(ANN, 'sample/big');
    const one = await completed(ANN, 'sample/one');
    await completed(BOB, 'sample/one');
    expect(storage.models('all', PAGE).entries).toMatchObject([
      { model: { id: big }, sizeBytes: BIG + CONFIG, chats: 1 },
      { model: { id: one }, sizeBytes: SMALL + CONFIG, chats: 2 },
    ]);
    expect(storage.models({ chatId: BOB }, PAGE)).toMatchObject({ total: 1, entries: [{ chats: 2 }] });
    expect(storage.models('all', { page: 5, size: 1 })).toMatchObject({
      total: 2,
      pages: 2,
      page: 1,
      entries: [{ model: { id: one } }],
    });
    bench.store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
    expect((await storage.chats(PAGE))?.entries).toEqual([
      { chatId: ANN, title: 'Ann', copies: 2, sizeBytes: BIG + SMALL + 2 * CONFIG, sharedBytes: SMALL + CONFIG },
      { chatId: BOB, title: '2', copies: 1, sizeBytes: SMALL + CONFIG, sharedBytes: SMALL + CONFIG },
    ]);
    const { report, ...view } = await storage.view('all');
    expect(view).toMatchObject({
      floorBytes: 5000,
      limit: undefined,
      chats: 2,
      sum: { copies: 2, sizeBytes: BIG + SMALL + 2 * CONFIG, sharedBytes: SMALL + CONFIG },
    });
    // The configuration is the same file in both: it has two names, and lies there once.
    expect(report).toMatchObject({ cacheBytes: BIG + SMALL + CONFIG, partials: [], unowned: [] });
    expect(report?.modelBytes).toBe(report?.cacheBytes);
    expect((await storage.view({ chatId: BOB })).sum).toEqual({
      copies: 1,
      sizeBytes: SMALL + CONFIG,
      sharedBytes: SMALL + CONFIG,
    });
  });

  it('does not call nobody’s what a removal keeps that can be undone', async () => {
    await open();
    bench.queue.start();
    await completed(ANN, 'sample/one');
    const two = await completed(ANN, 'sample/two');
    bench.queue.remove(two, { taking: 'nothing', freedBytes: 0 });
    expect((await storage.unowned(PAGE))?.entries).toEqual([]);
  });

  it('tells what no library has, whoever left it there, and counts a file with two names once', async () => {
    await open();
    bench.queue.start();
    await completed(ANN, 'sample/one');
    const two = await completed(ANN, 'sample/two');
    await removeNow(bench.queue, two, 'nothing');
    putOthers('models--other--thing', 7000);
    const blob = putOthers('models--other--large', 50_000);
    put(join('models--sample--one', 'blobs', 'd'.repeat(64)), 3000);
    const twin = join(bench.cacheDir, 'models--other--twin', 'blobs', 'b'.repeat(64));
    mkdirSync(dirname(twin), { recursive: true });
    linkSync(join(bench.cacheDir, blob), twin);
    const unowned = await storage.unowned(PAGE);
    expect(unowned?.entries.map(({ repoFolder, bytes, isLeft }) => [repoFolder, bytes, isLeft])).toEqual([
      ['models--sample--two', SMALL, true],
      ['models--other--thing', 7000, false],
      ['models--sample--one', 3000, false],
    ]);
    const { report } = await storage.view('all');
    expect(report?.cacheBytes).toBe(2 * SMALL + CONFIG + 7000 + 50_000 + 3000);
  });

  it('tells what has come in part, and who waits for the rest', async () => {
    await open();
    const letGo = bench.hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: HELD });
    const big = bench.add(ANN, 'sample/big').id;
    const small = bench.add(BOB, 'sample/one').id;
    bench.queue.start();
    await bench.reaches(small, 'completed');
    await expect.poll(() => bench.queue.snapshot(big)?.bytesReady, PATIENT).toBe(HELD + CONFIG);
    bench.queue.pause(big);
    letGo();
    await expect.poll(() => bench.queue.snapshot(big), PATIENT).toBeUndefined();
    put(join('models--other--thing', 'blobs', `${'e'.repeat(64)}.0a.incomplete`), 900);
    const all = await storage.partials('all', PAGE);
    expect(all?.entries.map(({ repoFolder, models }) => [repoFolder, models.map(({ id }) => id)])).toEqual([
      ['models--sample--big', [big]],
      ['models--other--thing', []],
    ]);
    const [part] = all?.entries ?? [];
    expect(part?.bytes).toBeGreaterThanOrEqual(HELD);
    expect(part?.bytes).toBeLessThan(BIG);
    expect((await storage.partials({ chatId: ANN }, PAGE))?.total).toBe(1);
    expect((await storage.partials({ chatId: BOB }, PAGE))?.total).toBe(0);
    // Whole files that wait for the rest of their copy are nobody else's.
    expect((await storage.unowned(PAGE))?.entries).toEqual([]);
    expect((await storage.view({ chatId: ANN })).partials).toEqual({ bytes: part?.bytes, folders: 1 });
  });

  it('is told apart when it was removed, and can be brought back', async () => {
    await open();
    bench.queue.start();
    const one = await completed(ANN, 'sample/one');
    bench.queue.remove(one, { taking: 'ours', freedBytes: SMALL + CONFIG });
    const view = await storage.view({ chatId: ANN });
    expect(view).toMatchObject({ sum: { copies: 0 }, removedBytes: SMALL + CONFIG, report: { unowned: [] } });
    expect((await storage.view({ chatId: BOB })).removedBytes).toBe(0);
  });

  it('is summed for its picture without asking who else has it', async () => {
    await open();
    const sums = vi.spyOn(bench.store.storage, 'sumStored');
    const figures = await storageFigures(bench.store, ANN, { timezone: 'UTC', now: bench.clock.now() });
    expect([figures.rest, figures.days.length, sums.mock.calls]).toEqual([{ copies: 0, sizeBytes: 0 }, 30, []]);
  });

  it('is held against what all models may take', async () => {
    await open(1_000_000);
    bench.queue.start();
    await completed(ANN, 'sample/one');
    expect((await storage.view('all')).limit).toEqual({ bytes: 1_000_000, takenBytes: SMALL + CONFIG });
  });
});

describe('what could go', () => {
  const DAY_MS = 86_400_000;

  it('is what hubgram has fetched and nobody has pinned: what frees most and was unused for longest comes first', async () => {
    await open();
    bench.queue.start();
    const one = await completed(ANN, 'sample/one');
    bench.clock.pass(9 * DAY_MS);
    const two = await completed(ANN, 'sample/two');
    const big = await completed(ANN, 'sample/big');
    putOthers('models--other--thing', 7000);
    expect((await storage.suggestions('all', PAGE))?.entries).toMatchObject([{ model: { id: one }, idleDays: 9 }]);
    bench.clock.pass(2 * DAY_MS);
    const found = async (scope: Parameters<Storage['suggestions']>[0]) =>
      (await storage.suggestions(scope, PAGE))?.entries.map(({ model, idleDays }) => [model.id, idleDays]);
    // Two days of two megabytes are more than eleven of a fifth of one.
    expect(await found('all')).toEqual([
      [big, 2],
      [one, 11],
      [two, 2],
    ]);
    bench.store.models.updateModelDetails(big, { pinned: true });
    expect(await found({ chatId: ANN })).toEqual([
      [one, 11],
      [two, 2],
    ]);
    // Removing it from one of two chats would free nothing; and who has added it a moment ago uses it.
    await completed(BOB, 'sample/one');
    expect(await found({ chatId: ANN })).toEqual([[two, 2]]);
    bench.clock.pass(DAY_MS);
    expect(await found('all')).toEqual([
      [two, 3],
      [one, 1],
    ]);
    expect(await found({ chatId: BOB })).toEqual([]);
  });
});

describe('the disk', () => {
  it('is looked through once however many ask, and anew after a minute or when somebody says so', async () => {
    await open();
    await Promise.all([storage.view('all'), storage.view({ chatId: ANN }), storage.unowned(PAGE)]);
    expect(walks).toBe(1);
    bench.clock.pass(50_000);
    await storage.view('all');
    expect(walks).toBe(1);
    bench.clock.pass(10_001);
    await storage.view('all');
    expect(walks).toBe(2);
    storage.forget();
    await storage.view('all');
    expect(walks).toBe(3);
  });

  it('is not waited for when it takes long, and found by who asks next', async () => {
    await open();
    putOthers('models--other--thing', 7000);
    const { store, clock } = bench;
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    const slow: Executor = {
      ...copies,
      async *list(signal) {
        await gate;
        yield* copies.list(signal);
      },
    };
    const room = { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
    const hasty = createStorage({ store, clock, hosts: onlyHere(slow), log: silentLog, patienceMs: 0, ...room });
    expect((await hasty.view('all')).report).toBeUndefined();
    expect(await hasty.unowned(PAGE)).toBeUndefined();
    letGo();
    await expect.poll(async () => (await hasty.unowned(PAGE))?.total, PATIENT).toBe(1);
    await hasty.close();
  });

  it('that cannot be looked at is told to who asked, and looked at again', async () => {
    await open();
    const { store, clock } = bench;
    let broken = true;
    const failing: Executor = {
      ...copies,
      room: async () => {
        if (broken) throw new Error('the disk is gone');
        return copies.room();
      },
    };
    const room = { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
    const storageOfIt = createStorage({
      store,
      clock,
      hosts: onlyHere(failing),
      log: silentLog,
      patienceMs: 60_000,
      ...room,
    });
    await expect(storageOfIt.view('all')).rejects.toThrow('the disk is gone');
    broken = false;
    expect((await storageOfIt.view('all')).report).toMatchObject({ cacheBytes: 0 });
    await storageOfIt.close();
  });
});
