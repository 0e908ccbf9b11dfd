import { expect, it } from 'vitest';
import { type Bench, CHAT, GROUP, openBench } from './setup.ts';
import { fullScans, plansOf } from './plans.ts';

const PAGE = { limit: 10, offset: 0 };

/** A session of a model, ended so. */
const ended = ({ store }: Bench, modelId: number, status: 'completed' | 'failed', receivedBytes: number): number => {
  const { id } = store.sessions.startOrContinue(modelId, 100);
  store.sessions.updateDownloadSession(id, status, { receivedBytes, activeMs: 1000 });
  return id;
};

it('a history is of a chat, a model, or a name that has left the library', () => {
  const bench = openBench();
  const { add, store } = bench;
  const [one, two, other] = [add('org/one').id, add('org/two').id, add('org/one', { chatId: GROUP }).id];
  const first = ended(bench, one, 'failed', 10);
  const second = ended(bench, two, 'completed', 20);
  ended(bench, other, 'completed', 40);
  const third = ended(bench, one, 'completed', 30);
  const idsOf = (scope: object): number[] =>
    store.sessions.listSessions({ chatId: CHAT, ...scope }, PAGE).map(({ id }) => id);
  expect(idsOf({})).toEqual([third, second, first]);
  expect(idsOf({ modelId: one })).toEqual([third, first]);
  expect(idsOf({ modelId: other })).toEqual([]);
  expect(store.sessions.sumSessions({ chatId: CHAT })).toEqual({
    sessions: 3,
    failed: 1,
    receivedBytes: 60,
    activeMs: 3000,
  });
  store.models.removeModel(one);
  expect(idsOf({ modelName: 'org/one' })).toEqual([third, first]);
  expect(store.sessions.sessionNamed(CHAT, 'ONE')?.id).toBe(third);
  expect(store.sessions.sessionNamed(CHAT, 'three')).toBeUndefined();
  expect(store.sessions.listSessions({ chatId: CHAT }, { limit: 1, offset: 2 }).map(({ id }) => id)).toEqual([first]);
});

it('and is read along an index, without sorting', () => {
  const bench = openBench();
  const plans = plansOf(bench, ({ sessions }) => {
    for (const scope of [{}, { modelId: 1 }, { modelName: 'x' }]) {
      sessions.listSessions({ chatId: CHAT, ...scope }, PAGE);
      sessions.sumSessions({ chatId: CHAT, ...scope });
    }
  });
  expect(fullScans(bench, plans)).toEqual([]);
  expect(plans.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
});
