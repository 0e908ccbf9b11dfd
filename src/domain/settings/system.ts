/* domain/settings: every setting, with its form, its default, and who may change it; all doors read this table. */

import { LOG_LEVELS, type LogLevel } from '../../lib/log.ts';
import { table } from '../../lib/table.ts';
import { checkSetting, flag, limit, numberOrNone, type Setting, size, type ValuesOf, wholeNumber } from './form.ts';

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
  history_days: {
    description: 'Days after which downloads that are over go from the history; with 0 they stay',
    ...wholeNumber(0, 3650),
    fallback: '365',
    who: 'owner',
  },
  history_per_model: {
    description: 'How many downloads of one model the history holds; with 0 all of them',
    ...wholeNumber(0, 1000),
    fallback: '100',
    who: 'owner',
  },
  traces_days: {
    description: 'Days after which notices, searches, look-ups, imports and removals that are over are forgotten',
    ...wholeNumber(2, 3650),
    fallback: '30',
    who: 'owner',
  },
  activity_days: {
    description: 'Days for which it is kept who did what',
    ...wholeNumber(1, 3650),
    fallback: '90',
    who: 'owner',
  },
  backups_kept: {
    description: 'How many backups of the database stay; with 0 none is made by night',
    ...wholeNumber(0, 1000),
    fallback: '7',
    who: 'owner',
  },
  send_backups: {
    description: 'Whether the backups of the night are sent to the owners, as far as Telegram takes them',
    ...flag(['true', 'false']),
    fallback: 'false',
    who: 'owner',
  },
  models_per_person: {
    description: 'Models that one person may have, in all chats',
    ...numberOrNone,
    fallback: '5000',
    who: 'owner',
  },
  bytes_per_person: {
    description: 'What the models of one person may take together',
    ...limit('a size above zero such as 500GB, or none'),
    fallback: 'none',
    who: 'owner',
  },
  running_per_person: {
    description: 'Downloads of one person at once',
    ...numberOrNone,
    fallback: 'none',
    who: 'owner',
  },
  adds_per_hour: {
    description: 'What one person may add within an hour',
    ...numberOrNone,
    fallback: '500',
    who: 'owner',
  },
  updates_per_minute: {
    description: 'Messages and taps of one person that are heard within a minute',
    ...wholeNumber(20, 1_000_000),
    fallback: '120',
    who: 'owner',
  },
  open_lookups: {
    description: 'Look-ups that one person may have open',
    ...numberOrNone,
    fallback: '100',
    who: 'owner',
  },
  models_per_group: {
    description: 'Models that one group may have',
    ...numberOrNone,
    fallback: 'none',
    who: 'owner',
  },
  bytes_per_group: {
    description: 'What the models of one group may take together',
    ...limit('a size above zero such as 500GB, or none'),
    fallback: 'none',
    who: 'owner',
  },
  running_per_group: {
    description: 'Downloads of one group at once',
    ...numberOrNone,
    fallback: 'none',
    who: 'owner',
  },
  group_adds_per_hour: {
    description: 'What may be added in one group within an hour',
    ...numberOrNone,
    fallback: 'none',
    who: 'owner',
  },
  seed_hours: {
    description: 'Hours for which a torrent that has come whole is given to others; with 0 none is',
    ...wholeNumber(0, 720),
    fallback: '0',
    who: 'owner',
  },
  try: {
    description:
      'Whether people may talk to models, which takes memory and, without a build for a graphics card, all cores but one',
    ...flag(['true', 'false']),
    fallback: 'true',
    who: 'owner',
  },
  paused_all: {
    description: 'Whether all downloads are held',
    ...flag(['true', 'false']),
    fallback: 'false',
    who: 'owner',
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SYSTEM_SETTINGS;
/** What each key means. Whether all downloads are held is not among them: the queue says that. */
export type SystemValues = Omit<ValuesOf<typeof SYSTEM_SETTINGS>, 'paused_all'>;

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

/** @throws AppError validation: no such key of the system, or a value it does not take */
export const validateSetting = (key: string, value: string): void => checkSetting(SYSTEM_SETTINGS, key, value);
