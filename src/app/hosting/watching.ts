import type { Config } from '../../config/config.ts';
import type { Log } from '../../lib/log.ts';
import { createDiskCheck } from '../../ops/health/disk-check.ts';
import { createHealth, type HealthReport } from '../../ops/health/health.ts';
import { givenSystem } from '../../settings/given-settings.ts';
import type { HostStanding } from './standing.ts';

export interface HostWatched {
  readonly config: Config;
  readonly standing: HostStanding;
  readonly log: Log;
}

/** It writes its logs there, and what Redis knows it by: a full disk stops neither. */
const DATA = { what: 'what the host keeps', leastBytes: 0 };

/** @returns looks at what a host stands on */
export const hostHealth = ({ config, standing, log }: HostWatched): (() => Promise<HealthReport>) => {
  const { cacheDir, dataDir } = config;
  const { min_free_space: least } = givenSystem(config.given);
  const disk = createDiskCheck({ cacheDir, dataDir, data: DATA, minFreeBytes: () => least });
  return createHealth({ log, checks: { redis: standing.checkRedis, disk } });
};
