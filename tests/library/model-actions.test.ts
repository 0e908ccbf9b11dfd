import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { start } from '../../src/library/chat-downloads.ts';
import { actionsOf, type ModelAction } from '../../src/library/model-actions.ts';
import { type ByHand, openByHand } from '../queue/by-hand.ts';

const NAME = 'a/1';

let bench: ByHand;
beforeEach(async () => {
  bench = await openByHand();
});
afterEach(() => bench.close());

const offered = (id: number): readonly ModelAction[] => {
  const model = bench.model(id);
  return actionsOf({ model, waiting: bench.queue().waitingOf(model) });
};

/** What a tap does. @returns whether there was anything to do */
const act = async (id: number, action: ModelAction): Promise<boolean> => {
  const queue = bench.queue();
  if (action === 'remove') return queue.remove(id, { taking: 'ours', freedBytes: 0 });
  return action === 'start' ? start(queue, id) : queue[action](id);
};

const running = async (): Promise<number> => {
  const id = bench.add(1, NAME);
  bench.queue().start();
  await bench.job(NAME);
  return id;
};

/** Ways to a model in each state that people see. */
const WAYS: readonly {
  readonly state: string;
  readonly get: () => Promise<number> | number;
  readonly actions: readonly ModelAction[];
}[] = [
  { state: 'waits for its turn', get: () => bench.add(1, NAME), actions: ['pause', 'cancel'] },
  {
    state: 'waits for a schedule',
    get: () => bench.add(1, NAME, { scheduled: true }),
    actions: ['start', 'pause', 'cancel'],
  },
  { state: 'downloads', get: running, actions: ['pause', 'cancel'] },
  {
    state: 'is paused',
    get: async () => {
      const id = await running();
      bench.queue().pause(id);
      return id;
    },
    actions: ['resume', 'cancel', 'remove'],
  },
  {
    state: 'was cancelled',
    get: async () => {
      const id = await running();
      bench.queue().cancel(id);
      return id;
    },
    actions: ['resume', 'remove'],
  },
  {
    state: 'has failed',
    get: async () => {
      const id = await running();
      (await bench.job(NAME)).fail(new AppError('forbidden', 'The repository is disabled.'));
      await bench.reaches(id, 'failed');
      return id;
    },
    actions: ['retry', 'remove'],
  },
  {
    state: 'waits for access',
    get: async () => {
      const id = await running();
      (await bench.job(NAME)).fail(new AppError('gated', 'The repository is gated.'));
      await bench.reaches(id, 'pending backoff');
      return id;
    },
    actions: ['start', 'pause', 'cancel'],
  },
  {
    state: 'is complete',
    get: async () => {
      const id = await running();
      (await bench.job(NAME)).complete();
      await bench.reaches(id, 'completed');
      return id;
    },
    actions: ['remove'],
  },
  {
    state: 'is complete, and lost a file to another program',
    get: async () => {
      const id = await running();
      (await bench.job(NAME)).complete();
      await bench.reaches(id, 'completed');
      bench.store.copies.setFilesGone(bench.model(id).copyId ?? 0, 1);
      return id;
    },
    actions: ['start', 'remove'],
  },
];

describe.each(WAYS)('of a model that $state', ({ get, actions }) => {
  it(`is offered: ${actions.join(', ')}`, async () => {
    expect(offered(await get())).toEqual(actions);
  });

  it.each(actions)('%s does something', async (action) => {
    const id = await get();
    expect(await act(id, action)).toBe(true);
    const after = bench.store.models.getModel(id);
    expect(after && offered(id)).not.toEqual(actions);
  });
});
