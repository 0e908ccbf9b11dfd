import { expect, it } from 'vitest';
import { type CardPage, createCardPages } from '../../src/bot/board/card-pages.ts';
import { bringTo } from '../helpers/statuses.ts';
import { type Bench, openBench } from '../store/setup.ts';

/** What holds for tens holds for thousands. */
const SIZES = { whole: 20, waiting: 8, newsChats: 2, newsOfChat: 5, oldestOfChat: 1 };
const [CROWDED, QUIET, OTHER, LAST] = [1001, 1002, 1003, 1004];

/** Models that wait, with cards. @returns their numbers */
const fill = ({ store, add }: Bench, chatId: number, amount: number, isSent: boolean): number[] =>
  store.atomically(() =>
    Array.from({ length: amount }, (_, at) => {
      const { id } = add(`org/model-${at}`, { chatId });
      const messageId = isSent ? at + 1 : null;
      store.cards.putCard({ modelId: id, chatId, threadId: null, messageId, replyTo: null });
      if (isSent) store.cards.setDrawn(id, 'waits', false, true);
      return id;
    }),
  );

const idsOf = ({ cards }: CardPage): number[] => cards.map(({ modelId }) => modelId);

it('of a few all are looked at, each time', () => {
  const bench = openBench();
  const ids = fill(bench, CROWDED, 20, true);
  const next = createCardPages(bench.store, SIZES);
  expect([idsOf(next()), idsOf(next())]).toEqual([ids, ids]);
});

it('of more a few are looked at, the next ones each time, until all were, and then from the beginning', () => {
  const bench = openBench();
  const ids = fill(bench, CROWDED, 21, true);
  const next = createCardPages(bench.store, SIZES);
  expect([1, 2, 3, 4].map(() => idsOf(next()))).toEqual([
    ids.slice(0, 8),
    ids.slice(8, 16),
    ids.slice(16),
    ids.slice(0, 8),
  ]);
});

it('chats do not wait for one that has more: each has its part of each look', () => {
  const bench = openBench();
  fill(bench, CROWDED, 300, true);
  const others = [...fill(bench, QUIET, 2, true), ...fill(bench, OTHER, 1, true), ...fill(bench, LAST, 2, true)];
  const next = createCardPages(bench.store, SIZES);
  for (let look = 0; look < 5; look += 1) {
    const looked = next();
    expect(looked.total()).toBe(305);
    expect(looked.cards.length).toBeLessThanOrEqual(SIZES.waiting);
    expect(idsOf(looked)).toEqual(expect.arrayContaining(others));
  }
});

it('however many chats have some, no look takes longer: they take turns', () => {
  const bench = openBench();
  const chats = Array.from({ length: 30 }, (_, at) => 2000 + at);
  const ids = chats.flatMap((chatId) => fill(bench, chatId, 1, true));
  const next = createCardPages(bench.store, SIZES);
  const looks = Array.from({ length: 4 }, () => idsOf(next()));
  for (const looked of looks) expect(looked.length).toBeLessThanOrEqual(SIZES.waiting);
  expect(new Set(looks.flat())).toEqual(new Set(ids));
});

it('what is not on the screen as its row is goes before all that waits, whatever chat it is of', () => {
  const bench = openBench();
  const { store } = bench;
  const waiting = fill(bench, CROWDED, 300, true);
  const changed = waiting.at(-1) ?? 0;
  bringTo(store, changed, 'completed');
  const [first = 0, second = 0] = fill(bench, QUIET, 40, false);
  const next = createCardPages(store, SIZES);
  expect(idsOf(next())).toEqual(expect.arrayContaining([changed, first, second]));
  // Once it is drawn it waits again, until its row changes.
  store.cards.setDrawn(changed, 'completed', true, true);
  expect(idsOf(next())).not.toContain(changed);
  store.models.updateModelDetails(changed, { priority: 'high' });
  expect(idsOf(next())).toContain(changed);
});

it('what changed in other programs goes before all that waits, too', () => {
  const bench = openBench();
  const { store } = bench;
  const linked = fill(bench, CROWDED, 300, true).at(-1) ?? 0;
  bringTo(store, linked, 'completed');
  const next = createCardPages(store, SIZES);
  const changes = [
    () => store.apps.wantApp(linked, 'ollama', null),
    () => store.apps.setModelApp(linked, 'ollama', { state: 'linked' }),
    () => store.apps.leaveApp(linked, 'ollama'),
  ];
  for (const change of changes) {
    store.cards.setDrawn(linked, 'completed', true, true);
    expect(idsOf(next())).not.toContain(linked);
    change();
    expect(idsOf(next())).toContain(linked);
  }
});

it('the news of many are looked at in turn: of each chat a few, and of a few chats', () => {
  const bench = openBench();
  const chats = [QUIET, OTHER, LAST];
  const ids = chats.flatMap((chatId) => fill(bench, chatId, 10, false));
  const next = createCardPages(bench.store, { ...SIZES, waiting: 1 });
  const looks = Array.from({ length: 6 }, () => idsOf(next()));
  for (const looked of looks)
    expect(looked.length).toBeLessThanOrEqual(SIZES.newsChats * (SIZES.newsOfChat + SIZES.oldestOfChat) + 1);
  expect(new Set(looks.flat())).toEqual(new Set(ids));
});

it('the oldest news of a chat is looked at each time, so that its cards are sent in their order', () => {
  const bench = openBench();
  const [first = 0] = fill(bench, QUIET, 40, false);
  const next = createCardPages(bench.store, { ...SIZES, waiting: 1 });
  for (let look = 0; look < 6; look += 1) expect(idsOf(next())[0]).toBe(first);
});

it('what runs, and what runs again in a moment, is always among them', () => {
  const bench = openBench();
  const { store, clock } = bench;
  fill(bench, CROWDED, 150, true);
  const [running = 0, stopped = 0] = fill(bench, QUIET, 40, true).slice(-2);
  bringTo(store, running, 'downloading');
  bringTo(store, stopped, 'downloading');
  store.models.moveModel(stopped, 'downloading', 'pending', { reason: 'shutdown', notBefore: clock.iso() });
  for (const id of [running, stopped]) store.cards.setUpToDate([id]);
  const next = createCardPages(store, SIZES);
  for (let look = 0; look < 4; look += 1) expect(idsOf(next())).toEqual(expect.arrayContaining([running, stopped]));
});

it('what nobody can be told is not looked at', () => {
  const bench = openBench();
  bench.store.chats.upsertChat({ chatId: QUIET, kind: 'private', title: 'Quiet' });
  fill(bench, CROWDED, 210, true);
  const gone = new Set(fill(bench, QUIET, 10, false));
  bench.store.chats.setReachable(QUIET, false);
  const next = createCardPages(bench.store, SIZES);
  expect(
    Array.from({ length: 40 }, () => idsOf(next()))
      .flat()
      .filter((id) => gone.has(id)),
  ).toEqual([]);
});
