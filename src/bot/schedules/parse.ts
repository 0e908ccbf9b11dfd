import { refuse } from '../../domain/errors.ts';
import {
  onDays,
  parseTime,
  SCHEDULE_TYPES,
  type ScheduleFields,
  type ScheduleType,
} from '../../domain/schedule/schedule.ts';
import { parseDays, type Weekdays } from '../../domain/schedule/weekdays.ts';
import type { ScheduleChanges } from '../../library/schedules/schedules.ts';
import { parseBytes } from '../../lib/text/bytes.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** The options of `/schedule add` and `/schedule edit`. */
export const SCHEDULE_OPTIONS = ['type', 'time', 'from', 'day', 'until', 'limit', 'max', 'name', 'cron'] as const;

const timeFrom = (text: string): string =>
  parseTime(text) ?? refuse(`“${shorten(text, 20)}” is no time. Write it as HH:MM in 24 hours, for example 23:00.`);

/** A day ends at 24:00, too (ISO 8601). */
const endFrom = (text: string): string => (/^24[:.]00$/.test(text.trim()) ? '00:00' : timeFrom(text));

const daysFrom = (text: string): Weekdays => {
  if (/\d/.test(text))
    refuse('Write the day by its name, such as fri: as numbers, programs count from different days.');
  return (
    parseDays(text) ??
    refuse(`“${shorten(text, 20)}” is no day. Write mon to sun, several as sat,sun or mon-fri, or weekend.`)
  );
};

const typeFrom = (text: string): ScheduleType =>
  SCHEDULE_TYPES.find((type) => type === text.toLowerCase()) ?? refuse('A schedule is daily, weekly or custom.');

const limitFrom = (text: string): number | null => {
  if (/^(none|no|off)$/i.test(text)) return null;
  const bytes = parseBytes(text.replace(/\/s$/i, ''));
  return bytes === undefined || bytes === 0 ? refuse('limit= is a size per second such as 5MB, or none.') : bytes;
};

const placesFrom = (text: string): number =>
  /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 10
    ? Number(text)
    : refuse('max= is how many models it downloads at once, 1 to 10.');

const READERS: Readonly<Record<(typeof SCHEDULE_OPTIONS)[number], (text: string) => ScheduleChanges>> = {
  type: (text) => ({ type: typeFrom(text) }),
  time: (text) => ({ time: timeFrom(text) }),
  from: (text) => ({ time: timeFrom(text) }),
  day: (text) => ({ days: daysFrom(text) }),
  until: (text) => ({ until: /^(none|no|off)$/i.test(text) ? null : endFrom(text) }),
  limit: (text) => ({ limitBytes: limitFrom(text) }),
  max: (text) => ({ maxConcurrentDownloads: placesFrom(text) }),
  name: (text) => ({ name: text }),
  cron: (text) => ({ cron: text }),
};

/** `9:30 pm` is one word with a space in it. */
const joinHalves = (words: readonly string[]): readonly string[] =>
  words.reduce<string[]>((joined, word) => {
    const isHalf = /^[ap]\.?m\.?$/i.test(word) && /\d$/.test(joined.at(-1) ?? '');
    return isHalf ? [...joined.slice(0, -1), `${joined.at(-1)}${word}`] : [...joined, word];
  }, []);

/** The last word is the one that must hold: `until 07:00` behind everything else. */
const splitUntil = (words: readonly string[]): { readonly rest: readonly string[]; readonly until?: string } => {
  const at = words.findIndex((word) => /^(until|to|-|–)$/i.test(word));
  if (at < 0) return { rest: words };
  if (words.length !== at + 2) refuse('Behind “until” stands one time, for example until 07:00.');
  return { rest: words.slice(0, at), until: words[at + 1] as string };
};

const isType = (word: string | undefined): boolean => SCHEDULE_TYPES.some((type) => type === word?.toLowerCase());

/** `daily 23:00`, `weekly fri 14:00`, `weekend 10:00`, `sat,sun 10:00`, `23:00`, `custom 30 2 * * 1-5`. */
const fromWords = (words: readonly string[]): ScheduleChanges => {
  const [first] = words;
  const type = isType(first) ? typeFrom(first as string) : undefined;
  const rest = type === undefined ? words : words.slice(1);
  if (type === 'custom') return { type, ...(rest.length === 0 ? {} : { cron: rest.join(' ') }) };
  const days: number[] = [];
  let time: string | undefined;
  for (const word of rest) {
    const named = type === 'daily' ? undefined : parseDays(word);
    if (named) days.push(...named);
    else if (time === undefined && /\d/.test(word)) time = timeFrom(word);
    // `sat and sun`
    else if (days.length === 0 || word.toLowerCase() !== 'and')
      refuse(`I do not understand “${shorten(word, 30)}” here. For example: daily 23:00 until 07:00.`);
  }
  return {
    ...(type === undefined ? {} : { type }),
    ...(days.length === 0 ? {} : { days: [...new Set(days)].toSorted((left, right) => left - right) }),
    ...(time === undefined ? {} : { time }),
  };
};

/**
 * Reads what stands behind `/schedule add` or `/schedule edit <name>`: words in their usual order, and options, which
 * hold where both say something.
 * @returns only what was said @throws AppError validation
 */
export const parseSchedule = (words: readonly string[], options: Readonly<Record<string, string>>): ScheduleChanges => {
  const { rest, until } = splitUntil(joinHalves(words));
  const said = SCHEDULE_OPTIONS.flatMap((key) => {
    const value = options[key];
    return value === undefined ? [] : [READERS[key](value)];
  });
  return Object.assign(fromWords(rest), until === undefined ? {} : READERS.until(until), ...said) as ScheduleChanges;
};

/** What is said, completed to a whole schedule where that needs no guess. @throws AppError validation */
export const completeSchedule = (said: ScheduleChanges): Omit<ScheduleFields, 'name'> & { name?: string } => {
  const { days, ...others } = said;
  const type = said.type ?? (said.cron ? 'custom' : days === undefined ? 'daily' : 'weekly');
  if (type === 'custom' && !said.cron)
    refuse('A custom schedule needs a cron expression: /schedule add custom 30 2 * * 1-5.');
  if (type === 'weekly' && days === undefined)
    refuse('A weekly schedule needs a day, or several: /schedule add weekly sat,sun 10:00.');
  if (type !== 'custom' && said.time === undefined)
    refuse('When does it begin? For example: /schedule add daily 23:00.');
  const time = said.time ?? '00:00';
  return days !== undefined && type === 'weekly' ? { ...others, ...onDays(days, time) } : { ...others, type, time };
};
