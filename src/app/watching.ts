import { join } from 'node:path';
import type { RunningBot } from '../bot/bot.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Mount } from '../lib/disk/mount.ts';
import type { Scope } from '../lib/scope.ts';
import { createDatabaseCheck } from '../ops/health/database-check.ts';
import { createDiskCheck } from '../ops/health/disk-check.ts';
import { createHealth, type HealthReport } from '../ops/health/health.ts';
import { createQueueCheck } from '../ops/health/queue-check.ts';
import type { Counts } from '../ops/metrics/counts.ts';
import { watchEventLoop } from '../ops/metrics/event-loop.ts';
import { createMeasure, type MeasureDeps } from '../ops/metrics/measure.ts';
import { startOps } from '../ops/ops.ts';
import type { Queue } from '../queue/queue.ts';
import type { SystemSettings } from '../settings/system-settings.ts';
import type { Store } from '../store/store.ts';
import { DATABASE_FILE } from './database.ts';
import { VERSION } from './version.ts';

/** What is watched, and in what it is done. */
export interface Watched extends Pick<MeasureDeps, 'copies' | 'hosts' | 'refusals' | 'hubBudget'> {
  readonly bot: Pick<RunningBot, 'health' | 'door'>;
  readonly queue: Queue;
  readonly store: Store;
  readonly counts: Counts;
  readonly settings: SystemSettings;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly mount: Mount;
  readonly config: Config;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks at what hubgram stands on, and tells it where somebody asks: over HTTP if a port is given. */
export const watchOver = async (watched: Watched): Promise<() => Promise<HealthReport>> => {
  const { config, scope, log, bot, dataDir, settings } = watched;
  const minFreeBytes = (): number => settings.system.min_free_space;
  const deps = { ...watched, minFreeBytes };
  const health = createHealth({
    log,
    checks: {
      telegram: bot.health,
      database: createDatabaseCheck(deps),
      disk: createDiskCheck(deps),
      queue: createQueueCheck(deps),
    },
  });
  const { httpHost: host, httpPort: port } = config;
  if (port === undefined) return health;
  const eventLoop = scope.use(watchEventLoop());
  const databaseFile = join(dataDir, DATABASE_FILE);
  const metrics = createMeasure({ ...deps, health, eventLoop, databaseFile, version: VERSION });
  scope.use(await startOps({ host, port, door: bot.door, health, metrics, log }));
  return health;
};
