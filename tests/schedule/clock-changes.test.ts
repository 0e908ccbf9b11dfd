import { describe, expect, it } from 'vitest';
import type { ScheduleFields } from '../../src/domain/schedule/schedule.ts';
import { DAY, MINUTE, openBench, type SchedulerBench, utc } from './setup.ts';

/*
 * The days around each change of the clocks, and the turn of a year, lived through in looks, with restarts, against someone
 * who only looks at clocks on the wall. Clocks change at whole or half hours in all of these zones, so both look every half
 * hour. All changes are on Sundays, so weekly schedules meet them too.
 */

const HALF = 30 * MINUTE;
/** In looks, of which a day has 48: so that it falls on all times of the day. */
const RESTART_EVERY = 37;

interface Span {
  readonly from: string;
  readonly to: string;
  readonly zones: readonly string[];
}

/** Adelaide is half an hour off; Beirut's clocks jump at midnight. */
const SPANS: readonly Span[] = [
  { from: '2026-03-28', to: '2026-04-01', zones: ['Europe/Berlin', 'Asia/Beirut'] },
  { from: '2026-04-04', to: '2026-04-07', zones: ['Australia/Adelaide', 'UTC'] },
  { from: '2026-10-03', to: '2026-10-06', zones: ['Australia/Adelaide'] },
  { from: '2026-10-24', to: '2026-10-27', zones: ['Europe/Berlin', 'Asia/Beirut'] },
  { from: '2026-12-30', to: '2027-01-02', zones: ['UTC', 'Europe/Berlin'] },
];

interface Wall {
  readonly hour: number;
  readonly minute: number;
  /** 0 = Monday. */
  readonly weekday: number;
}

/** What the wall shows at each half hour: halves since the epoch at which a clock in UTC would show the same. */
const lookAtWall = (timezone: string, from: number, to: number): readonly number[] => {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  return Array.from({ length: (to - from) / HALF }, (_, index) => {
    // 2026-03-29 03:00
    const text = wall.format(from + index * HALF);
    return utc(text.replace(' ', 'T')) / HALF;
  });
};

/** Each wanted time of the calendar, at the first half hour in which the wall shows it or, if it is skipped, a later one. */
const seen = (from: number, shown: readonly number[], wanted: (wall: Wall) => boolean): string[] => {
  const times = new Set<number>();
  let next = (shown[0] ?? 0) + 1;
  for (const [index, time] of shown.entries())
    for (; next <= time; next += 1) {
      const days = Math.floor((next * HALF) / DAY);
      const minutes = (next * HALF - days * DAY) / MINUTE;
      const weekday = (days + 3) % 7;
      if (wanted({ hour: Math.floor(minutes / 60), minute: minutes % 60, weekday })) times.add(from + index * HALF);
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

/** Looks at every half hour from `from` to `to`, with restarts. */
const live = (bench: SchedulerBench, from: number, to: number): void => {
  for (let index = 0; index < (to - from) / HALF; index += 1) {
    // A look comes twice in a second, so somewhen in the first minute.
    bench.set(from + index * HALF + ((index * 7919) % MINUTE));
    if (index % RESTART_EVERY === 0) bench.restart();
    else bench.look();
  }
};

describe('the clocks change, and the bot is restarted meanwhile', () => {
  it.each(SPANS)('opens and closes each schedule at its local time, none twice, none lost: $from, $zones', (span) => {
    const [from, to] = [utc(`${span.from}T00:00`), utc(`${span.to}T00:00`)];
    const bench = openBench(new Date(from - MINUTE).toISOString().slice(0, 16));
    const cases = span.zones.flatMap((timezone) => PLANS.map((plan) => ({ timezone, plan })));
    for (const [index, { timezone, plan }] of cases.entries()) settle(bench, index + 1, timezone, plan.fields);
    bench.look();
    live(bench, from, to);
    let compared = 0;
    for (const [index, { timezone, plan }] of cases.entries()) {
      const runs = bench
        .store()
        .schedules.lastRuns(index + 1, 10_000)
        .toReversed();
      const shown = lookAtWall(timezone, from, to);
      const about = `${timezone} ${JSON.stringify(plan.fields)}`;
      const begin = new Date(from).toISOString();
      const openings = seen(from, shown, plan.opens).filter((opening) => opening > begin);
      const lived = runs.filter(({ openedAt }) => openedAt > begin);
      expect([about, ...lived.map(({ openedAt }) => openedAt)]).toEqual([about, ...openings]);
      // Opened and closed by a look of that very minute.
      for (const { openedAt, startedAt } of lived) expect(startedAt.slice(0, 16)).toBe(openedAt.slice(0, 16));
      compared += lived.length;
      if (!plan.closes) continue;
      const closings = seen(from, shown, plan.closes).filter((closing) => closing > (lived[0]?.openedAt ?? ''));
      const closed = lived.filter(({ closedAt }) => closedAt !== null);
      expect([about, ...closed.map(({ closedAt }) => closedAt?.slice(0, 16))]).toEqual([
        about,
        ...closings.map((closing) => closing.slice(0, 16)),
      ]);
      expect(closed.every(({ endReason }) => endReason === 'window_closed')).toBe(true);
    }
    // So that nothing equals nothing.
    expect(compared).toBeGreaterThan(span.zones.length * 5);
  });
});
