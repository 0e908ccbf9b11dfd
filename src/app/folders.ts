import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { SETTINGS } from '../config/settings.ts';
import { configurationError } from '../config/sources.ts';
import type { GivenSettings } from '../domain/settings/system.ts';
import type { Clock } from '../lib/clock.ts';
import { codeOf } from '../lib/error-code.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import { hold } from '../store/database/lock.ts';

export interface Folders {
  readonly dataDir: string;
  readonly cacheDir: string;
}

/** Whether the playground stands in for Telegram: it was asked for, or there is no token. */
export const isPlayground = (config: Config): boolean =>
  !config.isHost && (config.playground || config.botToken === undefined);

/** Where the database and the models lie. Nothing of the playground ever meets the real ones. */
export const foldersOf = (config: Config): Folders => {
  const { dataDir, cacheDir } = config;
  if (!isPlayground(config)) return { dataDir, cacheDir };
  const own = join(dataDir, 'playground');
  return { dataDir: own, cacheDir: join(own, 'hub') };
};

/** What is given of the keys that chats can set too. In the playground the cache has its place beside the database. */
export const givenFor = (config: Config): GivenSettings => {
  if (!isPlayground(config)) return config.given;
  const { cacheDir: text } = foldersOf(config);
  return { ...config.given, download_directory: { text, origin: 'environment', by: 'the playground' } };
};

interface Holding {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

/** What no later start would find otherwise; a full disk may have room again, and one that is away may come back. */
const STAYS: readonly string[] = ['EEXIST', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ENAMETOOLONG'];

/** Made if it is not there. @throws AppError configuration: it is no folder, and cannot be made */
const makeDataFolder = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { name, expected, example } = SETTINGS.dataDir;
    if (STAYS.includes(codeOf(error)))
      throw configurationError([
        `${name}: ${dataDir} is no folder, and none can be made there (${codeOf(error)}). Expected: ${expected}. Example: ${example}`,
      ]);
  }
};

/**
 * Takes the data folder for this process: two that send one notice twice are one too many (docs/decisions/0006).
 * @throws AppError held: another process has it; configuration: there is no such folder, and none can be made
 */
export const holdData = (config: Config, { scope, clock, log }: Holding): void => {
  const { dataDir } = foldersOf(config);
  makeDataFolder(dataDir);
  scope.use(
    hold({
      now: clock.now(),
      log,
      path: join(dataDir, 'hubgram.lock'),
      what: `the data folder ${dataDir}`,
      remedy: config.claim
        ? 'Stop that one, start with --claim, open the link that is printed; then start that one again.'
        : 'Stop that one first, or give this one a HUBGRAM_DATA_DIR of its own.',
      isPrivate: true,
    }),
  );
};

/**
 * Takes the cache for this process: two that write one partial file are one too many. Its lock lies where Python keeps its
 * own locks.
 * @throws AppError held: another process has it
 */
export const holdCache = (cacheDir: string, { scope, clock, log }: Holding): void => {
  scope.use(
    hold({
      now: clock.now(),
      log,
      path: join(cacheDir, '.locks', 'hubgram.lock'),
      what: `the cache ${cacheDir}`,
      remedy: 'Stop that one first, or give this one a HF_HUB_CACHE of its own.',
      isPrivate: false,
    }),
  );
};
