import { expect, it } from 'vitest';
import { type CardPage, createCardPages } from '../../src/bot/board/card-pages.ts';
import { bringTo } from '../helpers/statuses.ts';
import { type Bench, openBench } from '../store/setup.ts';

/** A tenth of what the board has: what holds for hundreds holds for thousands. */
const WHOLE_MOST = 200;
const [CROWDED, QUIET, OTHER] = [1001, 1002, 1003];

/** Models that wait, with cards. @returns their numbers */
const fill = ({ store, add }: Bench, chatId: number, amount: number, isSent: boolean): number[] =>
  store.atomically(() =>
    Array.from({ length: amount }, (_, at) => {
      const { id } = add(`org/model-${at}`, { chatId });
      const messageId = isSent ? at + 1 : null;
      store.cards.putCard({ modelId: id, chatId, threadId: null, messageId, replyTo: null });
      if (isSent) store.cards.setDrawn(id, 'waits', false);
      return id;
    }),
  );

const idsOf = ({ cards }: CardPage): number[] => cards.map(({ modelId }) => modelId);

it('of a few all are looked at, each time', () => {
  const bench = openBench();
  const ids = fill(bench, CROWDED, 30, true);
  const next = createCardPages(bench.store, WHOLE_MOST);
  expect([idsOf(next()), idsOf(next())]).toEqual([ids, ids]);
});

it('of a chat with very many a page is looked at, the next one each time, until all were', () => {
  const bench = openBench();
  const ids = fill(bench, CROWDED, 350, true);
  const next = createCardPages(bench.store, WHOLE_MOST);
  const pages = [idsOf(next()), idsOf(next())];
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(WHOLE_MOST);
  expect(new Set(pages.flat())).toEqual(new Set(ids));
  // And from the beginning.
  expect(idsOf(next())).toEqual(pages[0]);
});

it('other chats do not wait for it: all of theirs is looked at each time', () => {
  const bench = openBench();
  fill(bench, CROWDED, 300, true);
  const others = [...fill(bench, QUIET, 40, true), ...fill(bench, OTHER, 3, false)];
  const next = createCardPages(bench.store, WHOLE_MOST);
  for (let look = 0; look < 5; look += 1) {
    const looked = next();
    expect(looked.total).toBe(343);
    expect(looked.cards.length).toBeLessThanOrEqual(WHOLE_MOST);
    expect(idsOf(looked)).toEqual(expect.arrayContaining(others));
  }
});

it('what runs, what runs again in a moment, and what is to be sent next are always among them', () => {
  const bench = openBench();
  const { store, clock } = bench;
  fill(bench, CROWDED, 150, true);
  const [first = 0, ...unsent] = fill(bench, QUIET, 150, false);
  const [running = 0, stopped = 0] = unsent.slice(-2);
  bringTo(store, running, 'downloading');
  bringTo(store, stopped, 'downloading');
  store.models.moveModel(stopped, 'downloading', 'pending', { reason: 'shutdown', notBefore: clock.iso() });
  const next = createCardPages(store, WHOLE_MOST);
  for (let look = 0; look < 4; look += 1)
    expect(idsOf(next())).toEqual(expect.arrayContaining([first, running, stopped]));
});

it('what nobody can be told is not looked at', () => {
  const bench = openBench();
  bench.store.chats.upsertChat({ chatId: QUIET, kind: 'private', title: 'Quiet' });
  fill(bench, CROWDED, 210, true);
  const gone = new Set(fill(bench, QUIET, 10, false));
  bench.store.chats.setReachable(QUIET, false);
  const next = createCardPages(bench.store, WHOLE_MOST);
  expect([...idsOf(next()), ...idsOf(next()), ...idsOf(next())].filter((id) => gone.has(id))).toEqual([]);
});
