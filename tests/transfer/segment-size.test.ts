import { describe, expect, it } from 'vitest';
import type { Taker } from '../../src/transfer/engine/fair-share.ts';
import { segmentBytesFor } from '../../src/transfer/engine/segment-size.ts';

const MIB = 1024 * 1024;
const job: Taker = {};
const other: Taker = {};

/** How long the next segment of the first job's file is, where so many bytes of its files are left. */
const next = (
  leftBytes: number,
  { connections = 16, taken = 10_000 * MIB, jobs = [job], waiting = 0 } = {},
): number => {
  const entryOf = (taker: Taker, left: number) => ({
    takers: [taker],
    busy: 0,
    leaving: 0,
    blob: { leftBytes: () => left },
  });
  const entry = entryOf(job, leftBytes);
  const lane = {
    jobs: new Map(jobs.map((taker) => [taker, 1])),
    opened: new Set([entryOf(other, 10_000 * MIB), entry]),
    waiting: new Set([entryOf(job, waiting)]),
  };
  return segmentBytesFor(entry, lane, connections, taken);
};

describe('the next segment of a long file', () => {
  it('is at most 32 MiB long, and all that are under way together 256', () => {
    expect(next(10_000 * MIB, { connections: 4 })).toBe(32 * MIB);
    expect(next(10_000 * MIB, { connections: 16 })).toBe(16 * MIB);
    expect(next(10_000 * MIB, { connections: 64 })).toBe(4 * MIB);
  });

  it('is at most a quarter of what was given out before, so that the first ones are short', () => {
    expect(next(10_000 * MIB, { taken: 0 })).toBe(2 * MIB);
    expect(next(10_000 * MIB, { taken: 20 * MIB })).toBe(5 * MIB);
  });

  it('is an even share of what is left, so that all connections end together', () => {
    expect(next(80 * MIB)).toBe(5 * MIB);
    expect(next(16 * MIB)).toBe(2 * MIB);
    expect(next(MIB)).toBe(2 * MIB);
  });

  it('counts what waits of the same job, and nothing of another’s', () => {
    expect(next(40 * MIB, { waiting: 40 * MIB })).toBe(5 * MIB);
  });

  it('is longer where jobs share the connections, since each has fewer', () => {
    expect(next(80 * MIB, { jobs: [job, other] })).toBe(10 * MIB);
  });
});
