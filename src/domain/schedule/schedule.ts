/* domain/schedule: schedules as people write them, with their days, zones and speeds. */

import { formatBytes } from '../../lib/text/bytes.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import { refuse } from '../errors.ts';
import { cronOfDays, daysOfCron, describeDays, EVERY_DAY, nameDays, type Weekdays } from './weekdays.ts';

export const SCHEDULE_TYPES = ['daily', 'weekly', 'custom'] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

/** The next run of what never opens. */
export const NEVER = '9999-12-31T00:00:00.000Z';

/** When a chat's pending models are downloaded. Times are ISO 8601, UTC; `time` and `until` are local to the chat. */
export interface ScheduleConfiguration {
  readonly id: number;
  readonly chatId: number;
  readonly name: string;
  readonly type: ScheduleType;
  /** HH:MM, 24 hours. */
  readonly time: string;
  /** 0 = Monday … 6 = Sunday. */
  readonly dayOfWeek: number | null;
  readonly cron: string | null;
  /** HH:MM: what is unfinished then waits for the next opening. null: until nothing is left. */
  readonly until: string | null;
  /** Bytes per second inside it; null: no limit of its own. */
  readonly limitBytes: number | null;
  readonly enabled: boolean;
  readonly maxConcurrentDownloads: number;
  /** '' = to be worked out; `NEVER` = it does not open. */
  readonly nextRunAt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What people say of a schedule. */
export interface ScheduleFields {
  readonly name: string;
  readonly type: ScheduleType;
  readonly time: string;
  readonly dayOfWeek?: number | null;
  readonly cron?: string | null;
  readonly until?: string | null;
  readonly limitBytes?: number | null;
  readonly maxConcurrentDownloads?: number;
}

/** `7:05`, `07.05` and `7:05 pm` as `07:05` and `19:05`; undefined if it is no time of day. */
export const parseTime = (text: string): string | undefined => {
  const [, typed = '', minutes, half] = /^(\d{1,2})(?:[:.]([0-5]\d))?\s*([ap]\.?m\.?)?$/i.exec(text.trim()) ?? [];
  const hour = Number(typed);
  // A bare number is no time; 11pm is one.
  if (typed === '' || (minutes === undefined && half === undefined)) return undefined;
  if (half === undefined ? hour > 23 : hour < 1 || hour > 12) return undefined;
  const hours = half === undefined ? hour : (hour % 12) + (/^p/i.test(half) ? 12 : 0);
  return `${twoDigits(hours)}:${minutes ?? '00'}`;
};

type Times = Pick<ScheduleFields, 'type' | 'time' | 'dayOfWeek' | 'cron'>;

/** The days on which a schedule opens; undefined if only its cron expression can say it. */
export const daysOf = ({ type, dayOfWeek, cron }: Times): Weekdays | undefined => {
  if (type === 'daily') return EVERY_DAY;
  return type === 'weekly' ? [dayOfWeek ?? 0] : daysOfCron(cron ?? '')?.days;
};

/** HH:MM at which it opens; of a cron expression that says more than days, what the row says. */
export const timeOf = ({ type, time, cron }: Times): string =>
  type === 'custom' ? (daysOfCron(cron ?? '')?.time ?? time) : time;

/** When a schedule opens that has days: several are a cron expression underneath, since a weekly one has one day. */
export const onDays = (days: Weekdays, time: string): Times => {
  if (days.length === 7) return { type: 'daily', time };
  if (days.length === 1) return { type: 'weekly', time, dayOfWeek: days[0] ?? 0 };
  return { type: 'custom', time, cron: cronOfDays(days, time) };
};

/** When it opens and closes, in words: `Fridays 14:00 to 18:00`. */
export const describeTimes = (schedule: ScheduleFields): string => {
  const { cron, until } = schedule;
  const end = until ? ` to ${until}` : '';
  const days = daysOf(schedule);
  if (!days) return `cron ${cron ?? ''}${end}`;
  return `${describeDays(days)} ${timeOf(schedule)}${end}`;
};

/** The limits inside it, in words; '' if there are none to speak of. */
export const describeLimits = ({ limitBytes, maxConcurrentDownloads = 1 }: ScheduleFields): string =>
  [limitBytes ? `at most ${formatBytes(limitBytes)}/s` : '', `${maxConcurrentDownloads} at once`]
    .filter((part) => part !== '')
    .join(' · ');

/** A name for one that was given none. */
export const madeUpName = (times: Times): string => {
  const days = daysOf(times);
  if (!days) return 'custom';
  if (days.length < 7) return nameDays(days);
  const hour = Number(times.time.slice(0, 2));
  if (hour >= 20 || hour < 5) return 'nightly';
  return hour < 12 ? 'morning' : hour < 17 ? 'afternoon' : 'evening';
};

const inRange = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

const validateEnd = ({ type, time, cron, until = null }: Partial<ScheduleFields>): void => {
  if (until === null) return;
  if (parseTime(until) !== until) refuse('The end is HH:MM in 24 hours, for example 07:00.');
  const opens = type === 'custom' ? daysOfCron(cron ?? '')?.time : time;
  if (until === opens)
    refuse('It would end when it begins. Leave the end out, and it goes on until everything is done.');
};

const validateTimes = ({ type, time, dayOfWeek = null, cron = null }: Partial<ScheduleFields>): void => {
  if (time === undefined || parseTime(time) !== time) refuse('The time is HH:MM in 24 hours, for example 23:00.');
  if (type === 'weekly' && dayOfWeek === null) refuse('A weekly schedule needs a day.');
  if (dayOfWeek !== null && !inRange(dayOfWeek, 0, 6)) refuse('The day is 0 (Monday) to 6 (Sunday).');
  if ((type === 'custom') !== (cron !== null))
    refuse('A custom schedule needs a cron expression, and only a custom one has it.');
};

/** @throws AppError validation with what is wrong and what would be right */
export const validateSchedule = (fields: Partial<ScheduleFields>): void => {
  const { name, type, limitBytes = null, maxConcurrentDownloads = 1 } = fields;
  if (!name?.trim() || name.length > 64) refuse('A schedule needs a name of 1 to 64 characters.');
  if (!SCHEDULE_TYPES.some((known) => known === type)) refuse('A schedule is daily, weekly or custom.');
  validateTimes(fields);
  validateEnd(fields);
  if (limitBytes !== null && !inRange(limitBytes, 1, Number.MAX_SAFE_INTEGER))
    refuse('The speed limit is a size per second above zero, for example 5MB.');
  if (!inRange(maxConcurrentDownloads, 1, 10)) refuse('A schedule downloads 1 to 10 models at once.');
};
