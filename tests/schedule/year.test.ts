import { describe, expect, it } from 'vitest';
import type { ScheduleFields } from '../../src/domain/schedule.ts';
import { DAY, MINUTE, openBench, type SchedulerBench, utc } from './setup.ts';

/*
 * A year that is lived through in looks, with restarts, against someone who only looks at clocks on the wall. Clocks
 * change at whole or half hours in all of these zones, so both look every half hour.
 */

const HALF = 30 * MINUTE;
const FROM = utc('2026-01-01T00:00');
const TO = utc('2027-01-01T00:00');
/** In looks, of which a day has 48: so that it falls on all times of the day. */
const RESTART_EVERY = 499;
/** Adelaide is half an hour off; Beirut's clocks jump at midnight. */
const ZONES = ['UTC', 'Europe/Berlin', 'Australia/Adelaide', 'Asia/Beirut'] as const;

interface Wall {
  readonly hour: number;
  readonly minute: number;
  /** 0 = Monday. */
  readonly weekday: number;
}

/** What the wall shows at each half hour: halves since the epoch at which a clock in UTC would show the same. */
const lookAtWall = (timezone: string): readonly number[] => {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  return Array.from({ length: (TO - FROM) / HALF }, (_, index) => {
    // 2026-03-29 03:00
    const text = wall.format(FROM + index * HALF);
    return utc(text.replace(' ', 'T')) / HALF;
  });
};

/** Each wanted time of the calendar, at the first half hour in which the wall shows it or, if it is skipped, a later one. */
const seen = (shown: readonly number[], wanted: (wall: Wall) => boolean): string[] => {
  const times = new Set<number>();
  let next = (shown[0] ?? 0) + 1;
  for (const [index, time] of shown.entries())
    for (; next <= time; next += 1) {
      const days = Math.floor((next * HALF) / DAY);
      const minutes = (next * HALF - days * DAY) / MINUTE;
      const weekday = (days + 3) % 7;
      if (wanted({ hour: Math.floor(minutes / 60), minute: minutes % 60, weekday })) times.add(FROM + index * HALF);
    }
  return [...times].map((time) => new Date(time).toISOString());
};

interface Plan {
  readonly fields: Partial<ScheduleFields>;
  readonly opens: (wall: Wall) => boolean;
  readonly closes?: (wall: Wall) => boolean;
}

const at =
  (hour: number, minute: number) =>
  (wall: Wall): boolean =>
    wall.hour === hour && wall.minute === minute;

const PLANS: readonly Plan[] = [
  { fields: { type: 'daily', time: '00:00' }, opens: at(0, 0) },
  // Skipped and doubled in Berlin and Adelaide; its end is so in Beirut.
  { fields: { type: 'daily', time: '02:30', until: '00:30' }, opens: at(2, 30), closes: at(0, 30) },
  { fields: { type: 'weekly', dayOfWeek: 6, time: '00:00' }, opens: (wall) => at(0, 0)(wall) && wall.weekday === 6 },
  {
    fields: { type: 'weekly', dayOfWeek: 6, time: '02:00', until: '23:30' },
    opens: (wall) => at(2, 0)(wall) && wall.weekday === 6,
    closes: (wall) => at(23, 30)(wall) && wall.weekday === 6,
  },
  {
    fields: { type: 'custom', cron: '30 0,2,14 * * 0,wed' },
    opens: ({ hour, minute, weekday }) => minute === 30 && [0, 2, 14].includes(hour) && [2, 6].includes(weekday),
  },
];

const settle = (bench: SchedulerBench, chat: number, timezone: string, fields: Plan['fields']): void => {
  bench.store().chats.upsertChat({ chatId: chat, kind: 'private', title: timezone });
  bench.store().schedules.setTimezone(chat, timezone);
  bench.add(fields, chat);
};

describe('a year, with a restart every ten days', () => {
  it('opens and closes each schedule of each zone at its local time, none twice, and none is lost', () => {
    const bench = openBench('2025-12-31T23:59');
    const cases = ZONES.flatMap((timezone) => PLANS.map((plan) => ({ timezone, plan })));
    for (const [index, { timezone, plan }] of cases.entries()) settle(bench, index + 1, timezone, plan.fields);
    bench.look();
    const halves = (TO - FROM) / HALF;
    for (let index = 0; index < halves; index += 1) {
      // A look comes twice in a second, so somewhen in the first minute.
      bench.set(FROM + index * HALF + ((index * 7919) % MINUTE));
      if (index % RESTART_EVERY === 0) bench.restart();
      else bench.look();
    }
    const walls = new Map(ZONES.map((timezone) => [timezone, lookAtWall(timezone)]));
    for (const [index, { timezone, plan }] of cases.entries()) {
      const runs = bench
        .store()
        .schedules.lastRuns(index + 1, 10_000)
        .toReversed();
      const shown = walls.get(timezone) ?? [];
      const about = `${timezone} ${JSON.stringify(plan.fields)}`;
      const openings = seen(shown, plan.opens);
      const lived = runs.filter(({ openedAt }) => openedAt > new Date(FROM).toISOString());
      expect([about, ...lived.map(({ openedAt }) => openedAt)]).toEqual([
        about,
        ...openings.filter((opening) => opening > new Date(FROM).toISOString()),
      ]);
      // Opened and closed by a look of that very minute.
      for (const { openedAt, startedAt } of lived) expect(startedAt.slice(0, 16)).toBe(openedAt.slice(0, 16));
      if (!plan.closes) continue;
      const closings = seen(shown, plan.closes).filter((closing) => closing > (lived[0]?.openedAt ?? ''));
      const closed = lived.filter(({ closedAt }) => closedAt !== null);
      expect([about, ...closed.map(({ closedAt }) => closedAt?.slice(0, 16))]).toEqual([
        about,
        ...closings.map((closing) => closing.slice(0, 16)),
      ]);
      expect(new Set(closed.map(({ endReason }) => endReason))).toEqual(new Set(['window']));
    }
  });
});
