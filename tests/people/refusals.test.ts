import { expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { createRefusals, REFUSAL_REASONS } from '../../src/people/refusals.ts';
import { createTestClock } from '../helpers/clock.ts';

const HOUR_MS = 3_600_000;

const open = () => {
  const lines: unknown[] = [];
  const clock = createTestClock();
  const info = (fields: object, said: string) => void lines.push({ ...fields, said });
  const refusals = createRefusals({ clock, log: { ...silentLog, info } });
  return { refusals, clock, lines };
};

it('every refusal is counted by its reason, and none is counted that was not', () => {
  const { refusals } = open();
  for (const [times, reason] of REFUSAL_REASONS.entries())
    for (let count = 0; count < times; count += 1) refusals.note(reason, { userId: 1, chatId: 1 });
  expect(Object.values(refusals.counts())).toEqual(REFUSAL_REASONS.map((_, times) => times));
});

it('a person has one line in the log in an hour, whatever they are refused', () => {
  const { refusals, clock, lines } = open();
  for (let count = 0; count < 1000; count += 1) refusals.note('stranger', { userId: 7, chatId: 7 });
  refusals.note('role', { userId: 7, chatId: -8 });
  expect(lines).toEqual([{ user: 7, chat: 7, reason: 'stranger', said: 'Refused' }]);
  refusals.note('denied', { userId: 8, chatId: 8 });
  expect(lines).toHaveLength(2);
  clock.pass(HOUR_MS - 1);
  refusals.note('stranger', { userId: 7, chatId: 7 });
  expect(lines).toHaveLength(2);
  clock.pass(1);
  refusals.note('stranger', { userId: 7, chatId: 7 });
  expect(lines).toHaveLength(3);
});

it('a crowd has a thousand lines in an hour, and is counted all the same', () => {
  const { refusals, clock, lines } = open();
  for (let userId = 1; userId <= 5000; userId += 1) refusals.note('stranger', { userId, chatId: userId });
  expect(lines).toHaveLength(1000);
  expect(refusals.counts().stranger).toBe(5000);
  clock.pass(HOUR_MS);
  refusals.note('stranger', { userId: 4000, chatId: 4000 });
  expect(lines).toHaveLength(1001);
});
