import { describe, expect, it } from 'vitest';
import { sampleSnapshot } from './samples.ts';
import { ANN, openTalk, type Talk } from './talk.ts';

const HOUR = 3_600_000;

/** A card that shows 10 %, in a chat that has just had its fill of answers. */
const begin = async (): Promise<Talk> => {
  const talk = await openTalk();
  const model = talk.add(ANN, 'lab/model');
  talk.run(model);
  talk.snapshots.set(model.id, sampleSnapshot({ bytesTotal: 1000, bytesReady: 100 }));
  await talk.within(10, () => /10 %/.test(talk.shown(ANN)[0]?.text ?? ''));
  for (let answer = 0; answer < 5; answer += 1) talk.budget.spend(ANN, 'answer', talk.clock.monotonic());
  talk.snapshots.set(model.id, sampleSnapshot({ bytesTotal: 1000, bytesReady: 500 }));
  return talk;
};

describe.each([
  ['set back by two hours', -2 * HOUR],
  ['set back by ten seconds', -10_000],
  ['set to last year, as a machine without a battery does', -365 * 24 * HOUR],
  ['set forward by two hours', 2 * HOUR],
])('with the clock %s', (_, byMs) => {
  it('a card goes on moving', async () => {
    const talk = await begin();
    talk.clock.turn(byMs);
    await talk.within(10, () => talk.shown(ANN)[0]?.text?.includes('10 %') === false);
    expect(talk.shown(ANN)[0]?.text).toContain('50 %');
  });

  it('a notice is sent', async () => {
    const talk = await begin();
    const [model] = talk.store.models.listModels(ANN);
    talk.clock.turn(byMs);
    if (model) talk.end(model, 'failed', 'No more.');
    await talk.within(10, () => talk.shown(ANN).length === 2);
    expect(talk.shown(ANN)[1]?.text).toContain('No more.');
  });
});
