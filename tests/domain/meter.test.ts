import { describe, expect, it } from 'vitest';
import { createMeter, type Meter } from '../../src/domain/meter.ts';

const START = Date.UTC(2026, 10, 21);
const MB = 1_000_000;

/** A transfer that receives `perSecond` bytes from second `from` up to second `to`, sampled once a second. */
const receive = (meter: Meter, { perSecond, from, to }: { perSecond: number; from: number; to: number }, base = 0) => {
  for (let second = from; second <= to; second += 1) {
    const bytes = base + (second - from) * perSecond;
    meter.sample({ ready: bytes, received: bytes }, START + second * 1000);
  }
};

describe('speed', () => {
  it('is not told until there is enough to say', () => {
    const meter = createMeter();
    expect(meter.bytesPerSecond(START)).toBeUndefined();
    meter.sample({ ready: 0, received: 0 }, START);
    meter.sample({ ready: MB, received: MB }, START + 1000);
    expect(meter.bytesPerSecond(START + 1000)).toBeUndefined();
    meter.sample({ ready: 2 * MB, received: 2 * MB }, START + 2000);
    expect(meter.bytesPerSecond(START + 2000)).toBe(MB);
  });

  it('is that of the last 15 seconds', () => {
    const meter = createMeter();
    receive(meter, { perSecond: 10 * MB, from: 0, to: 60 });
    receive(meter, { perSecond: MB, from: 60, to: 75 }, 600 * MB);
    expect(meter.bytesPerSecond(START + 75_000)).toBeCloseTo(MB);
  });

  it('sinks while nothing comes, sampled or not', () => {
    const meter = createMeter();
    receive(meter, { perSecond: MB, from: 0, to: 10 });
    expect(meter.bytesPerSecond(START + 20_000)).toBeCloseTo(MB / 2);
    for (let second = 11; second <= 40; second += 1) {
      meter.sample({ ready: 10 * MB, received: 10 * MB }, START + second * 1000);
    }
    expect(meter.bytesPerSecond(START + 40_000)).toBe(0);
  });

  it('does not count the time before the first byte', () => {
    const meter = createMeter();
    for (let second = 0; second <= 30; second += 1) meter.sample({ ready: 0, received: 0 }, START + second * 1000);
    receive(meter, { perSecond: MB, from: 30, to: 33 });
    expect(meter.bytesPerSecond(START + 33_000)).toBe(MB);
  });

  it('does not count what others had received before', () => {
    const meter = createMeter();
    receive(meter, { perSecond: MB, from: 0, to: 5 }, 500 * MB);
    expect(meter.bytesPerSecond(START + 5000)).toBe(MB);
  });

  it.each([6, 60, 8 * 3600])('is not made of the %i s in which the program stood still', (stoodS) => {
    const meter = createMeter();
    receive(meter, { perSecond: MB, from: 0, to: 10 });
    const woken = 10 + stoodS;
    // What the kernel has taken in meanwhile is read in the first seconds.
    receive(meter, { perSecond: 15 * MB, from: woken, to: woken + 2 }, 11 * MB);
    expect(meter.bytesPerSecond(START + (woken + 2) * 1000)).toBeUndefined();
    expect(meter.etaMs(100 * MB, START + (woken + 2) * 1000)).toBeUndefined();
    receive(meter, { perSecond: MB, from: woken + 3, to: woken + 7 }, 42 * MB);
    expect(meter.bytesPerSecond(START + (woken + 7) * 1000)).toBe(MB);
    expect(meter.etaMs(100 * MB, START + (woken + 7) * 1000)).toBe(54_000);
  });
});

describe('time left', () => {
  it('is what is missing at that speed', () => {
    const meter = createMeter();
    receive(meter, { perSecond: MB, from: 0, to: 10 });
    expect(meter.etaMs(100 * MB, START + 10_000)).toBeCloseTo(90_000);
    expect(meter.etaMs(10 * MB, START + 10_000)).toBe(0);
  });

  it('is not told before the first byte, nor while nothing has moved for more than five seconds', () => {
    const meter = createMeter();
    meter.sample({ ready: 0, received: 0 }, START);
    expect(meter.etaMs(MB, START + 3000)).toBeUndefined();
    receive(meter, { perSecond: MB, from: 3, to: 10 });
    meter.sample({ ready: 7 * MB, received: 7 * MB }, START + 14_000);
    expect(meter.etaMs(100 * MB, START + 15_000)).toBeDefined();
    expect(meter.etaMs(100 * MB, START + 15_001)).toBeUndefined();
    meter.sample({ ready: 8 * MB, received: 8 * MB }, START + 16_000);
    expect(meter.etaMs(100 * MB, START + 16_000)).toBeDefined();
  });
});

describe('what is shown as there', () => {
  it('does not go back while a new run still looks at what the last one left', () => {
    const meter = createMeter(60);
    expect(meter.ready()).toBe(60);
    const shown = [0, 20, 40, 59, 61].map((ready, second) => {
      meter.sample({ ready, received: 0 }, START + second * 1000);
      return meter.ready();
    });
    expect(shown).toEqual([60, 60, 60, 60, 61]);
  });

  it('is the truth from the first byte on', () => {
    const meter = createMeter(60);
    meter.sample({ ready: 55, received: 1 }, START);
    expect(meter.ready()).toBe(55);
  });

  it('goes back when data was thrown away', () => {
    const meter = createMeter(60);
    meter.sample({ ready: 70, received: 0 }, START);
    meter.sample({ ready: 10, received: 0 }, START + 1000);
    expect(meter.ready()).toBe(10);
  });
});
