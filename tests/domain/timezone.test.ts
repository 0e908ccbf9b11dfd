import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CITIES, RENAMED } from '../../src/domain/schedule/timezone-names.ts';
import {
  changeBetween,
  formatLocal,
  isTimezone,
  localTime,
  offsetMs,
  searchTimezones,
  timezoneLabel,
  timezonesByLocalTime,
} from '../../src/domain/schedule/timezone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('isTimezone', () => {
  it('makes what tells its time once: the board asks it of each card it looks at', () => {
    expect(isTimezone('Asia/Kathmandu')).toBe(true);
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    onTestFinished(() => made.mockRestore());
    expect([isTimezone('Asia/Kathmandu'), isTimezone('asia/KATHMANDU')]).toEqual([true, true]);
    expect(made).not.toHaveBeenCalled();
  });

  it.each([
    'Europe/Berlin',
    'europe/berlin',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'America/Argentina/Ushuaia',
    'UTC',
    'CET',
  ])('takes %s', (name) => {
    expect(isTimezone(name)).toBe(true);
  });

  it.each(['', 'Berlin', 'Europe/Atlantis', 'UTC+1', '+01:00', 'PST', 'AST', 'Europe/Berlin ', '../etc/passwd'])(
    'refuses “%s”',
    (name) => {
      expect(isTimezone(name)).toBe(false);
    },
  );
});

describe('searchTimezones', () => {
  it.each([
    ['new york', 'America/New_York'],
    ['New_York', 'America/New_York'],
    ['america/new_york', 'America/New_York'],
    ['kolkata', 'Asia/Kolkata'],
    ['calcutta', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['sao paulo', 'America/Sao_Paulo'],
    ['São Paulo', 'America/Sao_Paulo'],
    ['Munich', 'Europe/Berlin'],
    ['MÜNCHEN', 'Europe/Berlin'],
    ['San Francisco', 'America/Los_Angeles'],
    ['Mumbai', 'Asia/Kolkata'],
    ['Beijing', 'Asia/Shanghai'],
    ['Delhi', 'Asia/Kolkata'],
    ['Washington', 'America/New_York'],
    ['Seattle', 'America/Los_Angeles'],
    ['Hamburg', 'Europe/Berlin'],
    ['Milan', 'Europe/Rome'],
    ['Barcelona', 'Europe/Madrid'],
    ['Genève', 'Europe/Zurich'],
    ['Rio', 'America/Sao_Paulo'],
    ['rio de janeiro', 'America/Sao_Paulo'],
    ['Wrocław', 'Europe/Warsaw'],
    ['Tromsø', 'Europe/Oslo'],
    ['Москва', 'Europe/Moscow'],
    ['北京', 'Asia/Shanghai'],
    ['kiev', 'Europe/Kyiv'],
    ['Ho Chi Minh', 'Asia/Ho_Chi_Minh'],
    ['buenos aires', 'America/Argentina/Buenos_Aires'],
    ['nuuk', 'America/Nuuk'],
    ['berlin, germany', 'Europe/Berlin'],
    ['India', 'Asia/Kolkata'],
    ['utc', 'UTC'],
    ['PST', 'America/Los_Angeles'],
    ['US/Pacific', 'America/Los_Angeles'],
    ['Etc/GMT-3', 'Etc/GMT-3'],
    ['berln', 'Europe/Berlin'],
    ['hamberg', 'Europe/Berlin'],
  ])('“%s” is %s', (words, timezone) => {
    expect(searchTimezones(words, 5)[0]).toBe(timezone);
  });

  it.each(['', '   ', '/', 'xq', 'zzzzzzzzzz', '?'])('“%s” is nowhere', (words) => {
    expect(searchTimezones(words, 5)).toEqual([]);
  });

  it('names all that an abbreviation can mean', () => {
    expect(searchTimezones('IST', 3)).toEqual(['Asia/Kolkata', 'Europe/Dublin', 'Asia/Jerusalem']);
  });

  it('gives the places that most people live in first, and no more than asked for', () => {
    expect(searchTimezones('europe', 3)).toEqual(['Europe/Berlin', 'Europe/London', 'Europe/Paris']);
    expect(searchTimezones('europe', 0)).toEqual([]);
    expect(searchTimezones('europe/paris', 0)).toEqual([]);
  });

  it('finds every zone by its name, and by what ICU calls it', () => {
    for (const name of Intl.supportedValuesOf('timeZone'))
      expect(searchTimezones(name, 1)).toEqual([RENAMED[name] ?? name]);
  });

  it('knows places only in zones that there are, each by its present name', () => {
    const zones = CITIES.trim()
      .split('\n')
      .map((line) => line.split(': ')[0] ?? '');
    for (const timezone of [...zones, ...Object.values(RENAMED)]) {
      expect([timezone, isTimezone(timezone)]).toEqual([timezone, true]);
      expect(Object.keys(RENAMED)).not.toContain(timezone);
    }
  });
});

describe('timezonesByLocalTime', () => {
  const winter = utc('2024-01-15T12:00');

  it('gives one zone for each rule, the usual one first', () => {
    expect(timezonesByLocalTime('13:00', winter, 9).slice(0, 2)).toEqual(['Europe/Berlin', 'Africa/Lagos']);
    expect(timezonesByLocalTime('17:30', winter, 9)).toEqual(['Asia/Kolkata']);
    expect(timezonesByLocalTime('7:00', winter, 2)).toEqual(['America/New_York', 'America/Bogota']);
  });

  it('tells apart zones that agree now and not later', () => {
    const found = timezonesByLocalTime('14:00', utc('2024-07-15T12:00'), 99);
    for (const timezone of ['Europe/Berlin', 'Africa/Johannesburg']) expect(found).toContain(timezone);
    expect(found).not.toContain('Europe/Paris');
  });

  it('tells apart those that set their clocks otherwise for one month only', () => {
    // Morocco leaves UTC+1 for Ramadan (https://www.iana.org/time-zones, africa).
    const found = timezonesByLocalTime('12:00', utc('2025-01-15T11:00'), 99);
    expect(found).toEqual(expect.arrayContaining(['Africa/Casablanca', 'Africa/Lagos']));
  });

  it('asks few times what clocks show', () => {
    const { prototype } = Intl.DateTimeFormat;
    const real = Object.getOwnPropertyDescriptor(prototype, 'format') ?? {};
    onTestFinished(() => void Object.defineProperty(prototype, 'format', real));
    let asked = 0;
    const get = function get(this: Intl.DateTimeFormat): unknown {
      asked += 1;
      return real.get?.call(this);
    };
    Object.defineProperty(prototype, 'format', { ...real, get });
    expect(timezonesByLocalTime('13:00', winter, 9)).toContain('Europe/Berlin');
    expect(asked).toBeGreaterThan(400);
    expect(asked).toBeLessThan(2500);
  });

  it('takes a clock that is up to 7 minutes wrong, over midnight too', () => {
    const kolkata = (hhmm: string, now: string): boolean =>
      timezonesByLocalTime(hhmm, utc(now), 9).includes('Asia/Kolkata');
    expect(kolkata('17:37', '2024-01-15T12:00')).toBe(true);
    expect(kolkata('17:23', '2024-01-15T12:00')).toBe(true);
    expect(kolkata('17:38', '2024-01-15T12:00')).toBe(false);
    expect(kolkata('17:22', '2024-01-15T12:00')).toBe(false);
    expect(kolkata('23:58', '2024-01-15T18:33')).toBe(true);
    expect(kolkata('00:02', '2024-01-15T18:27')).toBe(true);
  });

  it('finds both sides of the date line', () => {
    const found = timezonesByLocalTime('02:00', winter, 9);
    expect(found).toContain('Pacific/Honolulu');
    expect(found).toContain('Pacific/Kiritimati');
  });

  it('finds a zone that shows what any zone shows', () => {
    const zones = Map.groupBy(Intl.supportedValuesOf('timeZone'), (timezone) => {
      const { hour, minute } = localTime(winter, timezone);
      return `${hour}:${String(minute).padStart(2, '0')}`;
    });
    for (const [hhmm, shown] of zones) {
      const found = timezonesByLocalTime(hhmm, winter, 99).map((timezone) => offsetMs(winter, timezone));
      expect(new Set(found)).toEqual(new Set(shown.map((timezone) => offsetMs(winter, timezone))));
    }
  });

  it.each(['', '24:00', '12:60', 'noon', '12', '1200'])('refuses “%s”', (hhmm) => {
    expect(() => timezonesByLocalTime(hhmm, winter, 9)).toThrow('The time is HH:MM in 24 hours');
  });

  it('gives no more than asked for', () => {
    expect(timezonesByLocalTime('12:00', winter, 1)).toHaveLength(1);
    expect(timezonesByLocalTime('12:00', winter, 0)).toEqual([]);
  });
});

describe('the clock on the wall', () => {
  it('shows the date of the place', () => {
    expect(localTime(utc('2026-12-31T20:00'), 'Asia/Kolkata')).toEqual({
      year: 2027,
      month: 1,
      day: 1,
      hour: 1,
      minute: 30,
      dayOfWeek: 4,
    });
    expect(localTime(utc('2026-11-22T02:59'), 'America/New_York')).toMatchObject({ day: 21, hour: 21, dayOfWeek: 5 });
    expect(localTime(utc('2026-11-22T00:00'), 'UTC')).toMatchObject({ day: 22, hour: 0, dayOfWeek: 6 });
  });

  it('is what Intl writes, everywhere and at all times of the year', () => {
    for (const timezone of [...Intl.supportedValuesOf('timeZone'), 'UTC']) {
      const wall = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
      for (let ms = utc('2025-01-01T00:17'); ms < utc('2026-01-01T00:00'); ms += 307 * HOUR) {
        const { year, month, day, hour, minute } = localTime(ms, timezone);
        const two = (value: number): string => String(value).padStart(2, '0');
        expect(`${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`).toBe(wall.format(ms));
      }
    }
  });

  it.each([
    ['Asia/Kathmandu', '2024-01-15T12:00', 5.75],
    ['America/St_Johns', '2024-01-15T12:00', -3.5],
    ['Australia/Lord_Howe', '2024-01-15T12:00', 11],
    ['Australia/Lord_Howe', '2024-07-15T12:00', 10.5],
    ['UTC', '2024-07-15T12:00', 0],
    // Until 1972 Liberia kept the sun's time.
    ['Africa/Monrovia', '1971-07-15T12:00', -(44 * 60 + 30) / 3600],
  ])('in %s at %s is %d hours ahead', (timezone, at, hours) => {
    expect(offsetMs(utc(at), timezone)).toBe(Math.round(hours * HOUR));
  });

  it('changes in a minute', () => {
    expect(changeBetween(utc('2026-03-28T00:00'), utc('2026-03-30T00:00'), 'Europe/Berlin')).toBe(
      utc('2026-03-29T01:00'),
    );
    expect(changeBetween(utc('2026-04-01T00:00'), utc('2026-04-08T00:00'), 'Australia/Lord_Howe')).toBe(
      utc('2026-04-04T15:00'),
    );
  });

  it('is nowhere in Atlantis', () => {
    expect(() => localTime(0, 'Europe/Atlantis')).toThrow('There is no time zone “Europe/Atlantis”.');
  });
});

describe('formatLocal', () => {
  /** A Saturday, 13:00 in Berlin. */
  const now = utc('2026-11-21T12:00');

  it.each([
    ['2026-11-21T22:00', 'today 23:00'],
    ['2026-11-20T23:00', 'today 00:00'],
    ['2026-11-21T23:00', 'tomorrow 00:00'],
    ['2026-11-22T01:30', 'tomorrow 02:30'],
    ['2026-11-23T13:00', 'Mon 14:00'],
    ['2026-11-27T13:00', 'Fri 14:00'],
    ['2026-11-28T13:00', 'Sat 28 Nov 14:00'],
    ['2027-01-03T13:00', 'Sun 3 Jan 14:00'],
    ['2028-02-29T13:00', 'Tue 29 Feb 2028 14:00'],
    ['2026-11-20T22:59', 'yesterday 23:59'],
    ['2026-11-19T13:00', 'Thu 19 Nov 14:00'],
  ])('%s is %s', (at, text) => {
    expect(formatLocal(utc(at), 'Europe/Berlin', now)).toBe(text);
  });

  it('goes by the day of the place', () => {
    expect(formatLocal(utc('2026-11-21T20:00'), 'Asia/Kolkata', now)).toBe('tomorrow 01:30');
    expect(formatLocal(utc('2026-11-22T05:00'), 'America/New_York', now)).toBe('tomorrow 00:00');
    expect(formatLocal(utc('2026-11-22T04:00'), 'America/New_York', now)).toBe('today 23:00');
  });

  it('counts days, not hours, when clocks change', () => {
    expect(formatLocal(utc('2026-03-29T21:30'), 'Europe/Berlin', utc('2026-03-27T23:30'))).toBe('tomorrow 23:30');
    expect(formatLocal(utc('2026-10-25T22:30'), 'Europe/Berlin', utc('2026-10-24T22:30'))).toBe('today 23:30');
  });
});

describe('timezoneLabel', () => {
  it.each([
    ['Europe/Berlin', '2024-01-15T12:00', 'Europe/Berlin (UTC+1)'],
    ['Europe/Berlin', '2024-07-15T12:00', 'Europe/Berlin (UTC+2)'],
    ['Asia/Kolkata', '2024-01-15T12:00', 'Asia/Kolkata (UTC+5:30)'],
    ['America/St_Johns', '2024-01-15T12:00', 'America/St_Johns (UTC-3:30)'],
    ['America/New_York', '2024-01-15T12:00', 'America/New_York (UTC-5)'],
    ['Europe/London', '2024-01-15T12:00', 'Europe/London (UTC+0)'],
    ['UTC', '2024-01-15T12:00', 'UTC'],
  ])('%s at %s', (timezone, at, label) => {
    expect(timezoneLabel(timezone, utc(at))).toBe(label);
  });
});
