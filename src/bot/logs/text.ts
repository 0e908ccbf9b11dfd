import { FormattedString } from '@grammyjs/parse-mode';
import { formatLocal, localTime } from '../../domain/schedule/timezone.ts';
import type { LogEntry, LogFound, LogSearch } from '../../lib/log-entries.ts';
import type { LogLevel } from '../../lib/log.ts';
import { redact } from '../../lib/text/redact.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import type { Times } from '../../library/model-view.ts';
import type { Topic } from '../feature.ts';
import { count, lines, shorten } from '../ui/text.ts';

/** Telegram's 4096 characters, less a title and a note. */
const ENTRIES_MOST = 3600;
const VALUE_LIMIT = 60;
const ERROR_LIMIT = 300;
const ENTRY_LIMIT = 900;
/** So much tells ids of many digits apart. */
const ID_SHOWN = 8;

/** What the feature of the log says. */
export const text = {
  ownersOnly: 'Only the owner of this bot sees its log: it tells of everybody.',
  onlyAlone: 'The log tells of everybody: it is for the owner alone. Write /logs to me in our own chat.',
  howMany: (lines: number): string =>
    `I show 1 to 200 lines, not ${lines}. To look for the number itself, say how many lines first: /logs 20 ${lines}`,
  tooLong: 'That is too much to look for. Write a word or two of it, such as /logs warn gpt2.',
  none: 'There is no log yet: its file is begun with the next line.',
  file: (lines: number): string => `${count(lines, 'line')} of the log, the newest last. Tokens are hidden in it.`,
} as const;

const LEVEL_NAMES: Readonly<Record<LogLevel, string>> = {
  trace: 'everything',
  debug: 'debug and worse',
  info: 'info and worse',
  warn: 'warnings and errors',
  error: 'errors',
  fatal: 'what ended the program',
};

const filterOf = ({ level, words }: LogSearch): string =>
  [level === undefined ? '' : LEVEL_NAMES[level], words.length === 0 ? '' : `“${words.join(' ')}”`]
    .filter((part) => part !== '')
    .join(' · ');

/** Foreign text in a line of its own: nothing in it turns the direction in which it is read. */
const harmless = (written: string): string => redact(written.replace(/[\u202A-\u202E\u2066-\u2069\u200E\u200F]/g, ''));

const secondsOf = (at: number): string => twoDigits(new Date(at).getUTCSeconds());

const timeOf = (at: number, timezone: string): string => {
  const { hour, minute } = localTime(at, timezone);
  return `${twoDigits(hour)}:${twoDigits(minute)}:${secondsOf(at)}`;
};

const dayOf = (at: number, { timezone, now }: Times): string =>
  formatLocal(at, timezone, now).replace(/ \d\d:\d\d$/, '');

/** A UUID, or a commit, by its beginning; a long text cut. */
const shortValue = (value: string): string =>
  /^[\da-f-]{32,}$/.test(value) ? value.slice(0, ID_SHOWN) : shorten(value, VALUE_LIMIT);

const isLoud = (level: LogLevel): boolean => level === 'warn' || level === 'error' || level === 'fatal';

/** What an error says, without where in the program it was. */
const errorOf = (beneath: string): string =>
  shorten(
    beneath
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
      .join('\n'),
    ERROR_LIMIT,
  );

const fieldsOf = ({ fields }: LogEntry): string =>
  fields.map(([key, value]) => `${key}=${shortValue(value)}`).join(' ');

/** Whether a line says what the one before it has said, and nothing that anybody has to see for itself. */
const saysTheSame = (entry: LogEntry, before: LogEntry | undefined): boolean =>
  before !== undefined &&
  entry.said === before.said &&
  entry.level === before.level &&
  !isLoud(entry.level) &&
  entry.beneath === '' &&
  entry.fields.length > 0;

const entryText = (entry: LogEntry, { timezone }: Times): FormattedString => {
  const { at, level, said, beneath } = entry;
  const named = fieldsOf(entry);
  const rest = [named === '' ? '' : `  ${named}`, errorOf(beneath)].filter((part) => part !== '');
  const mark = isLoud(level) ? `${level} ` : '';
  const head = FormattedString.b(`${mark}${shorten(harmless(said), ENTRY_LIMIT)}`);
  const more = shorten(harmless(rest.map((part) => `\n${part}`).join('')), ENTRY_LIMIT);
  return FormattedString.join([`${timeOf(at, timezone)} `, head, more]);
};

/** Under one that says the same: only when, and what of. */
const sameText = (entry: LogEntry, { timezone }: Times): FormattedString =>
  FormattedString.join([`${timeOf(entry.at, timezone)} `, shorten(harmless(fieldsOf(entry)), ENTRY_LIMIT)]);

export interface LogPage {
  readonly text: FormattedString;
  /** It shows everything that was found. */
  readonly isWhole: boolean;
}

const nothingLike = ({ looked, since }: LogFound, filter: string, times: Times): string =>
  looked === 0 || since === undefined
    ? text.none
    : `Nothing like that among ${count(looked, 'line')} since ${formatLocal(since, times.timezone, times.now)}. ${filter === '' ? '' : '/logs shows the newest of all.'}`;

/** What was found as a message, as many of the newest lines as have room. */
export const logPage = (found: LogFound, search: LogSearch, times: Times): LogPage => {
  const filter = harmless(filterOf(search));
  const title = FormattedString.b(filter === '' ? 'Log' : `Log · ${filter}`);
  if (found.entries.length === 0) return { text: lines(title, nothingLike(found, filter, times)), isWhole: true };
  const { entries } = found;
  const dayAt = (index: number): string => dayOf(entries[index]?.at ?? 0, times);
  /** With the day, where it is another one than that of the line before. */
  const piecesOf = (entry: LogEntry, index: number, first: number): readonly FormattedString[] => {
    const day = dayAt(index);
    const isNewDay = day !== (index === first ? 'today' : dayAt(index - 1));
    const isSame = !isNewDay && index > first && saysTheSame(entry, entries[index - 1]);
    return [...(isNewDay ? [FormattedString.b(day)] : []), isSame ? sameText(entry, times) : entryText(entry, times)];
  };
  let room = ENTRIES_MOST;
  let first = entries.length;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    // As long as it is where it comes first: under one that says the same it is shorter.
    const { length } = entryText(entries[index] as LogEntry, times).text;
    room -= length + 1 + (dayAt(index) === dayAt(index + 1) ? 0 : dayAt(index).length + 1);
    if (room < 0) break;
    first = index;
  }
  const shown = entries.slice(first).flatMap((entry, index) => piecesOf(entry, first + index, first));
  const note = first === 0 ? '' : `${count(first, 'older line')} found as well: As a file has them.`;
  return { text: lines(title, note, ...shown), isWhole: first === 0 };
};

/** The same as a text file, whole, with dates and with where in the program errors were. */
export const logFileLines = (entries: readonly LogEntry[], { timezone }: Times): readonly string[] =>
  entries.map(({ at, level, said, fields, beneath }) => {
    const { year, month, day } = localTime(at, timezone);
    const when = `${year}-${twoDigits(month)}-${twoDigits(day)} ${timeOf(at, timezone)}`;
    const named = fields.map(([key, value]) => `  ${key}=${value}`).join('');
    return harmless(`${when} ${level.toUpperCase().padEnd(5)} ${said}${named}\n${beneath}`);
  });

export const help: Topic = {
  name: 'logs',
  lines: [
    'The log',
    'For the owner, in our own chat: what hubgram has done and what went wrong, the newest last.',
    '/logs shows the last 20 lines, /logs 100 the last 100; 200 at most.',
    '/logs warn or /logs error leaves out what went well; a word looks for it, such as /logs 50 warn gpt2',
    'Times are by the clock of this chat; what is not of today stands under its day.',
    'Ids lead from one line to the next: /logs update=12, /logs model=7, or the beginning of a session, /logs session=98791662',
    'It comes as a file by the button. On the machine it lies in the folder logs beside the database.',
    'How much is told: /config set log_level debug',
  ],
  words: ['log', 'errors'],
};
