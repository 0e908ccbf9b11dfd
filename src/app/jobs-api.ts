import { startApi } from '../api/api.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import type { Pulling } from '../library/pulling/pulling.ts';

interface Served {
  readonly config: Config;
  readonly pulling: Pulling;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

/** Listens for an inference server on this machine, if a port is given. @throws AppError operational: it can't be had */
export const serveJobs = async ({ config, scope, ...parts }: Served): Promise<void> => {
  const { apiPort: port, apiHost: host, apiToken: token } = config;
  if (port === undefined || token === undefined) return;
  const { url } = scope.use(await startApi({ port, host, token, ...parts }));
  parts.log.info({ url }, 'An inference server may ask for models');
};
