import { refuse } from '../../domain/errors.ts';
import type { LogSearch } from '../../lib/log-entries.ts';
import { LOG_LEVELS, type LogLevel } from '../../lib/log.ts';
import { table } from '../../lib/table.ts';
import { text } from './text.ts';

const LINES = 20;
const LINES_MOST = 200;
/** What is searched for has to have room in a button (Bot API: 64 bytes of callback data). */
const WORDS_BYTES_MOST = 48;

/** As people say it, and as Python does. */
const LEVELS = table<LogLevel | 'all'>({
  ...Object.fromEntries(LOG_LEVELS.flatMap((level) => [level, `${level}s`].map((word) => [word, level]))),
  warning: 'warn',
  warnings: 'warn',
  critical: 'fatal',
  all: 'all',
  everything: 'all',
});

/** By the first letter of each, which differs. */
const LETTERS = 'atdiwef';
const levelOf = (letter: string): LogLevel | undefined => LOG_LEVELS.find((level) => level.startsWith(letter));

/** Of several levels the mildest counts: worse ones are shown with it. */
const milder = (one: LogLevel | 'all' | undefined, other: LogLevel | 'all'): LogLevel | 'all' => {
  const rank = (level: LogLevel | 'all'): number => (level === 'all' ? -1 : LOG_LEVELS.indexOf(level));
  return one === undefined || rank(other) < rank(one) ? other : one;
};

/** A number of lines, levels and words, in any order: the first number is that; the rest is searched for. */
export const readAsked = (line: string): LogSearch => {
  let count: number | undefined;
  let level: LogLevel | 'all' | undefined;
  const words: string[] = [];
  for (const word of line.split(/\s+/u).filter((one) => one !== '')) {
    // As the lines of the file have it, too.
    const named = LEVELS[word.toLowerCase().replace(/^level=/, '')];
    if (count === undefined && /^\d{1,9}$/.test(word)) count = Number(word);
    else if (named !== undefined) level = milder(level, named);
    else words.push(word);
  }
  if (count !== undefined && (count < 1 || count > LINES_MOST)) refuse(text.howMany(count));
  if (Buffer.byteLength(words.join(' ')) > WORDS_BYTES_MOST) refuse(text.tooLong);
  return { count: count ?? LINES, level: level === 'all' ? undefined : level, words };
};

/** What a button asks for: to show it, or to send it as a file. */
export interface Tapped {
  readonly asFile: boolean;
  readonly search: LogSearch;
}

export const TAP_PATTERN = `([sf]):([${LETTERS}]):(\\d{1,3}):(.{0,${WORDS_BYTES_MOST}})`;

/** As callback data has it. */
export const tapOf = ({ asFile, search: { level, count, words } }: Tapped): string =>
  `${asFile ? 'f' : 's'}:${(level ?? 'all').charAt(0)}:${count}:${words.join(' ')}`;

/** @param match of TAP_PATTERN @throws AppError validation: nobody has made such a button */
export const readTap = (match: string | RegExpMatchArray): Tapped => {
  const { 1: what, 2: letter = '', 3: count, 4: words = '' } = match;
  const search = readAsked(count ?? '');
  return {
    asFile: what === 'f',
    search: { ...search, level: levelOf(letter), words: words.split(' ').filter((one) => one !== '') },
  };
};
