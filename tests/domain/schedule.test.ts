import { describe, expect, it } from 'vitest';
import { parseTime, SCHEDULE_TYPES, validateSchedule } from '../../src/domain/schedule/schedule.ts';

const daily = { name: 'nightly', type: 'daily', time: '23:00' } as const;
const weekly = { ...daily, type: 'weekly', dayOfWeek: 4 } as const;
const custom = { ...daily, type: 'custom', cron: '0 2 * * 1-5' } as const;

describe('validateSchedule', () => {
  it.each(['00:00', '09:05', '19:59', '20:00', '23:59'])('takes the time %s', (time) => {
    expect(() => validateSchedule({ ...daily, time })).not.toThrow();
  });

  it.each(['24:00', '23:60', '9:05', '0905', '23:0', '23:00:00', ' 23:00', '11pm', '', '2３:00'])(
    'refuses the time “%s”',
    (time) => {
      expect(() => validateSchedule({ ...daily, time })).toThrow('The time is HH:MM in 24 hours');
    },
  );

  it('refuses a schedule without a time', () => {
    expect(() => validateSchedule({ name: 'nightly', type: 'daily' })).toThrow('The time is HH:MM');
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('takes day %i of the week', (dayOfWeek) => {
    expect(() => validateSchedule({ ...weekly, dayOfWeek })).not.toThrow();
  });

  it.each([-1, 7, 1.5, Number.NaN])('refuses day %d of the week', (dayOfWeek) => {
    expect(() => validateSchedule({ ...weekly, dayOfWeek })).toThrow('The day is 0 (Monday) to 6 (Sunday).');
  });

  it('wants a day for a weekly one', () => {
    expect(() => validateSchedule({ ...daily, type: 'weekly' })).toThrow('A weekly schedule needs a day.');
    expect(() => validateSchedule({ ...weekly, dayOfWeek: null })).toThrow('A weekly schedule needs a day.');
  });

  it('wants a cron expression for a custom one, and for no other', () => {
    expect(() => validateSchedule(custom)).not.toThrow();
    expect(() => validateSchedule({ ...daily, type: 'custom' })).toThrow('needs a cron expression');
    expect(() => validateSchedule({ ...custom, type: 'daily' })).toThrow('only a custom one');
    expect(() => validateSchedule({ ...daily, cron: null })).not.toThrow();
  });

  it('knows three types', () => {
    expect(SCHEDULE_TYPES).toEqual(['daily', 'weekly', 'custom']);
    expect(() => validateSchedule({ ...daily, type: 'hourly' as 'daily' })).toThrow(
      'A schedule is daily, weekly or custom.',
    );
  });

  it.each([0, 11, 2.5, -1])('refuses %d downloads at once', (maxConcurrentDownloads) => {
    expect(() => validateSchedule({ ...daily, maxConcurrentDownloads })).toThrow('1 to 10 models at once');
  });

  it.each([1, 10])('takes %i downloads at once', (maxConcurrentDownloads) => {
    expect(() => validateSchedule({ ...daily, maxConcurrentDownloads })).not.toThrow();
  });

  it.each(['', '   ', 'x'.repeat(65)])('refuses the name “%s”', (name) => {
    expect(() => validateSchedule({ ...daily, name })).toThrow('A schedule needs a name of 1 to 64 characters.');
  });

  it('says all this as a validation error', () => {
    expect(() => validateSchedule({ ...daily, name: '' })).toThrow(expect.objectContaining({ code: 'validation' }));
  });
});

describe('parseTime', () => {
  it.each([
    ['7:05', '07:05'],
    ['23.00', '23:00'],
    ['9:15 pm', '21:15'],
    ['11PM', '23:00'],
    ['12:30 a.m.', '00:30'],
    ['12pm', '12:00'],
  ])('reads %s as %s', (typed, time) => {
    expect(parseTime(typed)).toBe(time);
  });

  it.each(['7', '24:00', '13:00 pm', '0am', '7:5', '7:60', '07:05:00', '-1:00', ''])(
    'takes “%s” for no time',
    (typed) => {
      expect(parseTime(typed)).toBeUndefined();
    },
  );
});
