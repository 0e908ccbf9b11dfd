import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ByHand, openByHand } from './by-hand.ts';

const NAME = 'org/closed';
const [ANN, BOB, CARL] = [1, 2, 3] as const;

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
  bench.settings.concurrency = 4;
});
afterEach(() => bench.close());

/** A model in somebody's library, found with their token or by the machine. */
const add = (chatId: number, tokenOf: number | null): void => {
  const id = bench.add(chatId, NAME);
  bench.store.models.updateModelDetails(id, { tokenOf });
};

it('a job says with whose tokens it may be fetched, and none of these', async () => {
  add(ANN, ANN);
  add(BOB, BOB);
  bench.queue().start();
  const { job } = await bench.job(NAME);
  expect(job.tokensOf).toEqual([ANN, BOB]);
});

it('what the machine has found for one of them is fetched by it', async () => {
  add(ANN, ANN);
  add(CARL, null);
  bench.queue().start();
  const { job } = await bench.job(NAME);
  expect(job).not.toHaveProperty('tokensOf');
});
