import { twoDigits } from '../../lib/text/two-digits.ts';

/** Monday first, as `dayOfWeek` counts. */
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** Some days of the week, 0 = Monday … 6 = Sunday, ascending. */
export type Weekdays = readonly number[];

export const EVERY_DAY: Weekdays = [0, 1, 2, 3, 4, 5, 6];
export const WORKDAYS: Weekdays = [0, 1, 2, 3, 4];
export const WEEKEND: Weekdays = [5, 6];

/**
 * The day that a name means: `fri`, `Friday`, `Fridays`. Never a number: of those, some think that 1 is Monday and some
 * that 0 is.
 * @returns 0 = Monday … 6 = Sunday; undefined if it is no day
 */
export const parseDay = (text: string): number | undefined => {
  const word = text.trim().toLowerCase().replace(/\.$/, '');
  const day = word.length < 3 ? -1 : DAYS.findIndex((name) => `${name.toLowerCase()}s`.startsWith(word));
  return day < 0 ? undefined : day;
};

/** From one day to another, over the end of the week if need be: `fri-mon`. */
const between = (first: number, last: number): number[] =>
  Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, step) => (first + step) % 7);

const parsePart = (text: string): Weekdays | undefined => {
  const word = text.trim().toLowerCase();
  if (/^week-?ends?$/.test(word)) return WEEKEND;
  if (/^(?:week|work|working)-?days?$/.test(word)) return WORKDAYS;
  if (/^(?:every-?day|daily)$/.test(word)) return EVERY_DAY;
  const [first, last, more] = word.split(/[-–—]/).map(parseDay);
  if (first === undefined || more !== undefined) return undefined;
  if (!/[-–—]/.test(word)) return [first];
  return last === undefined ? undefined : between(first, last);
};

const ascending = (days: Weekdays): Weekdays => [...new Set(days)].toSorted((left, right) => left - right);

/** The days that a word means: `fri`, `sat,sun`, `mon-fri`, `weekend`, `weekdays`. undefined if it names none. */
export const parseDays = (text: string): Weekdays | undefined => {
  const parts = text.split(/[,+&]/).filter((part) => part.trim() !== '');
  const days = parts.map(parsePart);
  return days.length === 0 || days.includes(undefined) ? undefined : ascending(days.flatMap((some) => some ?? []));
};

/** Whether three or more stand in a row, so that "to" says it shorter. */
const isRow = (days: Weekdays): boolean =>
  days.length > 2 && days.every((day, index) => index === 0 || day === (days[index - 1] ?? 0) + 1);

/** `every day`, `Fridays`, `Saturdays and Sundays`, `Mondays to Fridays`. */
export const describeDays = (days: Weekdays): string => {
  if (days.length === 7) return 'every day';
  const names = days.map((day) => `${DAYS[day]}s`);
  if (isRow(days)) return `${names[0]} to ${names.at(-1)}`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};

/** A name that people would give it: `friday`, `weekend`, `weekdays`, `mon-wed-fri`. */
export const nameDays = (days: Weekdays): string => {
  const is = (others: Weekdays): boolean => days.join() === others.join();
  if (is(WEEKEND)) return 'weekend';
  if (is(WORKDAYS)) return 'weekdays';
  const names = days.map((day) => (DAYS[day] ?? '').toLowerCase());
  return names.length === 1 ? (names[0] ?? '') : names.map((name) => name.slice(0, 3)).join('-');
};

/** Cron counts from Sunday, and takes 7 for it as well. */
const CRON_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** A cron expression for a time (HH:MM) on some days. */
export const cronOfDays = (days: Weekdays, time: string): string => {
  const [hour, minute] = time.split(':').map(Number);
  return `${minute} ${hour} * * ${days.map((day) => (day + 1) % 7).join(',')}`;
};

const cronDay = (text: string): number | undefined => {
  const number = /^[0-7]$/.test(text) ? Number(text) : CRON_NAMES.indexOf(text.toLowerCase());
  return number < 0 ? undefined : (number + 6) % 7;
};

const cronPart = (text: string): Weekdays | undefined => {
  if (text === '*') return EVERY_DAY;
  const [first, last, more] = text.split('-').map(cronDay);
  if (first === undefined || more !== undefined) return undefined;
  if (!text.includes('-')) return [first];
  return last === undefined ? undefined : between(first, last);
};

/** The days and the time that a cron expression means, if it means no more than that. */
export const daysOfCron = (cron: string): { readonly days: Weekdays; readonly time: string } | undefined => {
  const [, minute = '', hour = '', list = ''] =
    /^([0-5]?\d) ([01]?\d|2[0-3]) \* \* ([\w,*-]+)$/.exec(cron.trim().replace(/\s+/g, ' ')) ?? [];
  const days = list.split(',').map(cronPart);
  if (list === '' || days.includes(undefined)) return undefined;
  return { days: ascending(days.flatMap((some) => some ?? [])), time: `${twoDigits(hour)}:${twoDigits(minute)}` };
};
