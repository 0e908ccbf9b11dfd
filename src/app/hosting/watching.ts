import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { createDiskCheck } from '../../ops/health/disk-check.ts';
import { createQueueCheck } from '../../ops/health/queue-check.ts';
import { createWriteCheck } from '../../ops/health/write-check.ts';
import { createHealth, type HealthReport } from '../../ops/health/health.ts';
import { givenSystem } from '../../settings/given-settings.ts';
import { createHostMeasure } from '../../ops/metrics/host-measure.ts';
import { watchEventLoop } from '../../ops/metrics/event-loop.ts';
import { startOps } from '../../ops/ops.ts';
import type { Scope } from '../../lib/scope.ts';
import { VERSION } from '../version.ts';
import type { HostStanding } from './standing.ts';

interface HostWatched {
  readonly config: Config;
  readonly standing: HostStanding;
  readonly log: Log;
}

const leastFree = ({ given }: Config): number => givenSystem(given).min_free_space;

const WRITE_CHECK = 'write-check';
/** It writes its logs there, and what Redis knows it by: a full disk stops neither. */
const DATA = { what: 'what the host keeps', leastBytes: 0 };

/** @returns looks at what a host stands on */
export const hostHealth = ({
  config,
  standing,
  clock,
  log,
}: HostWatched & { readonly clock: Clock }): (() => Promise<HealthReport>) => {
  const { cacheDir, dataDir } = config;
  const disk = createDiskCheck({ cacheDir, dataDir, data: DATA, minFreeBytes: () => leastFree(config) });
  const data = createWriteCheck({ path: join(dataDir, WRITE_CHECK), clock });
  // The service manager starts anew what says of its queue that it is stuck.
  const queue = createQueueCheck({ queue: standing });
  return createHealth({ log, checks: { redis: standing.checkRedis, data, queue, disk } });
};

/**
 * Tells how a host is where somebody asks, over HTTP if a port is given, until the scope closes.
 * @throws AppError operational: the port cannot be had
 */
export const watchHost = async (
  { config, standing, log, health }: HostWatched & { readonly health: () => Promise<HealthReport> },
  scope: Scope,
): Promise<void> => {
  const { httpHost: host, httpPort: port } = config;
  if (port === undefined) return;
  const eventLoop = scope.use(watchEventLoop());
  const metrics = createHostMeasure({
    ...standing,
    eventLoop,
    health,
    minFreeBytes: leastFree(config),
    version: VERSION,
  });
  scope.use(await startOps({ host, port, health, metrics, log }));
};
