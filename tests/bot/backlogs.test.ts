import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Update } from 'grammy/types';
import { expect, it } from 'vitest';
import { createBacklogs } from '../../src/bot/updates/backlogs.ts';
import { ANN, BOB } from './setup.ts';

const written = (id: number, chatId: number): Update =>
  ({ update_id: id, message: { message_id: id, date: 1, chat: { id: chatId, type: 'private' } } }) as Update;

const turns = async (amount: number): Promise<void> => {
  for (let turn = 0; turn < amount; turn += 1) await nextTurn();
};

const open = () => {
  const handled: number[] = [];
  const backlogs = createBacklogs(({ update_id: id }) => Promise.resolve(void handled.push(id)));
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

it('what is far behind comes to its end also if there is always more to fetch', async () => {
  const { expect: expectMore, flood, handled } = open();
  expectMore(true);
  flood(14);
  await expect.poll(() => handled.length, { timeout: 20_000 }).toBe(14);
});

it('an end lets nobody wait', async () => {
  const { expect: expectMore, flood, stop, handled } = open();
  expectMore(true);
  flood(100);
  stop();
  await turns(5);
  expect(handled).toEqual([1]);
});
