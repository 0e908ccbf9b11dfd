import type { DiskRoom } from '../../cache/layout.ts';
import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import type { CutOff } from '../../domain/waiting.ts';
import type { Log } from '../../lib/log.ts';
import type { Queue } from '../../queue/queue.ts';
import type { HostCount } from '../../store/hosts/host-counts.ts';
import type { Store } from '../../store/store.ts';
import { roomHere } from './room-here.ts';

/** The disk that a host keeps its models on, in bytes. */
export interface HostDisk extends DiskRoom {
  /** Of all models that lie there. */
  readonly modelBytes: number;
  /** Of what is free: what stays so; 0 where that is not known. */
  readonly floorBytes: number;
}

/** A machine with a cache of its own, as people are shown it. */
export interface HostView {
  readonly host: Host;
  /** `own`: the bot runs there. `away`: it has joined, and does not answer. `invited`: it has not come yet. */
  readonly standing: 'own' | 'there' | 'away' | 'invited';
  /** Of one that is away: that it is Redis which is, and that nobody knows how the machine is. */
  readonly by?: CutOff | undefined;
  /** Since when the Hub does not answer it, in ms since 1970; undefined: it does, as far as is known. */
  readonly hubSilentSince?: number | undefined;
  /** The host and port of the Hub that it asks; undefined: it has not told. */
  readonly hubAsked?: string | undefined;
  /** Of a host that is away: as it was when it was heard of last. undefined: nobody knows. */
  readonly disk: HostDisk | undefined;
  /** Of the scope. */
  readonly models: Pick<HostCount, 'complete' | 'running' | 'waiting' | 'resting'>;
}

/** Of all chats, for an owner in a chat of their own; of one chat for everybody else. */
export type HostsScope = { readonly chatId: number } | 'all';

export interface HostsViewDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'room' | 'isThere' | 'hubSilentSince' | 'hubAsked' | 'hostAway'>;
  readonly settings: { readonly system: { readonly min_free_space: number } };
  readonly log: Log;
}

const NONE = { complete: 0, running: 0, waiting: 0, resting: 0 };

const roomOf = async (deps: HostsViewDeps, host: Host): Promise<DiskRoom | undefined> => {
  const { id, state, freeBytes, totalBytes } = host;
  // What it said when it was here before is old.
  if (state === 'invited') return undefined;
  if (id !== THIS_HOST) return freeBytes === null || totalBytes === null ? undefined : { freeBytes, totalBytes };
  return roomHere(deps);
};

const standingOf = ({ queue }: HostsViewDeps, { id, state }: Host): HostView['standing'] => {
  if (id === THIS_HOST) return 'own';
  if (state === 'invited') return 'invited';
  return queue.isThere(id) ? 'there' : 'away';
};

/** Of more copies than these it is not looked which files they have in common: that would take seconds. */
const FEW_COPIES = 5000;

/**
 * As /storage counts them: what has been removed and can be brought back is no model's, and files that several quantizations of a
 * repository have lie there once.
 */
const modelBytesOn = async ({ copies, hosts, storage }: Store, hostId: number): Promise<number> => {
  const bytes = storage.hasMoreCopies(FEW_COPIES)
    ? hosts.bytesOnHost(hostId)
    : await copies.storedBytesWith([], hostId);
  return Math.max(0, bytes - storage.removedBytes(undefined, hostId));
};

/** All machines that belong to the bot, its own first. Who has not come yet is for owners alone. */
export const hostsView = (deps: HostsViewDeps, scope: HostsScope): Promise<HostView[]> => {
  const { store, settings } = deps;
  const counts = new Map(
    store.hosts.countByHost(scope === 'all' ? undefined : scope.chatId).map((count) => [count.hostId, count]),
  );
  const seen = store.hosts.listHosts().filter(({ state }) => state === 'joined' || scope === 'all');
  return Promise.all(
    seen.map(async (host): Promise<HostView> => {
      const room = await roomOf(deps, host);
      const floorBytes = host.id === THIS_HOST ? settings.system.min_free_space : 0;
      return {
        host,
        standing: standingOf(deps, host),
        by: host.state === 'joined' ? deps.queue.hostAway(host.id)?.by : undefined,
        hubSilentSince: host.id === THIS_HOST ? undefined : deps.queue.hubSilentSince(host.id),
        hubAsked: host.id === THIS_HOST ? undefined : deps.queue.hubAsked(host.id),
        disk: room && { ...room, modelBytes: await modelBytesOn(store, host.id), floorBytes },
        models: counts.get(host.id) ?? NONE,
      };
    }),
  );
};
