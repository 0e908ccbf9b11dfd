import { describe, expect, it } from 'vitest';
import { createSpeedLimit, parseSpeedPlan, type SpeedPlan } from '../../src/domain/schedule/speed-plan.ts';

const at = (time: string, zone = 'UTC', plan = '08:00-18:00 5MB, 22:00-06:00 none', otherwise = 20_000_000): unknown =>
  createSpeedLimit(parseSpeedPlan(plan) as SpeedPlan, zone, () => otherwise)(Date.parse(`2026-11-21T${time}Z`));

describe('a plan of speeds', () => {
  it.each([
    ['07:59:59', 20_000_000],
    ['08:00:00', 5_000_000],
    ['17:59:59', 5_000_000],
    ['18:00:00', 20_000_000],
    ['22:00:00', undefined],
    ['23:59:59', undefined],
    ['00:00:00', undefined],
    ['05:59:59', undefined],
    ['06:00:00', 20_000_000],
  ])('says at %s: %s', (time, limit) => {
    expect(at(time)).toBe(limit);
  });

  it('goes by the clock of its zone, half hours too', () => {
    expect(at('02:29:59', 'Asia/Kolkata')).toBe(20_000_000);
    expect(at('02:30:00', 'Asia/Kolkata')).toBe(5_000_000);
  });

  it('changes while it is asked', () => {
    const limit = createSpeedLimit(parseSpeedPlan('08:00-18:00 5MB') as SpeedPlan, 'UTC', () => undefined);
    const eight = Date.parse('2026-11-21T08:00:00Z');
    expect([eight - 1, eight, eight + 1].map(limit)).toEqual([undefined, 5_000_000, 5_000_000]);
  });

  it('lets the first of two that overlap hold', () => {
    expect(at('09:00:00', 'UTC', '08:00-10:00 1MB,06:00-12:00 2MB')).toBe(1_000_000);
  });

  it.each(['8:00–18:00 5MB', '08:00-18:00=5MB/s', '22:00-24:00 1GB', '08:00 - 18:00 none'])(
    'is read from “%s”',
    (text) => {
      expect(parseSpeedPlan(text)).toHaveLength(1);
    },
  );

  it.each([
    '',
    '5MB',
    '08:00-18:00',
    '08:00-08:00 5MB',
    '25:00-26:00 5MB',
    '08:00-18:00 0',
    '08:00-18:00 fast',
    '08:00-18:00 5MB,',
  ])('is not read from “%s”', (text) => {
    expect(parseSpeedPlan(text)).toBeUndefined();
  });
});
