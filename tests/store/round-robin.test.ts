import { expect, it } from 'vitest';
import { roundRobin, type Standing } from '../../src/store/downloads/order/round-robin.ts';
import { createDice } from '../helpers/dice.ts';

type One = Standing & { readonly name: string };

const one = (name: string, about: Partial<Standing> = {}): One => ({
  name,
  chatId: 1,
  isReady: true,
  urgency: 1,
  hasBegun: false,
  chatDownloads: 0,
  chatServedAt: '',
  ...about,
});

const names = (them: readonly One[]): string[] => them.map(({ name }) => name);

it('chats take turns, the one that was served longest ago first, and of equals the older one', () => {
  const [bob, carl] = [
    { chatId: 2, chatServedAt: '2026-01-02' },
    { chatId: 3, chatServedAt: '2026-01-01' },
  ];
  const inOwnOrder = [
    one('b1', bob),
    one('b2', bob),
    one('b3', bob),
    one('c1', carl),
    one('a1'),
    one('d1', { chatId: 4 }),
  ];
  expect(names(roundRobin(inOwnOrder))).toEqual(['a1', 'd1', 'c1', 'b1', 'b2', 'b3']);
});

it('a chat that has two running has its next turn when the others have had two', () => {
  const busy = { chatId: 2, chatDownloads: 2 };
  const inOwnOrder = [one('b1', busy), one('b2', busy), one('a1'), one('a2'), one('a3'), one('a4')];
  expect(names(roundRobin(inOwnOrder))).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
});

it('what is not ready comes last, urgency goes before turns, and what has begun before what has not', () => {
  const inOwnOrder = [
    one('waits', { isReady: false, urgency: 0 }),
    one('low', { urgency: 2 }),
    one('fresh'),
    one('begun', { hasBegun: true }),
    one('high', { urgency: 0 }),
  ];
  expect(names(roundRobin(inOwnOrder))).toEqual(['high', 'begun', 'fresh', 'low', 'waits']);
});

it('thousands keep their number, and each chat its own order', () => {
  const dice = createDice(5);
  const inOwnOrder = Array.from({ length: 3000 }, (_, at) => one(String(at), { chatId: dice(7) }));
  const ordered = roundRobin(inOwnOrder);
  expect(new Set(names(ordered)).size).toBe(3000);
  for (let chatId = 0; chatId < 7; chatId += 1) {
    const own = (them: readonly One[]): string[] => names(them.filter((each) => each.chatId === chatId));
    expect(own(ordered)).toEqual(own(inOwnOrder));
  }
});
