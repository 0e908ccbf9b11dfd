import { describe, expect, it } from 'vitest';
import { createLive, type Live, type LiveOptions } from '../../src/queue/run/live.ts';
import type { CopyState } from '../../src/copies/executor.ts';

const START = Date.UTC(2026, 10, 21);
const TOTAL = 100_000_000;

const FIRST: CopyState = {
  phase: 'checking',
  bytesTotal: TOTAL,
  bytesReady: 0,
  bytesReceived: 0,
  filesTotal: 3,
  filesDone: 0,
  lastByteAt: 0,
  connections: 0,
};

/** A run whose transfer says what it is told to. */
const watch = (options: Partial<LiveOptions> = {}): { live: Live; says: (state: Partial<CopyState>) => void } => {
  let state = FIRST;
  return {
    live: createLive({ state: () => state }, { startedAt: START, readyBefore: 0, joins: false, ...options }),
    says: (change) => {
      state = { ...state, ...change };
    },
  };
};

const receiving = (bytes: number, at: number): Partial<CopyState> => ({
  phase: 'receiving',
  bytesReady: bytes,
  bytesReceived: bytes,
  lastByteAt: at,
});

describe('a live snapshot', () => {
  it('tells speed, time left and how long nothing has come, while bytes are expected', () => {
    const { live, says } = watch();
    live.sample(START);
    for (let second = 1; second <= 10; second += 1) {
      says(receiving(second * 1_000_000, START + second * 1000));
      live.sample(START + second * 1000);
    }
    expect(live.snapshot(START + 12_000)).toMatchObject({
      phase: 'receiving',
      bytesReady: 10_000_000,
      idleMs: 2000,
    });
    expect(live.snapshot(START + 12_000).bytesPerSecond).toBeCloseTo(10_000_000 / 12);
    expect(live.snapshot(START + 12_000).etaMs).toBeCloseTo(108_000);
    says({ phase: 'verifying' });
    expect(live.snapshot(START + 60_000)).toMatchObject({ idleMs: 0, bytesPerSecond: undefined, etaMs: undefined });
  });

  it('counts of a run that went on while nobody heard of it what is there more than was noted', () => {
    const { live, says } = watch({ readyBefore: 4_000_000 });
    live.sample(START);
    says({ ...receiving(7_000_000, START), bytesReceived: 9_000_000, ranBefore: true });
    expect(live.bytes(START)).toMatchObject({ ready: 7_000_000, received: 3_000_000 });
    says({ bytesReady: 8_000_000, bytesReceived: 10_000_000 });
    expect(live.bytes(START + 1000)).toMatchObject({ ready: 8_000_000, received: 4_000_000 });
  });

  it('forgets no work when it is looked once more at what is on disk', () => {
    const { live, says } = watch();
    live.sample(START);
    says(receiving(1_000_000, START + 1000));
    for (let second = 1; second <= 10; second += 1) live.sample(START + second * 1000);
    says({ phase: 'checking' });
    for (let second = 11; second <= 60; second += 1) live.sample(START + second * 1000);
    says({ phase: 'receiving' });
    expect(live.snapshot(START + 61_000).idleMs).toBe(1000);
    expect(live.activeMs(START + 61_000)).toBe(11_000);
  });

  it('does not take the look at what is on disk for silence of the network, nor for work', () => {
    const { live, says } = watch();
    for (let second = 0; second <= 90; second += 1) live.sample(START + second * 1000);
    says({ phase: 'receiving' });
    expect(live.snapshot(START + 91_000).idleMs).toBe(1000);
    expect(live.activeMs(START + 95_000)).toBe(5000);
  });

  it('does not show less than the run before had, while it looks at what is on disk', () => {
    const { live, says } = watch({ readyBefore: 60_000_000 });
    expect(live.snapshot(START).bytesReady).toBe(60_000_000);
    says({ bytesReady: 20_000_000 });
    expect(live.snapshot(START + 1000).bytesReady).toBe(60_000_000);
    expect(live.bytes(START + 1000).ready).toBe(60_000_000);
    says({ phase: 'receiving', bytesReady: 59_000_000, bytesReceived: 1000 });
    expect(live.snapshot(START + 2000).bytesReady).toBe(59_000_000);
  });

  it('never shows more than all', () => {
    const { live } = watch({ readyBefore: TOTAL + 1 });
    expect(live.snapshot(START).bytesReady).toBe(TOTAL);
    expect(live.bytes(START).ready).toBe(TOTAL);
  });

  it('does not claim what another chat’s transfer had received before it joined', () => {
    const { live, says } = watch({ joins: true });
    live.sample(START);
    says(receiving(40_000_000, START + 1000));
    live.sample(START + 1000);
    says(receiving(50_000_000, START + 2000));
    expect(live.bytes(START + 2000)).toEqual({ ready: 50_000_000, total: TOTAL, received: 10_000_000 });
  });

  it('takes no time in which the program stood still for work, nor for silence of the network', () => {
    const { live, says } = watch();
    says(receiving(1_000_000, START));
    for (let second = 0; second <= 10; second += 1) live.sample(START + second * 1000);
    expect(live.snapshot(START + 12_000)).toMatchObject({ idleMs: 12_000 });
    const woken = live.snapshot(START + 72_000);
    expect(woken).toMatchObject({ idleMs: 0, bytesPerSecond: undefined, etaMs: undefined });
    expect(live.snapshot(START + 74_000)).toMatchObject({ idleMs: 2000 });
    expect(live.activeMs(START + 75_000)).toBe(15_000);
  });
});
