import { describe, expect, it } from 'vitest';
import { cronOfDays, DAYS, daysOfCron, describeDays, nameDays, parseDays } from '../../src/domain/schedule/weekdays.ts';

const somes = Array.from({ length: 127 }, (_, bits) =>
  DAYS.flatMap((_day, day) => ((bits + 1) & (2 ** day) ? [day] : [])),
);

describe('days of the week', () => {
  it.each([
    ['fri', [4]],
    ['Fridays', [4]],
    ['sat,sun', [5, 6]],
    ['sun+sat', [5, 6]],
    ['weekend', [5, 6]],
    ['Week-Ends', [5, 6]],
    ['mon-fri', [0, 1, 2, 3, 4]],
    ['workdays', [0, 1, 2, 3, 4]],
    ['fri–mon', [0, 4, 5, 6]],
    ['mon,wed-thu,mon', [0, 2, 3]],
    ['everyday', [0, 1, 2, 3, 4, 5, 6]],
  ])('“%s” names days %j', (text, days) => {
    expect(parseDays(text)).toEqual(days);
  });

  it.each(['', ',', 'fr', 'moon', 'sat,moon', '5', 'mon-', 'mon-tue-wed', '-fri', 'weekend-mon'])(
    '“%s” names none',
    (text) => {
      expect(parseDays(text)).toBeUndefined();
    },
  );

  it('all of them come back from cron as they were, Sunday too', () => {
    for (const days of somes) expect(daysOfCron(cronOfDays(days, '07:05'))).toEqual({ days, time: '07:05' });
  });

  it.each([
    ['30 2 * * 1-5', [0, 1, 2, 3, 4]],
    ['30 2 * * mon,SUN', [0, 6]],
    ['30 2 * * 7', [6]],
    ['30 2 * * 5-7', [4, 5, 6]],
    ['30  2 * * *', [0, 1, 2, 3, 4, 5, 6]],
  ])('typed cron %s means days %j', (cron, days) => {
    expect(daysOfCron(cron)).toEqual({ days, time: '02:30' });
  });

  it.each([
    '*/5 * * * *',
    '30 2,14 * * 1',
    '30 2 1 * 1',
    '30 2 * 6 1',
    '30 2 * * 1#2',
    '30 2 * * 1L',
    '30 2 * * */2',
    '',
  ])('cron %s says more than days', (cron) => {
    expect(daysOfCron(cron)).toBeUndefined();
  });

  it.each([
    [[4], 'Fridays', 'friday'],
    [[5, 6], 'Saturdays and Sundays', 'weekend'],
    [[0, 1, 2, 3, 4], 'Mondays to Fridays', 'weekdays'],
    [[0, 2, 4], 'Mondays, Wednesdays and Fridays', 'mon-wed-fri'],
    [[0, 1, 2, 3, 4, 5, 6], 'every day', 'mon-tue-wed-thu-fri-sat-sun'],
  ])('%j are “%s”', (days, words, name) => {
    expect(describeDays(days)).toBe(words);
    expect(nameDays(days)).toBe(name);
  });
});
