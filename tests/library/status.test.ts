import { describe, expect, it } from 'vitest';
import { trafficDay } from '../../src/library/watching/traffic-day.ts';
import { openBench } from '../store/setup.ts';

const MINUTE = 60_000;

describe('the traffic of the last day', () => {
  it('is ninety-six quarters of an hour, of which the last one runs', () => {
    const { store, clock } = openBench();
    clock.move(7 * MINUTE);
    store.watching.addTraffic(42_000_000);
    const { bytes, bars } = trafficDay(store, undefined, clock.now());
    expect([bytes, bars.length]).toEqual([42_000_000, 96]);
    expect(bars.at(-1)).toEqual({ from: clock.now() - 7 * MINUTE, bytes: 42_000_000, bytesPerSecond: 100_000 });
    expect(bars.slice(0, -1).every((bar) => bar.bytes === 0)).toBe(true);
  });

  it('takes a minute at least for a basis, and forgets a quarter of an hour when a day later another one begins', () => {
    const { store, clock } = openBench();
    store.watching.addTraffic(600);
    expect(trafficDay(store, undefined, clock.now()).bars.at(-1)?.bytesPerSecond).toBe(10);
    clock.move(24 * 60 * MINUTE - 1);
    expect(trafficDay(store, undefined, clock.now()).bars[0]?.bytes).toBe(600);
    clock.move(1);
    expect(trafficDay(store, undefined, clock.now()).bytes).toBe(0);
  });
});
