import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { nextNight, startHousekeeping } from '../../src/schedule/housekeeping.ts';
import { createTestClock } from '../helpers/clock.ts';

const next = (zone: string, after: string): string => new Date(nextNight(zone, Date.parse(after))).toISOString();

describe('the nightly round', () => {
  it('comes at the same local minute whatever the zone', () => {
    expect(next('UTC', '2026-11-21T12:00:00Z')).toBe('2026-11-22T04:17:00.000Z');
    expect(next('Asia/Kolkata', '2026-11-21T12:00:00Z')).toBe('2026-11-21T22:47:00.000Z');
    expect(next('America/New_York', '2026-11-21T12:00:00Z')).toBe('2026-11-22T09:17:00.000Z');
  });

  it('moves with daylight saving', () => {
    expect(next('Europe/Berlin', '2026-03-28T12:00:00Z')).toBe('2026-03-29T02:17:00.000Z');
    expect(next('Europe/Berlin', '2026-10-24T12:00:00Z')).toBe('2026-10-25T03:17:00.000Z');
  });

  it('is always ahead', () => {
    expect(next('UTC', '2026-11-22T04:17:00Z')).toBe('2026-11-23T04:17:00.000Z');
  });
});

describe('what is done every night', () => {
  const HOUR = 3_600_000;

  /** Begun at noon in UTC. @returns what was done by each look: `1` for a round */
  const begin = () => {
    const clock = createTestClock(Date.parse('2026-11-21T12:00:00Z'));
    let rounds = 0;
    const { look, close } = startHousekeeping({
      timeZone: 'UTC',
      clock,
      work: () => void (rounds += 1),
      onError: (error) => {
        throw error;
      },
    });
    onTestFinished(close);
    return { clock, look, rounds: () => rounds };
  };

  it('is done once a night', async () => {
    const { clock, look, rounds } = begin();
    for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
      clock.pass(60_000);
      await look();
    }
    expect(rounds()).toBe(3);
  });

  it('is done at its time although the machine slept until an hour before', async () => {
    const { clock, look, rounds } = begin();
    clock.turn(15 * HOUR);
    await look();
    expect(rounds()).toBe(0);
    clock.pass(2 * HOUR);
    await look();
    expect(rounds()).toBe(1);
  });

  it('is done once when the machine wakes from nights that it slept through', async () => {
    const { clock, look, rounds } = begin();
    clock.turn(3 * 24 * HOUR);
    await look();
    await look();
    expect(rounds()).toBe(1);
  });

  it('does not wait for a night that lies ahead only because the clock was set back', async () => {
    const { clock, look, rounds } = begin();
    clock.turn(-30 * 24 * HOUR);
    await look();
    clock.pass(24 * HOUR);
    await look();
    expect(rounds()).toBe(1);
  });

  it('is tried again soon while the database is busy, and not for a fault of ours', async () => {
    const clock = createTestClock(Date.parse('2026-11-22T04:16:00Z'));
    const failures = [
      new AppError('unavailable', 'The database is busy: another program is writing to it.'),
      new AppError('no_space', 'The disk is full.'),
      new TypeError('a bug'),
    ];
    let tries = 0;
    const { look, close } = startHousekeeping({
      timeZone: 'UTC',
      clock,
      work: () => {
        tries += 1;
        const failed = failures.shift();
        if (failed) throw failed;
      },
      onError: () => undefined,
    });
    onTestFinished(close);
    for (let minute = 0; minute < 10; minute += 1) {
      clock.pass(60_000);
      await look().catch(() => undefined);
    }
    expect(tries).toBe(3);
  });
});
