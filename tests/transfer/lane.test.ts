import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { adapt, count, createLane, recover } from '../../src/transfer/engine/lane.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const reset = new AppError('unreachable', 'The connection broke.');

/** How many connections a lane of 16 uses after ranges that were held by the limit, or were not. */
const after = (jobs: number, held: readonly boolean[]): number => {
  const lane = createLane(16, 16);
  for (let at = 0; at < jobs; at += 1) count(lane, {}, 1);
  for (const isHeld of held) adapt(lane, undefined, isHeld, NOW);
  return lane.limit;
};
const times = (number: number, isHeld: boolean): boolean[] => Array.from({ length: number }, () => isHeld);

describe('connections under a bandwidth limit', () => {
  it('become fewer while they mostly wait for it, down to a quarter', () => {
    expect(after(1, times(5, true))).toBe(11);
    expect(after(1, times(50, true))).toBe(4);
  });

  it('stay as many as there are jobs', () => {
    expect(after(7, times(50, true))).toBe(7);
    expect(after(40, times(50, true))).toBe(16);
  });

  it('become more when they do not wait any more', () => {
    expect(after(1, [...times(50, true), ...times(3, false)])).toBe(7);
    expect(after(1, [...times(50, true), ...times(50, false)])).toBe(16);
  });

  it('do not become more with time while they wait, unless a job comes', () => {
    const lane = createLane(16, 16);
    for (const isHeld of times(50, true)) adapt(lane, undefined, isHeld, NOW);
    recover(lane, NOW + 60_000);
    expect(lane.limit).toBe(4);
    for (let at = 0; at < 6; at += 1) count(lane, {}, 1);
    recover(lane, NOW + 60_000);
    expect(lane.limit).toBe(6);
  });
});

describe('connections that break', () => {
  it('are fewer by a quarter once a second, and more with every second that goes well', () => {
    const lane = createLane(16, 16);
    for (let at = 0; at < 5; at += 1) adapt(lane, reset, true, NOW);
    expect(lane.limit).toBe(12);
    recover(lane, NOW + 999);
    expect(lane.limit).toBe(12);
    recover(lane, NOW + 1000);
    expect(lane.limit).toBe(13);
  });
});
