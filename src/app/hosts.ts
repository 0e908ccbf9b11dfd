import type { Config } from '../config/config.ts';
import type { Executor } from '../copies/executor.ts';
import { type Hosts, onlyHere } from '../copies/hosts.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import type { Store } from '../store/store.ts';

interface HostsDeps {
  /** Of this machine. */
  readonly here: Executor;
  readonly store: Pick<Store, 'hosts'>;
  /** A machine was heard of: there may be something to do for it. */
  readonly onSeen: () => void;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens what leads to all machines that models lie on. */
export type OpenHosts = (deps: HostsDeps) => Hosts;

/** Where there is no Redis, nothing is loaded that would speak to it. */
export const loadHosts = async ({ redisUrl: url, redisCa: ca }: Config): Promise<OpenHosts> => {
  if (url === undefined) return ({ here }) => onlyHere(here);
  const { openRemoteHosts } = await import('../hosts/remote-hosts.ts');
  return ({ here, store, onSeen, scope, clock, log }) =>
    scope.use(
      openRemoteHosts({
        place: { url, ca },
        here,
        list: store.hosts.listHosts,
        onSeen: (hostId, { version, freeBytes, totalBytes, memory }) => {
          store.hosts.noteSeen(hostId, { version, freeBytes, totalBytes, memory });
          onSeen();
        },
        clock,
        log,
      }),
    );
};
