import { describe, expect, it } from 'vitest';
import { completeSchedule, parseSchedule, SCHEDULE_OPTIONS } from '../../src/bot/schedules/parse.ts';
import { parseArguments } from '../../src/bot/ui/arguments.ts';

const read = (line: string): object => {
  const { words, options } = parseArguments(line, SCHEDULE_OPTIONS);
  return completeSchedule(parseSchedule(words, options));
};

describe('the line behind /schedule add', () => {
  it.each([
    ['daily 23:00', { type: 'daily', time: '23:00' }],
    ['23:00', { type: 'daily', time: '23:00' }],
    ['daily 7:05 until 9:00', { type: 'daily', time: '07:05', until: '09:00' }],
    // xibosignage/xibo-dotnetclient#164: the end of a window that is the end of its day.
    ['daily 07:00 until 00:00', { type: 'daily', time: '07:00', until: '00:00' }],
    ['daily 07:00 until 24:00', { type: 'daily', time: '07:00', until: '00:00' }],
    ['daily 7:00 - 24.00', { type: 'daily', time: '07:00', until: '00:00' }],
    ['daily 23:00 – 07:00', { type: 'daily', time: '23:00', until: '07:00' }],
    [
      'weekly fri 14:00 until 18:00 name=friday',
      { type: 'weekly', dayOfWeek: 4, time: '14:00', until: '18:00', name: 'friday' },
    ],
    ['Sunday 03:00', { type: 'weekly', dayOfWeek: 6, time: '03:00' }],
    ['weekend 10:00', { type: 'custom', cron: '0 10 * * 6,0', time: '10:00' }],
    ['weekly sat,sun 10:00', { type: 'custom', cron: '0 10 * * 6,0', time: '10:00' }],
    ['weekly fri sat 14:00', { type: 'custom', cron: '0 14 * * 5,6', time: '14:00' }],
    ['Saturdays and Sundays 9:30 pm', { type: 'custom', cron: '30 21 * * 6,0', time: '21:30' }],
    ['mon-fri 22:00 until 6:00', { type: 'custom', cron: '0 22 * * 1,2,3,4,5', time: '22:00', until: '06:00' }],
    ['weekdays 22:00', { type: 'custom', cron: '0 22 * * 1,2,3,4,5', time: '22:00' }],
    ['fri-mon 22:00', { type: 'custom', cron: '0 22 * * 1,5,6,0', time: '22:00' }],
    ['mon-sun 22:00', { type: 'daily', time: '22:00' }],
    ['time=10:00 day=weekend', { type: 'custom', cron: '0 10 * * 6,0', time: '10:00' }],
    ['custom "30 2 * * 1-5"', { type: 'custom', cron: '30 2 * * 1-5', time: '00:00' }],
    ['custom 30 2 * * 1-5 until 06:00', { type: 'custom', cron: '30 2 * * 1-5', time: '00:00', until: '06:00' }],
    ['cron="*/5 * * * *"', { type: 'custom', cron: '*/5 * * * *', time: '00:00' }],
    ['--type daily --time "23:00" --name "nightly"', { type: 'daily', time: '23:00', name: 'nightly' }],
    ['—type weekly —time “14:00” —day friday', { type: 'weekly', time: '14:00', dayOfWeek: 4 }],
    ['23:00 limit=5MB max=2', { type: 'daily', time: '23:00', limitBytes: 5_000_000, maxConcurrentDownloads: 2 }],
    ['23:00 limit=1.5MB/s until=none', { type: 'daily', time: '23:00', limitBytes: 1_500_000, until: null }],
  ])('“%s” is understood', (line, schedule) => {
    expect(read(line)).toEqual(schedule);
  });

  it.each([
    ['', 'When does it begin?'],
    ['daily', 'When does it begin?'],
    ['weekly 14:00', 'needs a day'],
    ['custom', 'needs a cron expression'],
    ['daily 25:00', '“25:00” is no time'],
    ['daily 24:00', '“24:00” is no time'],
    ['daily 07:00 until 24:30', '“24:30” is no time'],
    ['daily 23', '“23” is no time'],
    ['hourly 23:00', 'I do not understand “hourly”'],
    ['daily fri 23:00', 'I do not understand “fri”'],
    ['time=10:00 day=sat,moon', 'is no day. Write mon to sun'],
    ['weekly fri,xyz 14:00', 'I do not understand “fri,xyz”'],
    ['and 14:00', 'I do not understand “and”'],
    ['daily 23:00 until', 'Behind “until” stands one time'],
    ['daily 23:00 until 7', '“7” is no time'],
    ['--type weekly --time 14:00 --day 5', 'by its name, such as fri'],
    ['23:00 limit=0', 'limit= is a size per second'],
    ['23:00 limit=fast', 'limit= is a size per second'],
    ['23:00 max=0', 'max= is how many'],
    ['23:00 max=11', 'max= is how many'],
    ['23:00 speed=5', 'There is no option “speed”'],
  ])('“%s” is refused: %s', (line, sentence) => {
    expect(() => read(line)).toThrow(sentence);
  });
});

it('/schedule edit takes only what was said', () => {
  expect(parseSchedule([], { until: 'none', max: '3' })).toEqual({ until: null, maxConcurrentDownloads: 3 });
  expect(parseSchedule(['22:00', 'until', '6:00'], {})).toEqual({ time: '22:00', until: '06:00' });
  expect(parseSchedule([], {})).toEqual({});
});
