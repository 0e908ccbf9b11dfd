import { AppError } from '../../domain/errors.ts';
import {
  DAYS,
  parseDay,
  parseTime,
  SCHEDULE_TYPES,
  type ScheduleFields,
  type ScheduleType,
} from '../../domain/schedule.ts';
import { parseBytes } from '../../lib/bytes.ts';
import { shorten } from '../../lib/shorten.ts';

/** The options of `/schedule add` and `/schedule edit`. */
export const SCHEDULE_OPTIONS = ['type', 'time', 'day', 'until', 'limit', 'max', 'name', 'cron'] as const;

const refuse = (sentence: string): never => {
  throw new AppError('validation', sentence);
};

const timeFrom = (text: string): string =>
  parseTime(text) ?? refuse(`“${shorten(text, 20)}” is no time. Write it as HH:MM in 24 hours, for example 23:00.`);

const dayFrom = (text: string): number => {
  if (/^\d+$/.test(text))
    refuse('Write the day by its name, such as fri: as numbers, programs count from different days.');
  return (
    parseDay(text) ?? refuse(`“${shorten(text, 20)}” is no day. Write ${DAYS[0].slice(0, 3).toLowerCase()} to sun.`)
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

const READERS: Readonly<Record<(typeof SCHEDULE_OPTIONS)[number], (text: string) => Partial<ScheduleFields>>> = {
  type: (text) => ({ type: typeFrom(text) }),
  time: (text) => ({ time: timeFrom(text) }),
  day: (text) => ({ dayOfWeek: dayFrom(text) }),
  until: (text) => ({ until: /^(none|no|off)$/i.test(text) ? null : timeFrom(text) }),
  limit: (text) => ({ limitBytes: limitFrom(text) }),
  max: (text) => ({ maxConcurrentDownloads: placesFrom(text) }),
  name: (text) => ({ name: text }),
  cron: (text) => ({ cron: text }),
};

/** The last word is the one that must hold: `until 07:00` behind everything else. */
const splitUntil = (words: readonly string[]): { readonly rest: readonly string[]; readonly until?: string } => {
  const at = words.findIndex((word) => /^(until|to|-|–)$/i.test(word));
  if (at < 0) return { rest: words };
  if (words.length !== at + 2) refuse('Behind “until” stands one time, for example until 07:00.');
  return { rest: words.slice(0, at), until: words[at + 1] as string };
};

const isType = (word: string | undefined): boolean => SCHEDULE_TYPES.some((type) => type === word?.toLowerCase());

/** `daily 23:00`, `weekly fri 14:00`, `fri 14:00`, `23:00`, `custom 30 2 * * 1-5`. */
const fromWords = (words: readonly string[]): Partial<ScheduleFields> => {
  const [first] = words;
  const type = isType(first) ? typeFrom(first as string) : undefined;
  const rest = type === undefined ? words : words.slice(1);
  if (type === 'custom') return { type, ...(rest.length === 0 ? {} : { cron: rest.join(' ') }) };
  const fields: { type?: ScheduleType; dayOfWeek?: number; time?: string } = type === undefined ? {} : { type };
  for (const word of rest) {
    const isDay = fields.dayOfWeek === undefined && type !== 'daily' && parseDay(word) !== undefined;
    if (isDay) fields.dayOfWeek = dayFrom(word);
    else if (fields.time === undefined && /\d/.test(word)) fields.time = timeFrom(word);
    else refuse(`I do not understand “${shorten(word, 30)}” here. For example: daily 23:00 until 07:00.`);
  }
  return fields;
};

/**
 * Reads what stands behind `/schedule add` or `/schedule edit <name>`: words in their usual order, and options, which
 * hold where both say something.
 * @returns only what was said @throws AppError validation
 */
export const parseSchedule = (
  words: readonly string[],
  options: Readonly<Record<string, string>>,
): Partial<ScheduleFields> => {
  const { rest, until } = splitUntil(words);
  const said = SCHEDULE_OPTIONS.flatMap((key) => {
    const value = options[key];
    return value === undefined ? [] : [READERS[key](value)];
  });
  return Object.assign(
    fromWords(rest),
    until === undefined ? {} : READERS.until(until),
    ...said,
  ) as Partial<ScheduleFields>;
};

/** What is said, completed to a whole schedule where that needs no guess. @throws AppError validation */
export const completeSchedule = (said: Partial<ScheduleFields>): Omit<ScheduleFields, 'name'> & { name?: string } => {
  const type = said.type ?? (said.cron ? 'custom' : said.dayOfWeek === undefined ? 'daily' : 'weekly');
  if (type === 'custom' && !said.cron) refuse('A custom schedule needs a cron expression: add custom 30 2 * * 1-5.');
  if (type === 'weekly' && said.dayOfWeek === undefined) refuse('A weekly schedule needs a day: add weekly fri 14:00.');
  if (type !== 'custom' && said.time === undefined) refuse('When does it begin? For example: add daily 23:00.');
  return { ...said, type, time: said.time ?? '00:00' };
};
