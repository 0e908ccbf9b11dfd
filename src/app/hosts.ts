import type { Config } from '../config/config.ts';
import type { Executor } from '../copies/executor.ts';
import { type Hosts, onlyHere } from '../copies/hosts.ts';
import { type Checker, type Checkers, checkersHere } from '../checks/checker.ts';
import { THIS_HOST } from '../domain/hosts/host.ts';
import type { HostPasswords } from '../hosts/door.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import type { HostDoor } from '../library/hosts/joining.ts';
import type { Store } from '../store/store.ts';

interface HostsDeps {
  /** Of this machine. */
  readonly here: Executor;
  readonly store: Pick<Store, 'hosts' | 'outbox'>;
  /** A machine was heard of: there may be something to do for it. */
  readonly onSeen: () => void;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedHosts {
  readonly hosts: Hosts;
  /** Where others come in; undefined: there is no Redis. */
  readonly hostDoor: HostDoor | undefined;
  /** Who checks on all of them. @param here on this machine */
  readonly checkers: (here: Checker) => Checkers;
}

/** Opens what leads to all machines that models lie on. */
export type OpenHosts = (deps: HostsDeps) => OpenedHosts;

/** Hashes of passwords that are too long to be guessed, as rows: a backup has them, too. */
const passwordsIn = ({ hosts }: Pick<Store, 'hosts'>): HostPasswords => ({
  all: () =>
    Object.fromEntries(
      hosts.listHosts().flatMap(({ id, name }) => {
        const hash = hosts.passwordHashOf(id);
        return hash === null ? [] : [[name, hash]];
      }),
    ),
  ofGone: hosts.goneWithPassword,
  keep: (name, hash) => {
    const host = hosts.findHost(name);
    if (host) hosts.setPasswordHash(host.id, hash ?? null);
  },
});

/** Where there is no Redis, nothing is loaded that would speak to it. */
export const loadHosts = async (config: Config): Promise<OpenHosts> => {
  const { redisUrl: url, redisCa: ca } = config;
  if (url === undefined) return ({ here }) => ({ hosts: onlyHere(here), hostDoor: undefined, checkers: checkersHere });
  const { openRemoteHosts } = await import('../hosts/remote-hosts.ts');
  return ({ here, store, onSeen, scope, clock, log }) => {
    const hosts = scope.use(
      openRemoteHosts({
        endpoint: { url, ca },
        here,
        list: store.hosts.listHosts,
        join: store.hosts.joinHost,
        passwords: passwordsIn(store),
        onJoined: ({ id: hostId, createdBy }) => {
          if (createdBy !== null)
            store.outbox.addNotice({ chatId: createdBy, kind: 'host_joined', payload: { hostId } });
          onSeen();
        },
        onSeen: (hostId, { version, freeBytes, totalBytes, memory }) => {
          // Also where a full disk keeps the rest from being written down.
          onSeen();
          store.hosts.noteSeen(hostId, { version, freeBytes, totalBytes, ...(memory && { memory }) });
        },
        clock,
        log,
      }),
    );
    const checkers = (checker: Checker): Checkers => ({
      of: (hostId) => (hostId === THIS_HOST ? checker : hosts.checkerOf(hostId)),
      there: () => hosts.ids().filter(hosts.isThere),
    });
    return { hosts, hostDoor: hosts.door, checkers };
  };
};
