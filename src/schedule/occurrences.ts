import { Cron } from 'croner';
import { refuse } from '../domain/errors.ts';
import type { ScheduleType } from '../domain/schedule/schedule.ts';
import { shorten } from '../lib/text/shorten.ts';
import { instantOf, labelAt } from './daylight-saving.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4 * DAY;

/** When the downloads of a chat begin and end, by the clock of the chat's zone. */
export interface Timetable {
  readonly type: ScheduleType;
  /** HH:MM, local; a custom timetable does not look at it. */
  readonly time: string;
  /** 0 = Monday … 6 = Sunday; only a weekly timetable looks at it. */
  readonly dayOfWeek: number | null;
  /** Five fields; only a custom timetable looks at it. */
  readonly cron: string | null;
  /** HH:MM, local: when the window closes. */
  readonly until: string | null;
  /** IANA name. */
  readonly timezone: string;
}

/** The labels of a timetable, in order. */
interface Labels {
  /** The first one after this one. */
  readonly after: (label: number) => number | undefined;
  /** The latest one that is this one or before it. */
  readonly upTo: (label: number) => number | undefined;
}

const timeOfDay = (text: string): number => {
  const [, hours, minutes] =
    /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? refuse('The time is HH:MM in 24 hours, for example 23:00.');
  return (Number(hours) * 60 + Number(minutes)) * MINUTE;
};

const everyDay = (time: string): Labels => regular(timeOfDay(time), DAY);

const regular = (first: number, step: number): Labels => {
  const upTo = (label: number): number => first + Math.floor((label - first) / step) * step;
  return { upTo, after: (label) => upTo(label) + step };
};

/** Reading an expression takes longer than counting on it, and most chats have one of a few. */
const compiled = new Map<string, Cron>();
/** Croner keeps an array of 10,000 years for each. */
const MOST_COMPILED = 64;

const compile = (expression: string): Cron | undefined => {
  const known = compiled.get(expression);
  if (known) return known;
  // Croner takes whatever has a colon for a date, and an @ for a nickname.
  if (!/^[\w*,/#?+\s-]+$/.test(expression)) return undefined;
  try {
    const cron = new Cron(expression, { mode: '5-part', utcOffset: 0 });
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(expression, cron);
    return cron;
  } catch {
    return undefined;
  }
};

const byCron = (expression: string): Labels => {
  const cron = compile(expression) ?? refuse(cronMistake(expression) ?? NOT_FIVE);
  return {
    after: (label) => cron.nextRun(new Date(label))?.getTime(),
    upTo: (label) => cron.previousRuns(1, new Date(label + MINUTE))[0]?.getTime(),
  };
};

const labelsOf = ({ type, time, dayOfWeek, cron }: Timetable): Labels => {
  switch (type) {
    case 'daily':
      return everyDay(time);
    case 'weekly':
      if (dayOfWeek === null || !Number.isInteger(dayOfWeek) || dayOfWeek < 0 || dayOfWeek > 6)
        return refuse('A weekly schedule needs a day, 0 (Monday) to 6 (Sunday).');
      return regular(FIRST_MONDAY + dayOfWeek * DAY + timeOfDay(time), 7 * DAY);
    case 'custom':
      return byCron(cron ?? '');
  }
};

const nextOf = (labels: Labels, timezone: string, afterMs: number): number | undefined => {
  let label = labels.after(labelAt(afterMs, timezone));
  while (label !== undefined) {
    const at = instantOf(label, timezone);
    if (at > afterMs) return at;
    // The clock was set back and shows this label again.
    label = labels.after(label);
  }
  return undefined;
};

/**
 * The first opening strictly after an instant, both in milliseconds since the epoch. A local time that daylight saving
 * skips opens at the next valid minute; one that comes twice opens the first time only, whatever the kind of timetable.
 * @returns undefined for a cron expression that never fires
 * @throws AppError validation if the timetable is not valid
 */
export const nextOpening = (timetable: Timetable, afterMs: number): number | undefined =>
  nextOf(labelsOf(timetable), timetable.timezone, afterMs);

/**
 * The first `count` openings strictly after an instant, in milliseconds since the epoch.
 * @returns fewer for a cron expression that never fires
 * @throws AppError validation if the timetable is not valid
 */
export const nextOpenings = (timetable: Timetable, afterMs: number, count: number): number[] => {
  const labels = labelsOf(timetable);
  const openings: number[] = [];
  while (openings.length < count) {
    const opening = nextOf(labels, timetable.timezone, openings.at(-1) ?? afterMs);
    if (opening === undefined) break;
    openings.push(opening);
  }
  return openings;
};

/**
 * The latest opening at or before an instant, both in milliseconds since the epoch.
 * @returns undefined for a cron expression that never fires
 * @throws AppError validation if the timetable is not valid
 */
export const lastOpening = (timetable: Timetable, atMs: number): number | undefined => {
  const labels = labelsOf(timetable);
  const { timezone } = timetable;
  const now = labelAt(atMs, timezone);
  let latest = labels.upTo(now);
  // After the clock was set back, labels that it has yet to show again have been.
  let label = labels.after(now);
  while (label !== undefined && instantOf(label, timezone) <= atMs) {
    latest = label;
    label = labels.after(label);
  }
  return latest === undefined ? undefined : instantOf(latest, timezone);
};

/**
 * When the window that opened at an instant closes, both in milliseconds since the epoch: the first `until` after the
 * time at which it was to open, on the next day if need be; a day later if the two are the same. A skipped `until`
 * closes at the next valid minute. A window that daylight saving would leave no time is as long as on other days.
 * @returns undefined if the timetable has no `until`
 * @throws AppError validation if the timetable is not valid
 */
export const closingOf = (timetable: Timetable, openedAtMs: number): number | undefined => {
  const { until, timezone } = timetable;
  if (until === null) return undefined;
  const shown = labelAt(openedAtMs, timezone);
  const planned = labelsOf(timetable).upTo(shown);
  // A window that was to open at 02:30 and opened at 03:00, when the clock was set ahead, still began at 02:30.
  const opening = planned !== undefined && instantOf(planned, timezone) === openedAtMs ? planned : shown;
  const closing = everyDay(until).after(opening) ?? opening + DAY;
  const at = instantOf(closing, timezone);
  return at > openedAtMs ? at : openedAtMs + closing - opening;
};

const NOT_FIVE =
  'A cron expression has five fields: minute, hour, day of the month, month, day of the week; for example 30 2 * * 1-5.';

const FIELDS = [
  'The minute is 0 to 59',
  'The hour is 0 to 23',
  'The day of the month is 1 to 31, or L for the last',
  'The month is 1 to 12, or jan to dec',
  'The day of the week is 0 (Sunday) to 6 (Saturday), or sun to sat',
] as const;

/** It stands in lists beside others: every minute of an hour and every hour of a day, each named, have room. */
const CRON_MOST = 256;

/**
 * What is wrong with a cron expression, in a sentence for people; undefined if it is valid and fires.
 * The fields are those of Vixie cron, with croner's L, W, # and +.
 */
export const cronMistake = (expression: string): string | undefined => {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return NOT_FIVE;
  if (fields.join(' ').length > CRON_MOST)
    return `A cron expression has ${CRON_MOST} characters at most: ranges (1-5) and steps (*/5) say it in fewer.`;
  for (const [index, rule] of FIELDS.entries()) {
    const field = fields[index] ?? '';
    if (compile(FIELDS.map((_, at) => (at === index ? field : '*')).join(' '))) continue;
    return `${rule}; lists (1,2), ranges (1-5) and steps (*/5) work too, but not “${shorten(field, 32)}”.`;
  }
  const cron = compile(fields.join(' '));
  if (!cron) return NOT_FIVE;
  // Without a clock: the calendar repeats itself every 400 years, and croner looks as far.
  return cron.nextRun(new Date(0)) ? undefined : 'This cron expression never fires: no year has such a day.';
};
