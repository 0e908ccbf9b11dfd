/* hosts: other machines over Redis: nothing that comes late, twice or bent changes anything, and no token goes there. */

import type { Redis } from 'ioredis';
import type { Checker } from '../checks/checker.ts';
import type { Executor } from '../copies/executor.ts';
import { type Hosts, onlyHere } from '../copies/hosts.ts';
import { AppError } from '../domain/errors.ts';
import { type Host, THIS_HOST } from '../domain/hosts/host.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { openScope } from '../lib/scope.ts';
import { startTicker } from '../lib/ticker.ts';
import { connect, type RedisEndpoint } from './connection.ts';
import { createDoor, type Door, type DoorDeps } from './door.ts';
import { createOutage } from './outage.ts';
import { openRemoteHost, type RemoteHost } from './remote/remote-host.ts';
import type { Standing } from './remote/standing.ts';
import type { Presence } from './wire/presence.ts';

/** All machines that the bot has to do with, those beyond Redis among them. */
export interface RemoteHosts extends Hosts {
  /**
   * Who checks copies on another machine.
   * @throws AppError unavailable: there is no such host any more
   */
  readonly checkerOf: (hostId: number) => Checker;
  /** How it is with another machine; `away` if there is none of that number. */
  readonly standing: (hostId: number) => Standing;
  /** Where others come in. */
  readonly door: Pick<Door, 'address' | 'isLocal' | 'hasOwnCa' | 'invite' | 'byHand' | 'shut'>;
  readonly close: () => Promise<void>;
}

export interface RemoteHostsOptions extends Pick<DoorDeps, 'join' | 'passwords' | 'onJoined'> {
  readonly endpoint: RedisEndpoint;
  /** Of this machine. */
  readonly here: Executor;
  /** All that have not been let go, this machine first. */
  readonly list: () => readonly Host[];
  /** A host was heard of; it is so every half a minute, and whenever it says something new. */
  readonly onSeen: (hostId: number, presence: Presence) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who has brought a code waits for so long. */
const DOOR_MS = 1000;

/**
 * Begins to look for each machine that has joined as soon as somebody asks about it; one that has joined is asked about all the
 * time. Redis need not be there.
 */
export const openRemoteHosts = (options: RemoteHostsOptions): RemoteHosts => {
  const { endpoint, here, list, onSeen, clock, log } = options;
  const scope = openScope();
  const outage = createOutage(endpoint, log, 'other machines go on with what they have, and it is tried again');
  const [redis, patient] = [false, true].map((blocks) =>
    connect(endpoint, blocks, outage.onError, outage.onEviction),
  ) as [Redis, Redis];
  const door = createDoor({ ...options, redis });
  patient.on('ready', () => {
    door.restore().catch((err: unknown) => log.debug({ err }, 'Redis could not be told of its users'));
    outage.onReady();
  });
  scope.defer(() => redis.disconnect());
  scope.defer(() => patient.disconnect());
  scope.use(startTicker(DOOR_MS, door.look, (err) => log.debug({ err }, 'Nobody could be looked for at the door')));
  const own = onlyHere(here);
  const opened = new Map<number, RemoteHost>();

  const joined = (): readonly Host[] => list().filter(({ id, state }) => id === THIS_HOST || state === 'joined');
  const find = (hostId: number): RemoteHost | undefined => {
    const host = joined().find(({ id }) => id === hostId);
    if (!host || hostId === THIS_HOST) return undefined;
    const known = opened.get(hostId);
    if (known) return known;
    const { name } = host;
    const remote = openRemoteHost({ name, redis, patient, onSeen: (presence) => onSeen(hostId, presence), clock, log });
    opened.set(hostId, scope.use(remote));
    return remote;
  };
  const standing = (hostId: number): Standing => find(hostId)?.standing() ?? { kind: 'away' };
  const other = (hostId: number): RemoteHost => {
    const remote = find(hostId);
    if (remote) return remote;
    throw new AppError('unavailable', 'The machine that this lies on was let go. /hosts shows which there are.');
  };
  return {
    of: (hostId) => (hostId === THIS_HOST ? own.of(hostId) : other(hostId).executor),
    checkerOf: (hostId) => other(hostId).checker,
    isThere: (hostId) => hostId === THIS_HOST || standing(hostId).kind === 'there',
    cutOffBy: (hostId) => {
      const { kind } = standing(hostId);
      return hostId !== THIS_HOST && (kind === 'no_redis' || kind === 'redis_full') ? kind : undefined;
    },
    hubSilentSince: (hostId) => {
      const now = standing(hostId);
      return hostId !== THIS_HOST && now.kind === 'there' ? now.presence.hubSilentSince : undefined;
    },
    hubAsked: (hostId) => {
      const now = standing(hostId);
      return hostId !== THIS_HOST && now.kind === 'there' ? now.presence.hubAsked : undefined;
    },
    ids: () => joined().map(({ id }) => id),
    standing,
    door: {
      ...door,
      invite: async (name, code) => {
        try {
          return await door.invite(name, code);
        } catch (error) {
          const why = outage.why();
          if (why === undefined) throw error;
          throw new AppError('unavailable', `Redis cannot be reached. ${why}`, { cause: error });
        }
      },
    },
    close: () => scope.close(),
  };
};
