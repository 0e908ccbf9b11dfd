import { expect, it } from 'vitest';
import { createStalls } from '../../src/bot/outbox/files/stalls.ts';
import { createRunningClock } from '../helpers/clock.ts';

const open = (isOwnServer: boolean, bytes: number) => {
  const clock = createRunningClock();
  const stalls = createStalls(clock, isOwnServer);
  const signal = stalls.begin(1, bytes);
  /** @returns whether it was given up by then */
  const after = (ms: number): boolean => {
    clock.pass(ms);
    stalls.look();
    return signal.aborted;
  };
  return { stalls, after };
};

it('ends an upload of which no byte went for two minutes, and not one that crawls', () => {
  const { stalls, after } = open(false, 50_000_000);
  for (let bytes = 1; bytes < 20; bytes += 1) {
    expect(after(119_000)).toBe(false);
    stalls.moved(1, bytes);
  }
  // The same again is no movement.
  stalls.moved(1, 19);
  expect(after(119_000)).toBe(false);
  stalls.moved(1, 19);
  expect(after(1000)).toBe(true);
});

it('waits for the answer to what has gone for as long as the system may hold it back, and longer where all of it goes on from there', () => {
  for (const [isOwnServer, mostMs] of [
    [false, 300_000 + 200_000],
    [true, 300_000 + 2_500_000],
  ] as const) {
    const { stalls, after } = open(isOwnServer, 50_000_000);
    stalls.moved(1, 50_000_000);
    expect(after(mostMs - 2000)).toBe(false);
    expect(after(2000)).toBe(true);
  }
});

it('forgets what has ended', () => {
  const { stalls, after } = open(false, 10);
  stalls.ended(1);
  expect(after(10_000_000)).toBe(false);
});
