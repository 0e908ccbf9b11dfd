import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ITSELF } from '../../src/domain/activity/activity.ts';
import { INFERENCE_SERVER } from '../../src/domain/pulls/pull-job.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Cleanup, createCleanup } from '../../src/library/storage/cleanup.ts';
import { keepAll, keepOne } from '../../src/library/storage/cleanup-view.ts';
import type { CleanupModel } from '../../src/store/storage/cleanups.ts';
import { type QueueBench, sampleModel, setUp } from '../queue/setup.ts';
import type { Executor } from '../../src/copies/executor.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { recentActivity } from '../helpers/rows.ts';

const [ANN, BOB] = [1, 2];
const SIZE = 200_000;
const DAY_MS = 86_400_000;
const LOOK_MS = 10 * 60_000;
const AGE = 30;
const NAMES = ['sample/one', 'sample/two', 'sample/three'];

let bench: QueueBench;
let copies: Executor;
let cleanup: Cleanup;
let isOn: boolean;
/** After so many days without use a model may go. */
let age: number;
const begin = (): Cleanup => {
  const { store, queue, clock } = bench;
  cleanup = createCleanup({
    store,
    queue,
    hosts: onlyHere(copies),
    clock,
    log: silentLog,
    isOn: () => isOn,
    ageDays: () => age,
  });
  return cleanup;
};
beforeEach(async () => {
  [isOn, age] = [true, AGE];
  bench = await setUp(
    { repos: NAMES.map((name) => sampleModel(name, SIZE)) },
    {},
    {
      copies: (real) => {
        copies = real;
        return real;
      },
    },
  );
  bench.queue.start();
  begin();
});
afterEach(async () => {
  await cleanup?.close();
  await bench?.close();
});

const completed = async (chatId: number, name: string): Promise<number> => {
  const { id } = bench.add(chatId, name);
  bench.queue.wake();
  await bench.reaches(id, 'completed');
  return id;
};

/** Time goes by, and the program runs. */
const run = async (days: number): Promise<void> => {
  for (let left = days * DAY_MS; left > 0; left -= LOOK_MS) {
    bench.clock.pass(LOOK_MS);
    await cleanup.look();
  }
};

/** Telegram takes all that is to be said. @returns its kinds, by chat */
const say = async (): Promise<string[]> => {
  const due = bench.store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 1000);
  for (const { id } of due) bench.store.outbox.markSent(id, id);
  await cleanup.look();
  return due.filter(({ kind }) => kind.startsWith('cleanup')).map(({ chatId, kind }) => `${chatId} ${kind}`);
};

const entries = (): CleanupModel[] => {
  const { cleanups } = bench.store;
  const found: CleanupModel[] = [];
  for (let id = 1; cleanups.getCleanup(id); id += 1) found.push(...cleanups.cleanupModels(id));
  return found;
};
const fates = (): string[] => entries().map(({ modelId, fate }) => `${modelId} ${fate}`);
const has = (id: number): boolean => bench.store.models.getModel(id) !== undefined;

/** Unused for long, and told. */
const announced = async (): Promise<void> => {
  bench.clock.pass((AGE + 1) * DAY_MS);
  await cleanup.announce();
  await say();
};

describe('what nobody has used for long', () => {
  it('is announced, goes three days after it was said, and its chat is told what is free', async () => {
    const one = await completed(ANN, 'sample/one');
    await cleanup.announce();
    expect(fates()).toEqual([]);
    bench.clock.pass((AGE + 1) * DAY_MS);
    const two = await completed(ANN, 'sample/two');
    await cleanup.announce();
    await cleanup.announce();
    expect(fates()).toEqual([`${one} announced`]);
    expect(entries()).toMatchObject([{ name: 'sample/one', sizeBytes: SIZE + 2, usedBy: 'people', keptAt: null }]);
    expect(await say()).toEqual([`${ANN} cleanup`]);
    await run(2.9);
    expect(has(one)).toBe(true);
    await run(0.2);
    expect([has(one), has(two)]).toEqual([false, true]);
    expect(fates()).toEqual([`${one} removed`]);
    // The configuration is the other one's as well.
    expect(bench.store.cleanups.sumFate(1, ['removed'])).toEqual({ models: 1, sizeBytes: SIZE + 2 });
    expect(await say()).toEqual([`${ANN} cleanup_done`]);
    expect(recentActivity(bench.store, 2)).toMatchObject([
      { userId: ITSELF, chatId: ANN, action: 'cleaned_up', metadata: { model: { id: one, name: 'sample/one' } } },
      { userId: ITSELF, chatId: ANN, action: 'cleanup_announced', metadata: { models: 1 } },
    ]);
    await run(1);
    expect(await say()).toEqual([]);
  });

  it('stays as long as the announcement was not sent', async () => {
    const one = await completed(ANN, 'sample/one');
    bench.clock.pass((AGE + 1) * DAY_MS);
    await cleanup.announce();
    await run(5);
    expect(has(one)).toBe(true);
    await say();
    await run(2.9);
    expect(has(one)).toBe(true);
    await run(0.2);
    expect(has(one)).toBe(false);
  });

  it('stays when the clock is set forward, the machine sleeps, or nothing runs', async () => {
    const one = await completed(ANN, 'sample/one');
    await announced();
    bench.clock.turn(10 * DAY_MS);
    await run(1);
    expect(has(one)).toBe(true);
    bench.clock.pass(10 * DAY_MS);
    await run(0.5);
    expect(has(one)).toBe(true);
    await cleanup.close();
    bench.clock.pass(10 * DAY_MS);
    begin();
    await run(1.4);
    expect(has(one)).toBe(true);
    await run(0.2);
    expect(has(one)).toBe(false);
  });

  it('stays when the clock is set back behind the announcement', async () => {
    const one = await completed(ANN, 'sample/one');
    bench.clock.pass(30 * DAY_MS);
    await announced();
    // It would still be old enough, and the program runs long enough: but it is too soon by the clock.
    bench.clock.turn(-20 * DAY_MS);
    await run(4);
    expect(has(one)).toBe(true);
    await run(20);
    expect(has(one)).toBe(false);
  });

  it('is kept by a tap, however often it is tapped, and not asked about again before it is old again', async () => {
    const one = await completed(ANN, 'sample/one');
    const two = await completed(ANN, 'sample/two');
    await announced();
    const entry = entries().find(({ modelId }) => modelId === one)?.id ?? 0;
    const { store } = bench;
    expect(keepOne(store, BOB, entry)).toBeUndefined();
    expect(keepOne(store, ANN, entry)).toEqual({ cleanupId: 1, models: 1, fate: 'kept' });
    expect(keepOne(store, ANN, entry)).toEqual({ cleanupId: 1, models: 0, fate: 'kept' });
    await run(3.1);
    expect([has(one), has(two)]).toEqual([true, false]);
    expect(keepAll(store, ANN, 1)).toEqual({ cleanupId: 1, models: 0, fate: undefined });
    await cleanup.announce();
    expect(fates()).toEqual([`${one} kept`, `${two} removed`]);
    bench.clock.pass(AGE * DAY_MS);
    await cleanup.announce();
    expect(fates().at(-1)).toBe(`${one} announced`);
    expect(keepAll(store, BOB, 2)).toBeUndefined();
    expect(keepAll(store, ANN, 2)).toEqual({ cleanupId: 2, models: 1, fate: undefined });
    await run(4);
    expect(has(one)).toBe(true);
  });

  it('stays if it is used, pinned or worked on meanwhile', async () => {
    const [one, two, three] = [
      await completed(ANN, 'sample/one'),
      await completed(ANN, 'sample/two'),
      await completed(ANN, 'sample/three'),
    ];
    await announced();
    await run(1);
    const at = bench.clock.now() / 1000;
    const { id: commit } = bench.hub.commitOf('sample/one');
    utimesSync(join(bench.cacheDir, 'models--sample--one/snapshots', commit, 'model.safetensors'), at, at);
    bench.store.models.updateModelDetails(two, { pinned: true });
    await run(2.2);
    expect([one, two, three].map(has)).toEqual([true, true, false]);
    expect(fates()).toEqual(expect.arrayContaining([`${one} stays`, `${two} stays`, `${three} removed`]));
  });

  it('stays if it was used meanwhile, also where that would be long ago again', async () => {
    age = 1;
    const [one, two] = [await completed(ANN, 'sample/one'), await completed(ANN, 'sample/two')];
    await announced();
    await run(0.5);
    const at = bench.clock.now() / 1000;
    const { id: commit } = bench.hub.commitOf('sample/one');
    utimesSync(join(bench.cacheDir, 'models--sample--one/snapshots', commit, 'model.safetensors'), at, at);
    await run(2.6);
    expect([one, two].map(has)).toEqual([true, false]);
  });

  it('goes from two chats that have it when neither keeps it, and from none when one does', async () => {
    const [mine, theirs] = [await completed(ANN, 'sample/one'), await completed(BOB, 'sample/one')];
    const [kept, keeping] = [await completed(ANN, 'sample/two'), await completed(BOB, 'sample/two')];
    bench.clock.pass((AGE + 1) * DAY_MS);
    await cleanup.announce();
    expect(await say()).toEqual([`${ANN} cleanup`, `${BOB} cleanup`]);
    const entry = entries().find(({ modelId }) => modelId === keeping)?.id ?? 0;
    keepOne(bench.store, BOB, entry);
    await run(3.1);
    expect([mine, theirs, kept, keeping].map(has)).toEqual([false, false, true, true]);
    expect(await say()).toEqual([`${ANN} cleanup_done`, `${BOB} cleanup_done`]);
    const freed = [1, 2].map((id) => bench.store.cleanups.sumFate(id, ['removed']).sizeBytes);
    expect(freed.reduce((sum, bytes) => sum + bytes, 0)).toBe(SIZE + 2);
  });

  it('waits for a chat that was told later, but not for one that cannot be told', async () => {
    const [mine, theirs] = [await completed(ANN, 'sample/one'), await completed(BOB, 'sample/one')];
    bench.clock.pass((AGE + 1) * DAY_MS);
    await cleanup.announce();
    const notices = bench.store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 1000);
    const own = notices.find(({ chatId, kind }) => chatId === ANN && kind === 'cleanup');
    bench.store.outbox.markSent(own?.id ?? 0, 1);
    await run(3.1);
    expect(fates()).toEqual([`${mine} announced`, `${theirs} announced`]);
    await run(1);
    expect(fates()).toEqual([`${mine} stays`, `${theirs} announced`]);
    expect([mine, theirs].map(has)).toEqual([true, true]);
  });

  it('is called off when an owner says so, and when it can never be announced', async () => {
    const one = await completed(ANN, 'sample/one');
    await announced();
    isOn = false;
    await cleanup.look();
    isOn = true;
    await run(4);
    expect([has(one), bench.store.cleanups.getCleanup(1)?.state]).toEqual([true, 'called_off']);
    await cleanup.announce();
    const [notice] = bench.store.outbox
      .dueNotices('9999-12-31T00:00:00.000Z', 1000)
      .filter(({ kind }) => kind === 'cleanup');
    bench.store.outbox.dropNotice(notice?.id ?? 0, 'refused');
    await run(0.1);
    expect(bench.store.cleanups.getCleanup(2)?.state).toBe('called_off');
  });

  it('that was removed when the program was killed is told of once', async () => {
    const one = await completed(ANN, 'sample/one');
    await announced();
    bench.store.cleanups.setFate(1, 'going');
    bench.queue.remove(one, { taking: 'ours', freedBytes: 0 });
    begin();
    await run(3.1);
    expect(fates()).toEqual([`${one} removed`]);
    expect(await say()).toEqual([`${ANN} cleanup_done`]);
  });

  it('stays when it was brought back, also after a kill, and is not asked about again before it is old again', async () => {
    const [one, two] = [await completed(ANN, 'sample/one'), await completed(ANN, 'sample/two')];
    await announced();
    const entry = entries().find(({ modelId }) => modelId === one)?.id ?? 0;
    bench.store.cleanups.setFate(entry, 'going');
    bench.queue.remove(one, { taking: 'ours', freedBytes: 0 });
    begin();
    expect(bench.queue.undo(one)).toBe('undone');
    await run(3.1);
    expect([has(one), has(two)]).toEqual([true, false]);
    expect(bench.queue.undo(two)).toBe('undone');
    await cleanup.announce();
    expect(fates()).toEqual([`${one} kept`, `${two} kept`]);
    bench.clock.pass(AGE * DAY_MS);
    await cleanup.announce();
    expect(fates().slice(2)).toEqual([`${one} announced`, `${two} announced`]);
  });

  it('is not announced if another program has put it there, or it is pinned, or nobody has asked for that', async () => {
    const pinned = await completed(ANN, 'sample/two');
    bench.store.models.updateModelDetails(pinned, { pinned: true });
    const { store, clock } = bench;
    const others = bench.add(ANN, 'sample/three').id;
    store.copies.setMadeBy(bench.model(others).wantsCopyId ?? 0, 'other');
    bench.queue.wake();
    await bench.reaches(others, 'completed');
    expect(store.copies.getCopy(bench.model(others).copyId ?? 0)?.madeBy).toBe('other');
    const one = await completed(ANN, 'sample/one');
    isOn = false;
    clock.pass((AGE + 1) * DAY_MS);
    await cleanup.announce();
    expect(fates()).toEqual([]);
    isOn = true;
    await cleanup.announce();
    expect(fates()).toEqual([`${one} announced`]);
  });
});

it('what an inference server has stays, and is announced to nobody else who has it', async () => {
  await completed(INFERENCE_SERVER, 'sample/one');
  await completed(ANN, 'sample/one');
  await completed(ANN, 'sample/two');
  await run(AGE + 1);
  await cleanup.announce();
  expect(entries().map(({ name }) => name)).toEqual(['sample/two']);
});
