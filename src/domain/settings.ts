import { parseBytes } from '../lib/text/bytes.ts';
import { nearest } from '../lib/text/nearest.ts';
import { shorten } from '../lib/text/shorten.ts';
import { AppError } from './errors.ts';

interface Setting {
  readonly description: string;
  /** What a value looks like, for the sentence that refuses another one. */
  readonly expected: string;
  readonly accepts: (value: string) => boolean;
}

const wholeNumber =
  (low: number, high: number) =>
  (value: string): boolean =>
    /^\d{1,9}$/.test(value) && Number(value) >= low && Number(value) <= high;

const size = (value: string): boolean => parseBytes(value) !== undefined;

/** Above zero: a limit of nothing would hold every download without a word. */
const limit = (value: string): boolean => value === 'none' || (parseBytes(value) ?? 0) > 0;

/** The keys of the system configuration; the first four are the data model's. */
export const SYSTEM_SETTINGS = {
  download_directory: {
    description: 'The Hugging Face cache that models are downloaded into',
    expected: 'an absolute path',
    accepts: (value) => value.startsWith('/') || /^[A-Za-z]:[\\/]/.test(value),
  },
  log_level: {
    description: 'How much is logged',
    expected: 'trace, debug, info, warn, error or fatal',
    accepts: (value) => /^(trace|debug|info|warn|warning|error|fatal|critical)$/i.test(value),
  },
  max_retries: {
    description: 'Automatic retries of a download',
    expected: 'a whole number from 0 to 100',
    accepts: wholeNumber(0, 100),
  },
  timeout_seconds: {
    description: 'Seconds without a byte until a connection counts as stalled',
    expected: 'a whole number from 1 to 86400',
    accepts: wholeNumber(1, 86_400),
  },
  concurrent_downloads: {
    description: 'Models that are downloaded at once',
    expected: 'a whole number from 1 to 1000',
    accepts: wholeNumber(1, 1000),
  },
  connections: {
    description: 'Connections in all',
    expected: 'a whole number from 1 to 128',
    accepts: wholeNumber(1, 128),
  },
  bandwidth_limit: {
    description: 'Bytes per second for everything',
    expected: 'a size above zero such as 20MB, or none',
    accepts: limit,
  },
  min_free_space: { description: 'What stays free on the disk', expected: 'a size such as 2GB', accepts: size },
  max_total_size: {
    description: 'What all models may take together',
    expected: 'a size above zero such as 500GB, or none',
    accepts: limit,
  },
  paused_all: {
    description: 'Whether all downloads are held',
    expected: 'true or false',
    accepts: (value) => /^(true|false)$/.test(value),
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SYSTEM_SETTINGS;

/** Whether a word is the name of a setting. */
export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SYSTEM_SETTINGS, key);

/** @throws AppError validation: no such key, or a value it does not take */
export const validateSetting = (key: string, value: string): void => {
  if (!isSettingKey(key)) {
    const meant = nearest(key, Object.keys(SYSTEM_SETTINGS));
    const hint =
      meant === undefined ? `There are ${Object.keys(SYSTEM_SETTINGS).join(', ')}.` : `Did you mean ${meant}?`;
    throw new AppError('validation', `There is no setting “${shorten(key, 64)}”. ${hint}`);
  }
  if (!SYSTEM_SETTINGS[key].accepts(value)) {
    throw new AppError('validation', `${key} takes ${SYSTEM_SETTINGS[key].expected}, not “${shorten(value, 64)}”.`);
  }
};
