import { describe, expect, it } from 'vitest';
import {
  closingOf,
  cronMistake,
  lastOpening,
  nextOpening,
  nextOpenings,
  type Timetable,
} from '../../src/schedule/occurrences.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const daily = (time: string, timezone: string, until: string | null = null): Timetable => ({
  type: 'daily',
  time,
  dayOfWeek: null,
  cron: null,
  until,
  timezone,
});
const weekly = (dayOfWeek: number, time: string, timezone: string, until: string | null = null): Timetable => ({
  ...daily(time, timezone, until),
  type: 'weekly',
  dayOfWeek,
});
const custom = (cron: string, timezone: string, until: string | null = null): Timetable => ({
  ...daily('00:00', timezone, until),
  type: 'custom',
  cron,
});

const utc = (text: string): number => Date.parse(`${text}Z`);
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);

/** Repeatable numbers from 0 up to 1: mulberry32. */
const numbers = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/* The oracle: someone who knows each minute what the clock on the wall shows, and knows nothing of offsets or croner. */

interface Wall {
  readonly hour: number;
  readonly minute: number;
  /** Since 1970-01-01. */
  readonly days: number;
}

interface Walk {
  readonly from: number;
  readonly to: number;
  /** What the wall showed in each minute: the minutes since the epoch at which a clock in UTC would show the same. */
  readonly shown: Int32Array;
}

/** Minutes. A clock that shows as much more after so long was not changed meanwhile: nobody has to look in between. */
const GLANCE = 15;

const look = (timezone: string, from: number, to: number): Walk => {
  const wall = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const showsAt = (index: number): number => {
    // 03/29/2026, 03:00
    const text = wall.format(from + index * MINUTE);
    const part = (start: number, length: number): number => Number(text.slice(start, start + length));
    return Date.UTC(part(6, 4), part(0, 2) - 1, part(3, 2), part(12, 2), part(15, 2)) / MINUTE;
  };
  const shown = new Int32Array((to - from) / MINUTE);
  for (let start = 0, first = showsAt(0), next = 0; start < shown.length; start += GLANCE, first = next) {
    next = showsAt(start + GLANCE);
    const wentOn = next - first === GLANCE;
    for (let index = start; index < Math.min(start + GLANCE, shown.length); index += 1)
      shown[index] = wentOn ? first + index - start : showsAt(index);
  }
  return { from, to, shown };
};

const YEAR = [utc('2026-01-01T00:00'), utc('2027-01-01T00:00')] as const;
const years = new Map<string, Walk>();
const yearIn = (timezone: string): Walk => {
  const known = years.get(timezone) ?? look(timezone, ...YEAR);
  years.set(timezone, known);
  return known;
};

/** Every time that is asked for here is one of so many minutes. */
const STEP = 5;

/** Each wanted time of the calendar: at the first minute in which the wall shows it, or else a later one. */
const openingsOf = ({ from, shown }: Walk, wanted: (wall: Wall) => boolean): number[] => {
  const openings = new Set<number>();
  let time = shown[0]! + 1;
  for (let index = 0; index < shown.length; index += 1)
    for (; time <= shown[index]!; time += 1) {
      if (time % STEP !== 0) continue;
      const days = Math.floor(time / 1440);
      const minutes = time - days * 1440;
      const hour = Math.floor(minutes / 60);
      if (wanted({ hour, minute: minutes % 60, days })) openings.add(from + index * MINUTE);
    }
  return [...openings];
};

const dayOf = ({ days }: Wall): number => new Date(days * DAY).getUTCDate();
/** 0 = Monday. */
const weekdayOf = ({ days }: Wall): number => (new Date(days * DAY).getUTCDay() + 6) % 7;

const at = (time: string, more: (wall: Wall) => boolean = () => true): ((wall: Wall) => boolean) => {
  const [hours, minutes] = time.split(':').map(Number);
  return (wall) => wall.hour === hours && wall.minute === minutes && more(wall);
};

const chained = (timetable: Timetable, from: number, to: number): number[] => {
  const openings: number[] = [];
  for (let next = nextOpening(timetable, from); next !== undefined && next < to; next = nextOpening(timetable, next))
    openings.push(next);
  return openings;
};

interface Answers {
  readonly inOrder: readonly (string | undefined)[];
  /** `<point>: <last>, <next>` */
  readonly fromAnywhere: readonly string[];
}

/** The openings in order, and the next and the last one seen from anywhere: by the walk, and by the code. */
const bothWays = (
  timetable: Timetable,
  walk: Walk,
  wanted: (wall: Wall) => boolean,
): { readonly seen: Answers; readonly told: Answers } => {
  const { from, to } = walk;
  const openings = openingsOf(walk, wanted);
  const random = numbers(openings.length);
  const points = Array.from({ length: 24 }, () => Math.floor(from + random() * (to - from)));
  // Around the openings and half an hour away, which is where the clock comes back to a time.
  const near = openings
    .filter((_, index) => index % Math.ceil(openings.length / 16) === 0)
    .flatMap((opening) => [-30 * MINUTE, -1, 0, 1, MINUTE, 30 * MINUTE].map((step) => opening + step));
  // What lies before and after the walk is unknown to it.
  const known = [...points, ...near].filter((point) => point >= openings[0]! && point < openings.at(-1)!);
  return {
    seen: {
      inOrder: openings.map(iso),
      fromAnywhere: known.map((point) => {
        const next = openings.findIndex((opening) => opening > point);
        return `${point}: ${iso(openings[next - 1])}, ${iso(openings[next])}`;
      }),
    },
    told: {
      inOrder: chained(timetable, from, to).map(iso),
      fromAnywhere: known.map(
        (point) => `${point}: ${iso(lastOpening(timetable, point))}, ${iso(nextOpening(timetable, point))}`,
      ),
    },
  };
};

const ZONES = ['Asia/Kolkata', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago'] as const;

describe.each(ZONES)('a year in %s', (timezone) => {
  it.each(['00:00', '00:30', '01:45', '02:00', '02:15', '02:30', '03:00', '14:00', '23:30'])('daily %s', (time) => {
    const { seen, told } = bothWays(daily(time, timezone), yearIn(timezone), at(time));
    expect(seen.inOrder.length).toBeGreaterThan(360);
    expect(told).toEqual(seen);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('weekly on day %i', (day) => {
    const { seen, told } = bothWays(
      weekly(day, '02:15', timezone),
      yearIn(timezone),
      at('02:15', (wall) => weekdayOf(wall) === day),
    );
    expect(seen.inOrder.length).toBeGreaterThan(51);
    expect(told).toEqual(seen);
  });

  it.each<[string, (wall: Wall) => boolean]>([
    ['30 2 * * *', at('02:30')],
    ['30 0,2,14 * * *', ({ hour, minute }) => minute === 30 && [0, 2, 14].includes(hour)],
    ['15 0-4/2 * * *', ({ hour, minute }) => minute === 15 && [0, 2, 4].includes(hour)],
    ['0 */6 * * *', ({ hour, minute }) => minute === 0 && hour % 6 === 0],
    ['30 2 * * 0', at('02:30', (wall) => weekdayOf(wall) === 6)],
    ['30 2 * * 7', at('02:30', (wall) => weekdayOf(wall) === 6)],
    ['10 0 * * mon-fri', at('00:10', (wall) => weekdayOf(wall) <= 4)],
    ['0 3 1,15 * *', at('03:00', (wall) => [1, 15].includes(dayOf(wall)))],
    ['0 3 13 * fri', at('03:00', (wall) => dayOf(wall) === 13 || weekdayOf(wall) === 4)],
    ['0 3 13 * +fri', at('03:00', (wall) => dayOf(wall) === 13 && weekdayOf(wall) === 4)],
  ])('cron %s', (cron, wanted) => {
    const { seen, told } = bothWays(custom(cron, timezone), yearIn(timezone), wanted);
    expect(seen.inOrder).not.toEqual([]);
    expect(told).toEqual(seen);
  });
});

describe('the days on which clocks change', () => {
  it.each([
    ['Africa/Cairo', '2026-04-22T00:00', '2026-04-27T00:00'],
    ['Africa/Cairo', '2026-10-27T00:00', '2026-11-01T00:00'],
    ['Asia/Beirut', '2026-03-26T00:00', '2026-03-31T00:00'],
    ['Asia/Beirut', '2026-10-22T00:00', '2026-10-28T00:00'],
    ['America/Santiago', '2026-04-02T00:00', '2026-04-07T00:00'],
    ['America/Santiago', '2026-09-03T00:00', '2026-09-08T00:00'],
    ['America/Nuuk', '2026-03-26T00:00', '2026-03-31T00:00'],
    ['America/Nuuk', '2026-10-22T00:00', '2026-10-27T00:00'],
    ['Australia/Lord_Howe', '2026-04-02T00:00', '2026-04-07T00:00'],
    ['Australia/Lord_Howe', '2026-10-01T00:00', '2026-10-06T00:00'],
    ['Atlantic/Azores', '2026-03-27T00:00', '2026-03-31T00:00'],
    ['Europe/Dublin', '2026-10-23T00:00', '2026-10-27T00:00'],
    ['America/St_Johns', '2026-03-06T00:00', '2026-03-10T00:00'],
    // It left out a whole day, 30 December 2011, to be on the other side of the date line.
    ['Pacific/Apia', '2011-12-28T00:00', '2012-01-03T00:00'],
  ])('%s from %s', (timezone, from, to) => {
    const walk = look(timezone, utc(from), utc(to));
    for (let minutes = 0; minutes < 24 * 60; minutes += 45) {
      const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
      const { seen, told } = bothWays(daily(time, timezone), walk, at(time));
      expect(told).toEqual(seen);
    }
    const { seen, told } = bothWays(custom('*/15 * * * *', timezone), walk, ({ minute }) => minute % 15 === 0);
    expect(told).toEqual(seen);
  });

  it('a skipped time opens when the clock goes on', () => {
    expect(nextOpenings(daily('02:30', 'Europe/Berlin'), utc('2026-03-28T00:00'), 3).map(iso)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(iso(nextOpening(weekly(6, '02:15', 'Australia/Lord_Howe'), utc('2026-10-01T00:00')))).toBe(
      '2026-10-03T15:30',
    );
  });

  it('also if it goes on in the next day', () => {
    expect(iso(nextOpening(weekly(5, '23:30', 'America/Nuuk'), utc('2026-03-27T00:00')))).toBe('2026-03-29T01:00');
    expect(iso(nextOpening(custom('30 23 * * 6', 'America/Nuuk'), utc('2026-03-27T00:00')))).toBe('2026-03-29T01:00');
  });

  it('a time that comes twice opens once, also as one of several hours', () => {
    const first = '2026-10-25T00:30';
    for (const timetable of [daily('02:30', 'Europe/Berlin'), custom('30 2 * * *', 'Europe/Berlin')])
      expect(nextOpenings(timetable, utc('2026-10-24T12:00'), 2).map(iso)).toEqual([first, '2026-10-26T01:30']);
    expect(nextOpenings(custom('30 2,14 * * *', 'Europe/Berlin'), utc('2026-10-24T20:00'), 2).map(iso)).toEqual([
      first,
      '2026-10-25T13:30',
    ]);
    // In the second 02:10, the one opening at 02:30 has been.
    expect(iso(lastOpening(daily('02:30', 'Europe/Berlin'), utc('2026-10-25T01:10')))).toBe(first);
  });
});

describe('the days of the week', () => {
  it.each(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].entries().toArray())(
    '%i is %s',
    (day, name) => {
      for (const timezone of ['Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Kiritimati']) {
        const weekday = new Intl.DateTimeFormat('en-US', { timeZone: timezone, weekday: 'long' });
        for (const opening of nextOpenings(weekly(day, '00:05', timezone), utc('2026-01-01T00:00'), 60))
          expect(weekday.format(opening)).toBe(name);
      }
    },
  );
});

describe('an opening', () => {
  it('is strictly after, or at or before', () => {
    const timetable = daily('23:00', 'UTC');
    const opening = utc('2026-05-05T23:00');
    expect(nextOpening(timetable, opening - 1)).toBe(opening);
    expect(nextOpening(timetable, opening)).toBe(opening + DAY);
    expect(lastOpening(timetable, opening)).toBe(opening);
    expect(lastOpening(timetable, opening - 1)).toBe(opening - DAY);
  });

  it('can be years away', () => {
    const leap = custom('0 12 29 2 *', 'UTC');
    expect(nextOpenings(leap, utc('2026-05-05T00:00'), 2).map(iso)).toEqual(['2028-02-29T12:00', '2032-02-29T12:00']);
    expect(iso(lastOpening(leap, utc('2026-05-05T00:00')))).toBe('2024-02-29T12:00');
  });

  it('never comes if there is no such day', () => {
    const never = custom('0 0 30 2 *', 'Europe/Berlin');
    expect(nextOpening(never, 0)).toBeUndefined();
    expect(lastOpening(never, 0)).toBeUndefined();
    expect(nextOpenings(never, 0, 3)).toEqual([]);
  });

  it('needs a timetable that makes sense', () => {
    const ask = (timetable: Timetable) => () => nextOpening(timetable, 0);
    expect(ask(daily('24:00', 'UTC'))).toThrow('The time is HH:MM in 24 hours');
    expect(ask({ ...daily('12:00', 'UTC'), type: 'weekly' })).toThrow('A weekly schedule needs a day');
    expect(ask(weekly(7, '12:00', 'UTC'))).toThrow('A weekly schedule needs a day');
    expect(ask({ ...daily('12:00', 'UTC'), type: 'custom' })).toThrow('A cron expression has five fields');
    expect(ask(custom('60 * * * *', 'UTC'))).toThrow('The minute is 0 to 59');
    expect(ask(daily('12:00', 'Europe/Atlantis'))).toThrow('There is no time zone “Europe/Atlantis”');
  });
});

describe('the end of a window', () => {
  const closes = (timetable: Timetable, opening: string): string | undefined => iso(closingOf(timetable, utc(opening)));

  it('is there only with until', () => {
    expect(closes(daily('23:00', 'UTC'), '2026-05-05T23:00')).toBeUndefined();
  });

  it.each([
    ['on the same day', '14:00', '18:00', '2026-05-05T18:00'],
    ['on the next day', '23:00', '07:00', '2026-05-06T07:00'],
    ['a day later for the same time', '23:00', '23:00', '2026-05-06T23:00'],
    ['at midnight', '23:00', '00:00', '2026-05-06T00:00'],
  ])('is %s', (_, time, until, closing) => {
    expect(closes(daily(time, 'UTC', until), `2026-05-05T${time}`)).toBe(closing);
  });

  it('goes by the local clock, through its changes', () => {
    const night = daily('23:00', 'Europe/Berlin', '07:00');
    expect(closes(night, '2026-03-28T22:00')).toBe('2026-03-29T05:00');
    expect(closes(night, '2026-10-24T21:00')).toBe('2026-10-25T06:00');
    // The same time a day later is 23 hours later here.
    expect(closes(daily('12:00', 'Europe/Berlin', '12:00'), '2026-03-28T11:00')).toBe('2026-03-29T10:00');
  });

  it('that is skipped comes when the clock goes on; one that comes twice, the first time', () => {
    const night = daily('23:00', 'Europe/Berlin', '02:30');
    expect(closes(night, '2026-03-28T22:00')).toBe('2026-03-29T01:00');
    expect(closes(night, '2026-10-24T21:00')).toBe('2026-10-25T00:30');
    expect(closes(daily('02:45', 'Europe/Berlin', '02:15'), '2026-10-25T00:45')).toBe('2026-10-26T01:15');
  });

  it('leaves a window that is skipped its length, and not a whole day', () => {
    for (const until of ['03:00', '02:45'])
      expect(closes(daily('02:15', 'Europe/Berlin', until), '2026-03-29T01:00')).toBe(
        until === '03:00' ? '2026-03-29T01:45' : '2026-03-29T01:30',
      );
    expect(closes(custom('15 2 * * *', 'Europe/Berlin', '02:45'), '2026-03-29T01:00')).toBe('2026-03-29T01:30');
    expect(closes(daily('02:15', 'Europe/Berlin', '04:00'), '2026-03-29T01:00')).toBe('2026-03-29T02:00');
  });

  it('is after the opening, and at most a day and an hour, wherever it is', () => {
    // A month around each of their changes.
    const changes = [
      ['Europe/Berlin', '2026-03-15', '2026-04-15'],
      ['Europe/Berlin', '2026-10-10', '2026-11-10'],
      ['Australia/Lord_Howe', '2026-03-20', '2026-04-20'],
      ['Australia/Lord_Howe', '2026-09-20', '2026-10-20'],
      ['America/Santiago', '2026-03-20', '2026-04-20'],
      ['America/Santiago', '2026-08-20', '2026-09-20'],
      ['America/Nuuk', '2026-03-15', '2026-04-15'],
      ['America/Nuuk', '2026-10-10', '2026-11-10'],
    ] as const;
    for (const [timezone, from, to] of changes)
      for (const [time, until] of [
        ['02:15', '02:45'],
        ['23:30', '00:30'],
        ['00:30', '00:30'],
        ['01:45', '01:30'],
      ] as const)
        for (const opening of chained(daily(time, timezone), utc(`${from}T00:00`), utc(`${to}T00:00`))) {
          const open = closingOf(daily(time, timezone, until), opening)! - opening;
          expect(open).toBeGreaterThan(0);
          expect(open).toBeLessThanOrEqual(DAY + 60 * MINUTE);
        }
  });

  it('is the next one for a window that was opened at another time', () => {
    expect(closes(daily('23:00', 'UTC', '07:00'), '2026-05-06T08:00')).toBe('2026-05-07T07:00');
    // In the second 02:10, the first 02:30 has been.
    expect(closes(daily('23:00', 'Europe/Berlin', '02:30'), '2026-10-25T01:10')).toBe('2026-10-25T01:30');
  });

  it('needs a time', () => {
    expect(() => closingOf(daily('23:00', 'UTC', '7'), 0)).toThrow('The time is HH:MM');
  });
});

describe('cronMistake', () => {
  it.each([
    '30 2 * * *',
    `${'1,'.repeat(123)}10 * * * *`,
    '*/15 * * * *',
    '0 22 * * 1-5',
    ' 0  3 1 jan,jul * ',
    '0 0 29 2 *',
    '0 3 L * *',
    '0 3 * * fri#2',
    '0 3 * * 7',
    '0 0 30 2 1',
  ])('takes %s', (expression) => {
    expect(cronMistake(expression)).toBeUndefined();
  });

  it.each([
    ['', 'A cron expression has five fields'],
    [`${'1,'.repeat(124)}1 * * * *`, 'A cron expression has 256 characters at most'],
    ['30 2 * *', 'A cron expression has five fields'],
    ['0 30 2 * * *', 'A cron expression has five fields'],
    ['@daily', 'A cron expression has five fields'],
    ['60 * * * *', 'The minute is 0 to 59; lists (1,2), ranges (1-5) and steps (*/5) work too, but not “60”.'],
    ['5/15 * * * *', 'The minute is'],
    ['0 24 * * *', 'The hour is'],
    ['0 22-2 * * *', 'The hour is'],
    ['0 0 0 * *', 'The day of the month is'],
    ['0 0 1 13 *', 'The month is'],
    ['0 0 * * 8', 'The day of the week is'],
    ['0 0 * * fri-mon', 'The day of the week is'],
    ['0 0 * * 1:30', 'The day of the week is'],
    ['half past two at night', 'The minute is'],
    ['0 0 30 2 *', 'This cron expression never fires'],
    ['0 0 31 4,6,9,11 *', 'This cron expression never fires'],
  ])('explains what is wrong with “%s”', (expression, sentence) => {
    expect(cronMistake(expression)).toContain(sentence);
  });
});
