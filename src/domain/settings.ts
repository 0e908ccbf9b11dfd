import { parseBytes } from '../lib/text/bytes.ts';
import { LOG_LEVELS, type LogLevel } from '../lib/log.ts';
import { nearest } from '../lib/text/nearest.ts';
import { shorten } from '../lib/text/shorten.ts';
import { AppError } from './errors.ts';
import { readQuantize } from './files/selection.ts';
import { parseDaySpan } from './schedule/day-span.ts';
import { parseTime } from './schedule/schedule.ts';
import { table } from '../lib/table.ts';

/** How a value is written, and what it means. */
interface Form<T> {
  /** What a value looks like, for the sentence that refuses another one. */
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
  /** Of a text that is accepted. */
  readonly read: (text: string) => T;
  /** All that there are, if they are few enough for a button each. */
  readonly choices?: readonly string[];
}

interface Setting<T = unknown> extends Form<T> {
  readonly description: string;
  /** What holds if nobody says anything, in the form people write it. */
  readonly fallback: string;
  /** Whom a change is up to: owners of the bot, or who manages the chat. */
  readonly who: 'owner' | 'manager';
  /** A change takes effect at the next start. */
  readonly needsRestart?: true;
}

const wholeNumber = (low: number, high: number): Form<number> => ({
  expected: `a whole number from ${low} to ${high}`,
  accepts: (text) => /^\d{1,9}$/.test(text) && Number(text) >= low && Number(text) <= high,
  read: Number,
});

const size = (expected: string): Form<number> => ({
  expected,
  accepts: (text) => parseBytes(text) !== undefined,
  read: (text) => parseBytes(text) ?? 0,
});

/** Above zero, since a limit of nothing would hold every download without a word; undefined for `none`. */
const limit = (expected: string): Form<number | undefined> => ({
  expected,
  accepts: (text) => text === 'none' || (parseBytes(text) ?? 0) > 0,
  read: (text) => (text === 'none' ? undefined : parseBytes(text)),
});

const oneOf = <T extends string>(...choices: readonly T[]): Form<T> => ({
  expected: choices.join(', ').replace(/, ([^,]*)$/, ' or $1'),
  accepts: (text) => (choices as readonly string[]).includes(text),
  read: (text) => text as T,
  choices,
});

/** @param words what stands for yes, and for no */
const flag = ([yes, no]: readonly [string, string]): Form<boolean> => ({
  ...oneOf(yes, no),
  read: (text) => text === yes,
});

const SWITCHES = table<boolean>({ on: true, true: true, yes: true, off: false, false: false, no: false });

/** A word for yes or no in the one spelling that a setting takes; any other text, and one of any other setting, as it is. */
export const spelledSwitch = ({ choices = [] }: Pick<Setting, 'choices' | 'fallback'>, text: string): string => {
  const isSwitch = choices.length === 2 && choices.every((choice) => choice in SWITCHES);
  if (!isSwitch || !(text in SWITCHES)) return text;
  return choices.find((choice) => SWITCHES[choice] === SWITCHES[text]) ?? text;
};

/** Python's names, which configurations of other downloaders use. */
const PYTHON_LEVELS = table<LogLevel>({ warning: 'warn', critical: 'fatal' });

const readLevel = (text: string): LogLevel | undefined =>
  PYTHON_LEVELS[text.toLowerCase()] ?? LOG_LEVELS.find((level) => level === text.toLowerCase());

/** The keys of the system configuration; the first four are the data model's. */
export const SYSTEM_SETTINGS = {
  download_directory: {
    description: 'The Hugging Face cache that models are downloaded into',
    expected: 'an absolute path',
    accepts: (text) => text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text),
    read: String,
    // Where it lies on this machine, the configuration finds out.
    fallback: '',
    who: 'owner',
    needsRestart: true,
  },
  log_level: {
    description: 'How much is logged',
    expected: 'trace, debug, info, warn, error or fatal',
    accepts: (text) => readLevel(text) !== undefined,
    read: (text) => readLevel(text) ?? 'info',
    fallback: 'info',
    who: 'owner',
  },
  max_retries: {
    description: 'Automatic retries of a download',
    ...wholeNumber(0, 100),
    fallback: '5',
    who: 'owner',
  },
  timeout_seconds: {
    description: 'Seconds without a byte until a connection counts as stalled',
    ...wholeNumber(1, 86_400),
    fallback: '30',
    who: 'owner',
  },
  concurrent_downloads: {
    description: 'Models that are downloaded at once',
    ...wholeNumber(1, 1000),
    fallback: '2',
    who: 'owner',
  },
  connections: {
    description: 'Connections in all',
    ...wholeNumber(1, 128),
    fallback: '16',
    who: 'owner',
    needsRestart: true,
  },
  bandwidth_limit: {
    description: 'Bytes per second for everything',
    ...limit('a size above zero such as 20MB, or none'),
    fallback: 'none',
    who: 'owner',
  },
  min_free_space: {
    description: 'What stays free on the disk',
    ...size('a size such as 2GB'),
    fallback: '2GB',
    who: 'owner',
  },
  max_total_size: {
    description: 'What all models may take together',
    ...limit('a size above zero such as 500GB, or none'),
    fallback: 'none',
    who: 'owner',
  },
  auto_cleanup: {
    description: 'Whether models that nobody has used for long go by themselves, announced before',
    ...flag(['true', 'false']),
    fallback: 'false',
    who: 'owner',
  },
  cleanup_age_days: {
    description: 'Days after which a model counts as unused',
    ...wholeNumber(1, 3650),
    fallback: '30',
    who: 'owner',
  },
  verify_monthly: {
    description: 'Whether all models are read again once a month, and what is broken or missing is fetched',
    ...flag(['true', 'false']),
    fallback: 'false',
    who: 'owner',
  },
  paused_all: {
    description: 'Whether all downloads are held',
    ...flag(['true', 'false']),
    fallback: 'false',
    who: 'owner',
  },
} as const satisfies Record<string, Setting>;

/** What stands for “by the model’s task” where a category is named, and for “what a loader needs” where a quantization is. */
const AUTO = 'auto';
/** Of a category's name. */
const WORD_MOST = 64;

/** What a chat's people set for it. */
export const CHAT_SETTINGS = {
  default_category: {
    description: 'The category that models get when they are added',
    expected: 'the name of a category, or auto for the one that fits the model’s task',
    accepts: (text) => text.trim() !== '' && text.length <= WORD_MOST,
    read: (text) => (text === AUTO ? undefined : text),
    fallback: AUTO,
    who: 'manager',
  },
  default_quantize: {
    description: 'Which quantization is taken where none is named',
    expected: 'auto, q4, q8, q4f16, int8, uint8, bnb4, fp16, no, all or a GGUF label such as Q4_K_M',
    // What leads to a question, or to the usual choice, is no choice that could be usual.
    accepts: (text) => !['ask', 'latest'].includes(text) && readQuantize(text) === text,
    read: String,
    choices: [AUTO, 'q4', 'Q4_K_M', 'Q6_K', 'Q8_0', 'fp16', 'no', 'all'],
    fallback: AUTO,
    who: 'manager',
  },
  start: {
    description: 'When models start that are added without now or later',
    ...oneOf('schedule', 'now', 'wait'),
    fallback: 'schedule',
    who: 'manager',
  },
  check_frequency: {
    description: 'How often newer revisions are looked for',
    ...oneOf('daily', 'weekly', 'monthly', 'off'),
    fallback: 'daily',
    who: 'manager',
  },
  always_update: {
    description: 'Whether a newer revision is downloaded without asking',
    ...flag(['on', 'off']),
    fallback: 'off',
    who: 'manager',
  },
  always_link: {
    description: 'Whether models are shown to other programs as soon as they are here',
    ...flag(['on', 'off']),
    fallback: 'off',
    who: 'manager',
  },
  notifications: {
    description: 'Whether what is told without being asked for makes a sound',
    ...flag(['on', 'off']),
    fallback: 'on',
    who: 'manager',
  },
  digest: {
    description: 'When the ends of downloads are told together, once a day',
    expected: 'a time such as 18:00, or off',
    accepts: (text) => text === 'off' || parseTime(text) === text,
    read: (text) => (text === 'off' ? undefined : text),
    choices: ['off', '08:00', '12:00', '18:00', '21:00'],
    fallback: 'off',
    who: 'manager',
  },
  quiet_hours: {
    description: 'When what is told without being asked for makes no sound',
    expected: 'two times with a dash between them, such as 22:00-07:00, or off',
    accepts: (text) => text === 'off' || parseDaySpan(text) !== undefined,
    read: parseDaySpan,
    choices: ['off', '22:00-07:00', '23:00-08:00', '00:00-09:00'],
    fallback: 'off',
    who: 'manager',
  },
} as const satisfies Record<string, Setting>;

type Table = Readonly<Record<string, Setting>>;
type ValuesOf<T extends Table> = { readonly [Key in keyof T]: ReturnType<T[Key]['read']> };

export type SettingKey = keyof typeof SYSTEM_SETTINGS;
export type ChatSettingKey = keyof typeof CHAT_SETTINGS;
/** What each key means. Whether all downloads are held is not among them: the queue says that. */
export type SystemValues = Omit<ValuesOf<typeof SYSTEM_SETTINGS>, 'paused_all'>;
export type ChatValues = ValuesOf<typeof CHAT_SETTINGS>;

/** What was said of a key before the program started. */
export interface GivenSetting {
  readonly text: string;
  readonly origin: 'default' | 'file' | 'environment';
  /** The name it was given under, such as `HUBGRAM_CONNECTIONS`, for people. */
  readonly by: string;
}
export type GivenSettings = Readonly<Partial<Record<SettingKey, GivenSetting>>>;

/** A setting that nobody can change while the program runs. */
export interface StartUpSetting {
  /** The environment variable. */
  readonly name: string;
  /** What it may be called in the YAML file. */
  readonly keys: readonly string[];
  /** For people; of a secret only whether it is set. */
  readonly value: string;
  readonly origin: 'default' | 'file' | 'environment';
}

/** Whether a word is the name of a setting of the system. */
export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SYSTEM_SETTINGS, key);

/** Whether a word is the name of a setting of a chat. */
export const isChatSettingKey = (key: string): key is ChatSettingKey => Object.hasOwn(CHAT_SETTINGS, key);

const check = (settings: Table, key: string, value: string): void => {
  const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
  if (!setting) {
    const meant = nearest(key, Object.keys(settings));
    const hint = meant === undefined ? `There are ${Object.keys(settings).join(', ')}.` : `Did you mean ${meant}?`;
    throw new AppError('validation', `There is no setting “${shorten(key, 64)}”. ${hint}`);
  }
  if (!setting.accepts(value)) {
    throw new AppError('validation', `${key} takes ${setting.expected}, not “${shorten(value, 64)}”.`);
  }
};

/** @throws AppError validation: no such key of the system, or a value it does not take */
export const validateSetting = (key: string, value: string): void => check(SYSTEM_SETTINGS, key, value);

/** @throws AppError validation: no such key of a chat, or a value it does not take */
export const validateChatSetting = (key: string, value: string): void => check(CHAT_SETTINGS, key, value);
