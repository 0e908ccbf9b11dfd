import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ModelStatus } from '../../src/domain/states/model.ts';
import {
  arrivedBytes,
  cancelAll,
  haveBeenTold,
  likelyIn,
  movableIn,
  moveInOrder,
  peopleToTell,
  planCancelAll,
  retryAll,
  startableIn,
  startAll,
  toggleFollowing,
  waitingIn,
  waitingModel,
} from '../../src/library/chat-downloads.ts';
import { countOneByOne } from '../../src/lib/async/slices.ts';
import { libraryPage } from '../../src/library/library-page.ts';
import { queueActions, queuedModels, queueView } from '../../src/library/lists.ts';
import { bringTo } from '../helpers/statuses.ts';
import { type QueueBench, sampleModel, setUp } from '../queue/setup.ts';

const CHAT = 1;
const OTHER = 2;
const NAMES = ['sample/a', 'sample/b', 'sample/c', 'sample/d', 'sample/e'] as const;

let bench: QueueBench;
beforeEach(async () => {
  bench = await setUp({ repos: NAMES.map((name) => sampleModel(name, 1000)) });
  bench.queue.hold();
});
afterEach(() => bench?.close());

const put = (
  name: (typeof NAMES)[number],
  status: ModelStatus = 'pending',
  chatId = CHAT,
  requestedBy?: number,
): number => {
  const { id } = bench.add(chatId, name, requestedBy === undefined ? {} : { requestedBy });
  bringTo(bench.store, id, status);
  return id;
};

const ids = (models: readonly { readonly id: number }[]): number[] => models.map(({ id }) => id);

it('one chat’s wish for all touches nothing of another one', async () => {
  const failed = put('sample/a', 'failed');
  const others = put('sample/a', 'failed', OTHER);
  expect(await retryAll(bench, CHAT)).toBe(1);
  expect([bench.model(failed).status, bench.model(others).status]).toEqual(['pending', 'failed']);
});

it('all are started save what is complete, and what somebody has cancelled', async () => {
  const [paused, failed, cancelled] = [put('sample/a', 'paused'), put('sample/b', 'failed'), put('sample/c')];
  const completed = put('sample/d', 'completed');
  bench.queue.cancel(cancelled);
  expect(await startAll(bench, CHAT)).toBe(2);
  expect([paused, failed, cancelled, completed].map((id) => bench.model(id).status)).toEqual([
    'pending',
    'pending',
    'paused',
    'completed',
  ]);
});

it('what can be cancelled is what runs, waits or is paused, up to what was asked about, and what one may', async () => {
  const [paused, waits] = [put('sample/a', 'paused', CHAT, 8), put('sample/b')];
  const cancelled = put('sample/c');
  bench.queue.cancel(cancelled);
  put('sample/d', 'completed');
  const newest = put('sample/e');
  const anybody = () => Promise.resolve(true);
  const plan = await planCancelAll(bench, CHAT, anybody);
  expect(ids(plan?.models ?? [])).toEqual([newest, waits, paused]);
  expect(plan).toMatchObject({ newestId: newest, arrivedBytes: 0 });
  expect(await planCancelAll(bench, CHAT, () => Promise.resolve(false))).toBeUndefined();
  expect(await cancelAll(bench, CHAT, ({ requestedBy }) => Promise.resolve(requestedBy !== 8), waits)).toBe(1);
  expect(await cancelAll(bench, CHAT, anybody, newest)).toBe(2);
  expect(await cancelAll(bench, CHAT, anybody, newest)).toBe(0);
  expect(arrivedBytes(bench, waits)).toBe(0);
});

it('whether one may is asked once of each who has asked for some of it, however many they are', async () => {
  const models = [put('sample/a'), put('sample/b'), put('sample/c', 'paused')];
  const may = vi.fn<Parameters<typeof planCancelAll>[2]>(async () => true);
  expect(new Set(ids((await planCancelAll(bench, CHAT, may))?.models ?? []))).toEqual(new Set(models));
  expect(may).toHaveBeenCalledTimes(1);
});

it('without a name, what waits is meant in its order, and everything else with the newest first', () => {
  const [first, second] = [put('sample/a'), put('sample/b')];
  const [older, newer] = [put('sample/c', 'failed'), put('sample/d', 'failed')];
  expect(ids(likelyIn(bench.store, CHAT, ['failed', 'pending'], 9))).toEqual([newer, older, first, second]);
});

it('told are those who asked and those who follow, each once', () => {
  const [one, two] = [put('sample/a'), put('sample/b')];
  for (const person of [8, 9]) bench.store.followers.addFollower(one, person);
  bench.store.followers.addFollower(two, 9);
  expect(peopleToTell(bench.store, [one, two])).toEqual([8, 9]);
});

it('of what waits, the first cannot go up and the last cannot go down', () => {
  const [first, second] = [put('sample/a'), put('sample/b')];
  put('sample/c', 'pending', OTHER);
  expect(ids(waitingIn(bench.store, CHAT))).toEqual([first, second]);
  expect(ids(movableIn(bench.store, CHAT, 'first', 9))).toEqual([second]);
  expect(ids(movableIn(bench.store, CHAT, 'down', 9))).toEqual([first]);
});

it('of much that waits, no more is read than is offered', () => {
  const [first, second, third, fourth] = [put('sample/a'), put('sample/b'), put('sample/c'), put('sample/d')];
  const read = vi.spyOn(bench.store.models, 'waiting');
  expect(ids(movableIn(bench.store, CHAT, 'up', 2))).toEqual([second, third]);
  expect(ids(movableIn(bench.store, CHAT, 'down', 2))).toEqual([first, second]);
  expect(ids(movableIn(bench.store, CHAT, 'down', 3))).toEqual([first, second, third]);
  expect(ids(movableIn(bench.store, CHAT, 'down', 4))).toEqual([first, second, third]);
  expect(ids(movableIn(bench.store, CHAT, 'first', 4))).toEqual([second, third, fourth]);
  expect(read.mock.results.map(({ value }) => (value as unknown[]).length)).toEqual([3, 3, 4, 4, 4]);
});

it('what stands still can be started, and what waits only for its turn cannot', () => {
  bench.queue.unhold();
  const paused = put('sample/a', 'paused');
  const scheduled = put('sample/b');
  bench.store.models.updateModelDetails(scheduled, { scheduled: true, statusReason: 'schedule' });
  const another = put('sample/c', 'pending', OTHER);
  bench.store.models.updateModelDetails(another, { scheduled: true, statusReason: 'schedule' });
  expect(ids(startableIn(bench, CHAT, 9))).toEqual([scheduled, paused]);
  const more = [put('sample/d'), put('sample/e')];
  for (const id of more) bench.store.models.updateModelDetails(id, { onDemand: true });
  expect(ids(startableIn(bench, CHAT, 9))).toEqual([scheduled, ...more, paused]);
  expect(ids(startableIn(bench, CHAT, 2))).toEqual([scheduled, more[0], paused]);
});

it('who asked is told anyway, others as often as they change their mind, and nobody of what has ended', () => {
  const id = put('sample/a');
  const model = { ...bench.model(id), requestedBy: 7 };
  expect(toggleFollowing(bench.store, model, 7)).toBe('anyway');
  expect([8, 8].map((person) => toggleFollowing(bench.store, model, person))).toEqual(['follows', 'not']);
  expect(toggleFollowing(bench.store, { ...model, status: 'completed' }, 8)).toBe('ended');
});

it('a view of the queue has what it can do, and a page of the library never more than there is', () => {
  const [waits, also, failed] = [put('sample/a'), put('sample/b'), put('sample/c', 'failed')];
  expect(queueActions(bench.store, CHAT)).toEqual({
    ask: false,
    order: true,
    pause: true,
    resume: false,
    retry: true,
  });
  expect(ids(queuedModels(bench.store, CHAT, 10))).toEqual([waits, also, failed]);
  const view = queueView(bench, CHAT, 10);
  expect(view.waiting.first.map(({ waiting }) => waiting?.kind)).toEqual(['held', 'held']);
  expect(view.failed).toMatchObject({ first: [{ model: { id: failed }, error: null }], total: 1 });
  expect(libraryPage(bench.store, CHAT, { page: 9, filter: {} }, 2)).toMatchObject({
    sum: { models: 3 },
    pages: 2,
    page: 1,
  });
  expect(libraryPage(bench.store, CHAT, { page: 0, filter: { word: 'failed' } }, 2).models).toHaveLength(1);
  expect(libraryPage(bench.store, OTHER, { page: 0, filter: {} }, 2)).toMatchObject({ sum: { models: 0 }, pages: 1 });
});

it('a view of the queue reads no more than it shows, however many there are', () => {
  for (let at = 0; at < 30; at += 1) {
    bench.store.models.createModel({ chatId: CHAT, name: `org/waits-${at}` });
    const { id } = bench.store.models.createModel({ chatId: CHAT, name: `org/failed-${at}` });
    bench.store.models.moveModel(id, 'pending', 'downloading');
    bench.store.models.moveModel(id, 'downloading', 'failed');
  }
  let asked = 0;
  const waitingOf: typeof bench.queue.waitingOf = (model) => {
    asked += 1;
    return bench.queue.waitingOf(model);
  };
  const view = queueView({ ...bench, queue: { ...bench.queue, waitingOf } }, CHAT, 5);
  const { waiting, failed } = view;
  expect([waiting.first.length, waiting.total, failed.first.length, failed.total]).toEqual([5, 30, 5, 30]);
  expect(asked).toBe(5);
  expect(queuedModels(bench.store, CHAT, 5)).toHaveLength(10);
});

it('who has been told of a model that is here waits for it no more; after a failure they still do', () => {
  const model = bench.model(put('sample/a', 'failed'));
  toggleFollowing(bench.store, model, 7);
  haveBeenTold(bench.store, 'failed', model.id);
  expect(peopleToTell(bench.store, [model.id])).toEqual([7]);
  haveBeenTold(bench.store, 'completed', model.id);
  expect(peopleToTell(bench.store, [model.id])).toEqual([]);
});

it('what waits can be moved: not what is switched off, stands still, or is another chat’s', () => {
  const [waits, off, paused] = [put('sample/a'), put('sample/b'), put('sample/c', 'paused')];
  const others = put('sample/d', 'pending', OTHER);
  bench.store.models.updateModelDetails(off, { enabled: false });
  const found = [waits, off, paused, others].map((id) => waitingModel(bench.store, CHAT, id)?.id);
  expect(found).toEqual([waits, undefined, undefined, undefined]);
});

it('what waits is moved once, however often its update is handled, and its place is told', () => {
  const [first, second, third] = [put('sample/a'), put('sample/b'), put('sample/c')];
  const move = (id: number, updateId: number) => moveInOrder(bench, { chatId: CHAT, id }, 'up', updateId);
  expect(move(third, 1)).toMatchObject({ isMoved: true, position: 2 });
  expect(move(third, 1)).toMatchObject({ isMoved: true, position: 2 });
  expect(ids(waitingIn(bench.store, CHAT))).toEqual([first, third, second]);
  const positions = vi.spyOn(bench.store.models, 'queuePosition');
  expect(move(first, 2)).toMatchObject({ isMoved: false, position: undefined });
  expect(positions).not.toHaveBeenCalled();
  expect(moveInOrder(bench, { chatId: OTHER, id: first }, 'down', 3)).toBeUndefined();
  expect(ids(waitingIn(bench.store, CHAT))).toEqual([first, third, second]);
});

it('of what is done to thousands at once a few are done at a stretch, and others have their turn', async () => {
  const stretches: number[] = [];
  let atOnce = 0;
  const items = Array.from({ length: 101 }, (_, index) => index);
  const done = countOneByOne(items, (item) => {
    // Whatever else waits has its turn when this stretch is over.
    if (atOnce === 0) setImmediate(() => (stretches.push(atOnce), (atOnce = 0)));
    atOnce += 1;
    return item % 2 === 0;
  });
  expect(await done).toBe(51);
  expect(Math.max(...stretches)).toBeLessThanOrEqual(20);
  expect(stretches.length).toBeGreaterThanOrEqual(5);
});

it('all of a chat is paused, resumed, tried again and cancelled with others in between', async () => {
  const many = Array.from({ length: 60 }, (_, index) =>
    bench.store.models.createModel({ chatId: CHAT, name: `org/m${index}` }),
  );
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  others();
  const turnsDuring = async (work: Promise<number>): Promise<readonly [number, boolean]> => {
    const before = turns;
    const amount = await work;
    return [amount, turns - before >= 2];
  };
  expect(await turnsDuring(bench.queue.pauseAll(CHAT))).toEqual([many.length, true]);
  expect(await turnsDuring(bench.queue.resumeAll(CHAT))).toEqual([many.length, true]);
  expect(await turnsDuring(cancelAll(bench, CHAT, async () => true, Infinity))).toEqual([many.length, true]);
  for (const { id } of many) {
    bench.store.models.moveModel(id, 'paused', 'pending');
    bringTo(bench.store, id, 'failed');
  }
  expect(await turnsDuring(retryAll(bench, CHAT))).toEqual([many.length, true]);
  isOver = true;
});
