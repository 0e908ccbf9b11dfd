import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Update } from 'grammy/types';
import { expect, it } from 'vitest';
import { createBacklogs } from '../../src/bot/updates/inbox/backlogs.ts';
import { ANN, BOB } from './setup.ts';

const written = (id: number, chatId: number): Update =>
  ({ update_id: id, message: { message_id: id, date: 1, chat: { id: chatId, type: 'private' } } }) as Update;

const turns = async (amount: number): Promise<void> => {
  for (let turn = 0; turn < amount; turn += 1) await nextTurn();
};

/** Waits that end when it is told how much time has passed. */
const openTime = () => {
  let now = 0;
  const waits: { readonly until: number; readonly end: () => void }[] = [];
  return {
    wait: (ms: number): Promise<void> => new Promise((end) => waits.push({ until: now + ms, end })),
    pass: async (ms: number): Promise<void> => {
      for (const until = now + ms; now < until; now += 1) {
        for (const { end } of waits.filter((wait) => wait.until === now)) end();
        await turns(2);
      }
    },
  };
};

const open = (wait?: (ms: number) => Promise<void>) => {
  const handled: number[] = [];
  const backlogs = createBacklogs(({ update_id: id }) => Promise.resolve(void handled.push(id)), wait);
  const flood = (amount: number): void => {
    for (let id = 1; id <= amount; id += 1) backlogs.put(written(id, ANN));
  };
  return { ...backlogs, handled, flood };
};

it('a chat that is far behind waits while there is more to fetch, and others do not wait for it', async () => {
  const { expect: expectMore, flood, put, handled, waiting } = open();
  expectMore(true);
  flood(100);
  put(written(101, BOB));
  // Without it, one would be handled in each.
  await turns(60);
  expect(handled).toContain(101);
  expect(waiting(ANN)).toBeGreaterThan(60);
  // All has come.
  expectMore(false);
  await turns(300);
  expect(waiting(ANN)).toBe(0);
  expect(handled).toHaveLength(101);
});

it('a chat that is not far behind goes on meanwhile', async () => {
  const { expect: expectMore, flood, handled } = open();
  expectMore(true);
  flood(10);
  await turns(40);
  expect(handled).toHaveLength(10);
});

it('thirty full batches, one every 17 ms, are hardly disturbed by the chat that they are of', async () => {
  const { wait, pass } = openTime();
  const { expect: expectMore, put, handled } = open(wait);
  for (let id = 1; id <= 3000; id += 1) {
    put(written(id, ANN));
    if (id % 100 !== 0) continue;
    expectMore(true);
    await pass(17);
  }
  // Each comes with a look-up, a card and looks at everything, and all of that would be in the way of the next poll.
  expect(handled.length).toBeLessThanOrEqual(5);
  expectMore(false);
  await turns(3100);
  expect(handled).toHaveLength(3000);
});

it('a poll that gives nothing any more keeps nobody waiting: the last batch may have been full', async () => {
  const { wait, pass } = openTime();
  const { expect: expectMore, flood, handled } = open(wait);
  expectMore(true);
  flood(100);
  await pass(1100);
  await turns(200);
  expect(handled).toHaveLength(100);
});

it('while batch follows on batch, what is far behind goes on slowly', async () => {
  const { wait, pass } = openTime();
  const { expect: expectMore, flood, handled } = open(wait);
  flood(100);
  for (let batches = 0; batches < 4; batches += 1) {
    expectMore(true);
    await pass(900);
  }
  expect(handled.length).toBeGreaterThan(10);
  expect(handled.length).toBeLessThan(30);
});

it('an end lets nobody wait', async () => {
  const { expect: expectMore, flood, stop, handled } = open();
  expectMore(true);
  flood(100);
  stop();
  await turns(5);
  expect(handled).toEqual([1]);
});
