import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import { hold } from '../store/database/lock.ts';

export interface Folders {
  readonly dataDir: string;
  readonly cacheDir: string;
}

/** Whether the playground stands in for Telegram: it was asked for, or there is no token. */
export const isPlayground = (config: Config): boolean => config.playground || config.botToken === undefined;

/** Where the database and the models lie. Nothing of the playground ever meets the real ones. */
export const foldersOf = (config: Config): Folders => {
  const { dataDir, cacheDir } = config;
  if (!isPlayground(config)) return { dataDir, cacheDir };
  const own = join(dataDir, 'playground');
  return { dataDir: own, cacheDir: join(own, 'hub') };
};

interface Holding {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Takes the data folder and the cache for this process: two that write one partial file, or send one notice twice, are
 * one too many. The cache's lock lies where Python keeps its own locks (docs/decisions/0006).
 * @throws AppError held: another process has one of them
 */
export const holdFolders = ({ dataDir, cacheDir }: Folders, { scope, clock, log }: Holding): void => {
  const common = { now: clock.now(), log };
  scope.use(
    hold({
      ...common,
      path: join(dataDir, 'hubgram.lock'),
      what: `the data folder ${dataDir}`,
      remedy: 'Stop that one first, or give this one a HUBGRAM_DATA_DIR of its own.',
      isPrivate: true,
    }),
  );
  scope.use(
    hold({
      ...common,
      path: join(cacheDir, '.locks', 'hubgram.lock'),
      what: `the cache ${cacheDir}`,
      remedy: 'Stop that one first, or give this one a HF_HUB_CACHE of its own.',
      isPrivate: false,
    }),
  );
};
