import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { SampleHubOptions } from '../../playground/hub/sample-hub.ts';
import type { CopiesOptions } from '../../src/copies/copies.ts';
import type { CopyJob } from '../../src/copies/executor.ts';
import { connect } from '../../src/hosts/connection.ts';
import { openRemoteHost, type RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { openServing, type Serving, type ServingOptions } from '../../src/hosts/serving/serve.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { openScope, type Scope } from '../../src/lib/scope.ts';
import { type BenchTop, setUp as setUpBench } from '../copies/bench-top.ts';
import { startRedis, type TestRedis } from '../helpers/redis.ts';

export const PATIENT = { interval: 20 } as const;
const NAME = 'nas';

/** A host that carries out, and the bot's side of it, with a real Redis between them. */
export interface HostsTop {
  readonly redis: TestRedis;
  /** The machine of the host, with its Hub. */
  readonly bench: BenchTop;
  readonly scope: Scope;
  /** Another process of the host: the one before is to be closed first. */
  readonly serve: (given?: Partial<ServingOptions>) => Promise<Serving>;
  /** The bot's side, as one that has just been started. */
  readonly remote: (name?: string, clock?: Clock) => Promise<RemoteHost>;
  readonly isThere: (remote: RemoteHost) => Promise<void>;
  /** The same, with its host there. */
  readonly remoteThere: (name?: string, clock?: Clock) => Promise<RemoteHost>;
  /** What asks that host for all files of a repository's head. */
  readonly job: (id: string, more?: Partial<CopyJob>) => CopyJob;
  readonly close: () => Promise<void>;
}

const told: Log = silentLog;

export const setUp = async (hub: SampleHubOptions, options: Partial<CopiesOptions> = {}): Promise<HostsTop> => {
  const scope = openScope();
  const redis = await startRedis();
  scope.defer(redis.close);
  const bench = await setUpBench(hub, options);
  scope.defer(bench.close);
  const machine = randomUUID();
  const endpoint = { url: redis.path };
  const serve: HostsTop['serve'] = async (given = {}) =>
    scope.use(
      await openServing(
        {
          name: NAME,
          endpoint,
          copies: bench.copies,
          machine,
          version: '0.1.0',
          bytesPerSecondMost: () => undefined,
          clock: systemClock,
          log: told,
          ...given,
        },
        scope.signal,
      ),
    );
  const isThere = async (remote: RemoteHost): Promise<void> => {
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('there');
  };
  const remote: HostsTop['remote'] = async (name = NAME, clock = systemClock) => {
    const [quick, patient] = [false, true].map((blocks) => connect(endpoint, blocks, () => undefined));
    scope.defer(() => quick!.disconnect());
    scope.defer(() => patient!.disconnect());
    return scope.use(openRemoteHost({ name, redis: quick!, patient: patient!, clock, log: told }));
  };
  const remoteThere: HostsTop['remoteThere'] = async (...of) => {
    const opened = await remote(...of);
    await isThere(opened);
    return opened;
  };
  const job: HostsTop['job'] = (id, more = {}) => bench.job(id, { key: 'c-1-g1', ...more });
  return { redis, bench, scope, serve, remote, isThere, remoteThere, job, close: () => scope.close() };
};
