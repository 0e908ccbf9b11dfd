import { setImmediate as breathe } from 'node:timers/promises';
import { lettersApart, nearest } from '../../lib/text/nearest.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import { AppError, refuse } from '../errors.ts';
import { CITIES, RENAMED, THREE_LETTERS } from './timezone-names.ts';
import { table } from '../../lib/table.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEK = 7 * DAY;

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** There are some hundreds of zones; to make one of these takes a hundred times as long as to use it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** undefined: there is no such zone. */
const formatIn = (timezone: string): Intl.DateTimeFormat | undefined => {
  const key = timezone.toLowerCase();
  const known = formats.get(key) ?? makeFormat(timezone);
  if (known) formats.set(key, known);
  return known;
};

const formatOf = (timezone: string): Intl.DateTimeFormat =>
  formatIn(timezone) ?? refuse(`There is no time zone “${shorten(timezone, 64)}”. Try Europe/Berlin.`, 'validation');

/** undefined: there is no such zone. */
const makeFormat = (timezone: string): Intl.DateTimeFormat | undefined => {
  const upper = timezone.toUpperCase();
  if (!/^[A-Z]/.test(upper) || (/^[A-Z]{3}$/.test(upper) && !THREE_LETTERS.includes(upper))) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
};

/** True for a name of the IANA time zone database, in upper or lower case; UTC is one, UTC+1 and PST are none. */
export const isTimezone = (name: string): boolean => formatIn(name) !== undefined;

/**
 * How far the clocks of a zone are ahead of UTC at an instant (milliseconds since the epoch), in milliseconds.
 * @throws AppError validation if there is no such zone
 */
export const offsetMs = (ms: number, timezone: string): number => {
  const [, sign, hours, minutes, seconds = '0'] =
    /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(formatOf(timezone).format(ms)) ?? [];
  if (sign === undefined) return 0;
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * 1000;
  return sign === '-' ? -size : size;
};

/**
 * The first minute of the epoch, after `early` and up to `late` (whole minutes, in milliseconds since the epoch), at
 * which the clocks of a zone are not as far ahead of UTC as at `early`. They must have changed once between the two.
 */
export const changeBetween = (early: number, late: number, timezone: string): number => {
  const before = offsetMs(early, timezone);
  let [same, changed] = [early, late];
  while (changed - same > MINUTE) {
    const middle = same + Math.floor((changed - same) / 2 / MINUTE) * MINUTE;
    if (offsetMs(middle, timezone) === before) same = middle;
    else changed = middle;
  }
  return changed;
};

export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** 0 = Monday … 6 = Sunday. */
  readonly dayOfWeek: number;
}

/**
 * What the clock and the calendar on a wall show at an instant (milliseconds since the epoch).
 * @throws AppError validation if there is no such zone
 */
export const localTime = (ms: number, timezone: string): LocalTime => {
  const shown = new Date(ms + offsetMs(ms, timezone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    dayOfWeek: (shown.getUTCDay() + 6) % 7,
  };
};

const dayNumber = ({ year, month, day }: LocalTime): number => Date.UTC(year, month - 1, day) / DAY;

/**
 * An instant as people of the zone say it at another one (both milliseconds since the epoch): `today 23:00`,
 * `tomorrow 02:30`, `Fri 14:00` within six days, else `Fri 3 Jan 14:00`, with the year if it is nearly one away.
 * @throws AppError validation if there is no such zone
 */
export const formatLocal = (ms: number, timezone: string, nowMs: number): string => {
  const local = localTime(ms, timezone);
  const time = `${twoDigits(local.hour)}:${twoDigits(local.minute)}`;
  const days = dayNumber(local) - dayNumber(localTime(nowMs, timezone));
  if (days === -1) return `yesterday ${time}`;
  if (days === 0) return `today ${time}`;
  if (days === 1) return `tomorrow ${time}`;
  const weekday = WEEKDAYS[local.dayOfWeek];
  if (days > 1 && days <= 6) return `${weekday} ${time}`;
  const date = `${weekday} ${local.day} ${MONTHS[local.month - 1]}`;
  return `${date}${Math.abs(days) > 330 ? ` ${local.year}` : ''} ${time}`;
};

/**
 * A zone with its present distance to UTC: `Europe/Berlin (UTC+1)`, `Asia/Kolkata (UTC+5:30)`.
 * @param ms the instant whose distance is meant, milliseconds since the epoch
 * @throws AppError validation if there is no such zone
 */
export const timezoneLabel = (timezone: string, ms: number): string => {
  if (timezone === 'UTC') return timezone;
  const offset = Math.round(offsetMs(ms, timezone) / MINUTE);
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${timezone} (UTC${offset < 0 ? '-' : '+'}${hours}${minutes === 0 ? '' : `:${twoDigits(minutes)}`})`;
};

/** So many at a time: each takes half a millisecond, which nobody notices, and all of them a fifth of a second. */
const LEARNT_AT_ONCE = 10;

/**
 * Makes what is needed to know what the clocks of all zones show, a few at a time, and once. Whoever asks for all of them
 * without that keeps everybody waiting.
 */
export const learnTimezones = async (): Promise<void> => {
  const unknown = allZones().filter(({ timezone }) => !formats.has(timezone.toLowerCase()));
  for (const [index, { timezone }] of unknown.entries()) {
    formatOf(timezone);
    if (index % LEARNT_AT_ONCE === 0) await breathe();
  }
};

interface Zone {
  readonly timezone: string;
  /** Folded names: its own, those it had, and its places. */
  readonly names: readonly string[];
}

/** Letters that do not fall apart into a letter and an accent. */
const LETTERS = table<string>({ ł: 'l', ø: 'o', đ: 'd', ı: 'i', ß: 'ss', æ: 'ae' });

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[łøđıßæ]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const readZones = (): readonly Zone[] => {
  const places = new Map<string, string[]>();
  const add = (timezone: string, names: readonly string[]): void => {
    places.set(timezone, [...(places.get(timezone) ?? []), ...names]);
  };
  for (const [timezone = '', names = ''] of CITIES.trim()
    .split('\n')
    .map((line) => line.split(': ')))
    add(timezone, names.split(', '));
  for (const name of [...Intl.supportedValuesOf('timeZone'), ...Object.keys(RENAMED), 'UTC'])
    add(RENAMED[name] ?? name, [name]);
  return [...places].map(([timezone, names]) => ({
    timezone,
    names: [timezone, ...names].flatMap((name) => [fold(name), fold(name.slice(name.lastIndexOf('/') + 1))]),
  }));
};

let zones: readonly Zone[] | undefined;
/** All zones, those that most people live in first. */
const allZones = (): readonly Zone[] => (zones ??= readZones());

/** How well a zone fits what was asked, 0 best; undefined if it does not. */
const fit = (asked: string, { names }: Zone): number | undefined => {
  if (names.includes(asked)) return 0;
  if (names.some((name) => name.startsWith(asked))) return 1;
  const all = ` ${names.join('  ')}`;
  if (all.includes(` ${asked}`)) return 2;
  return asked.split(' ').every((word) => all.includes(` ${word}`)) ? 3 : undefined;
};

/**
 * Zones by what people call them: a city, a country, a zone's name, an abbreviation. Case and accents do not matter,
 * and a mistyped name is found if nothing else is.
 * @returns IANA names, the best first; none if nothing is like it
 */
export const searchTimezones = (words: string, limit: number): readonly string[] => {
  const name = words.trim();
  if (name.includes('/') && isTimezone(name)) {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions();
    return [RENAMED[timeZone] ?? timeZone].slice(0, limit);
  }
  const asked = fold(name.slice(0, 64));
  if (asked === '') return [];
  const found = allZones()
    .map((zone) => ({ ...zone, rank: fit(asked, zone) }))
    .filter(({ rank }) => rank !== undefined)
    .toSorted((left, right) => (left.rank ?? 0) - (right.rank ?? 0));
  // Three letters are like too many things.
  const meant =
    found.length > 0 || asked.length < 4
      ? undefined
      : nearest(asked, [...new Set(allZones().flatMap(({ names }) => names))]);
  // A word of two other letters at once, the first among them, is another word: a banana is no Panama.
  const isLike = meant !== undefined && (meant.startsWith(asked.charAt(0)) || lettersApart(asked, meant) === 1);
  const zonesFound = !isLike ? found : allZones().filter(({ names }) => names.includes(meant));
  return zonesFound.slice(0, limit).map(({ timezone }) => timezone);
};

/** The one zone that bears this very name; undefined if several do, or none does but some are like it. */
export const namedTimezone = (words: string): string | undefined => {
  const [best, ...others] = searchTimezones(words, 50);
  if (words.includes('/')) return others.length === 0 ? best : undefined;
  const asked = fold(words);
  const bearers = allZones().filter(({ names }) => names.includes(asked));
  return bearers.length === 1 ? bearers[0]?.timezone : undefined;
};

/** The shortest time for which clocks are set otherwise, a Ramadan, takes longer: between two looks they change once. */
const RULE_STEP = 4 * WEEK;
const RULE_STEPS = 14;

/**
 * Equal for zones whose clocks show the same from an instant on, for a year. To ask what one shows takes a hundredth of a millisecond.
 * @param changes when clocks of other zones are set, by the look before; most zones do it at the same time
 */
const ruleOf = (ms: number, timezone: string, changes: Map<number, readonly number[]>): string => {
  let at = Math.floor(ms / MINUTE) * MINUTE;
  let offset = offsetMs(at, timezone);
  const rule = [offset];
  for (let step = 0; step < RULE_STEPS; step += 1) {
    const next = at + RULE_STEP;
    const [before, after] = [offset, offsetMs(next, timezone)];
    if (after !== before) {
      const others = changes.get(at) ?? [];
      const same = others.find((change) => {
        return offsetMs(change - MINUTE, timezone) === before && offsetMs(change, timezone) === after;
      });
      const change = same ?? changeBetween(at, next, timezone);
      if (same === undefined) changes.set(at, [...others, change]);
      rule.push(change, after);
    }
    at = next;
    offset = after;
  }
  return rule.join(' ');
};

/**
 * Zones whose clock shows a local time at an instant (milliseconds since the epoch), give or take 7 minutes: of those
 * that will go on showing the same time, the one that most people would name.
 * @param hhmm HH:MM in 24 hours
 * @returns IANA names, those that most people live in first
 * @throws AppError validation if it is no time
 */
export const timezonesByLocalTime = (hhmm: string, nowMs: number, limit: number): readonly string[] => {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(hhmm.trim()) ?? [];
  if (minutes === undefined) throw new AppError('validation', 'The time is HH:MM in 24 hours, for example 23:00.');
  const shown = Number(hours) * 60 + Number(minutes);
  const byRule = new Map<string, string>();
  const changes = new Map<number, readonly number[]>();
  for (const { timezone } of allZones()) {
    const { hour, minute } = localTime(nowMs, timezone);
    const apart = Math.abs(hour * 60 + minute - shown);
    if (Math.min(apart, 24 * 60 - apart) > 7) continue;
    const rule = ruleOf(nowMs, timezone, changes);
    if (!byRule.has(rule)) byRule.set(rule, timezone);
  }
  return [...byRule.values()].slice(0, limit);
};
