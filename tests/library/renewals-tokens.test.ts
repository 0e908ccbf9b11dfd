import { expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import { ANN, BEN, openRenewals } from './renewals-bench.ts';

/** Both have found it by a token of theirs; that of Ben is gone. */
const openPrivate = async () => {
  const bench = await openRenewals({}, (source) => ({
    ...source,
    ofPerson: (userId) => (userId === ANN ? source : undefined),
  }));
  const add = (chatId: number): Model => {
    const model = bench.add(chatId);
    bench.store.models.updateModelDetails(model.id, { tokenOf: chatId });
    return model;
  };
  const [ann, ben] = [add(ANN), add(BEN)];
  await bench.settle();
  bench.move({ 'config.json': '{"a":1}' }, 'Not for everybody');
  return { bench, ann, ben };
};

it('what a personal token shows of a branch is told to nobody whose own token is gone', async () => {
  const { bench, ann, ben } = await openPrivate();
  await bench.day();
  expect(bench.renewal(ann)).toMatchObject({ state: 'offered', news: { titles: ['Not for everybody'] } });
  expect(bench.renewal(ben)?.news ?? null).toBeNull();
  expect(bench.notices(ANN)).toHaveLength(1);
  expect(bench.notices(BEN)).toEqual([]);
});

it('who asks for the newest without a token of use is told that, also when another one asks at the same time', async () => {
  const { bench, ann, ben } = await openPrivate();
  for (const { chatId, id } of [ben, ann])
    bench.renewals.ask({ updateId: id, chatId, threadId: null, messageId: 7 }, [id]);
  await bench.renewals.look();
  expect(bench.renewed.map(({ id }) => id)).toEqual([ann.id]);
  expect(bench.renewal(ben)).toMatchObject({ state: 'refused', news: null, reason: expect.stringContaining('/token') });
});
