import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { TroubleCause } from '../../domain/watching/trouble.ts';
import type { HostAway } from '../../domain/waiting.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';
import type { HubReach } from './hub-reach.ts';

/** Something that a person should know of first. */
export type Problem =
  /** Nothing can be written down; with the reason, for owners. */
  | { readonly kind: 'database'; readonly why: string | undefined }
  | { readonly kind: 'disk_unknown' }
  | { readonly kind: 'no_room'; readonly freeBytes: number; readonly floorBytes: number }
  /** More than nothing is free, and not enough for so many that wait. */
  | { readonly kind: 'little_room'; readonly waiting: number }
  /** With the time since when, in ms since 1970. */
  | { readonly kind: 'hub_silent'; readonly since: number }
  /** Machines for which there is something to do are not heard of. */
  | { readonly kind: 'hosts_away'; readonly hosts: readonly HostAway[] }
  /** Machines that are heard of and fetch something, but reach no Hub; with the time since when, in ms since 1970. */
  | { readonly kind: 'hosts_without_hub'; readonly hosts: readonly { readonly name: string; readonly since: number }[] }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'disk_filling' }
  | { readonly kind: 'token_refused' }
  | { readonly kind: 'backup_failed'; readonly why: string }
  | { readonly kind: 'held' };

interface ProblemsDeps {
  readonly store: Pick<Store, 'backups' | 'hosts' | 'tokenRefusals' | 'watching'>;
  readonly queue: Pick<Queue, 'isHeld' | 'trouble' | 'hostAway' | 'hubSilentSince'>;
  readonly hubReach: Pick<HubReach, 'silentSince'>;
}

/** What is free on the models' disk, and shall stay so; undefined: it does not answer. */
type Disk = { readonly freeBytes: number; readonly floorBytes: number } | undefined;

/** What is wrong with this one is wrong with all. */
const NO_MODEL = -1;

const isTold = ({ store }: ProblemsDeps, cause: TroubleCause): boolean =>
  store.watching.getTrouble(cause)?.isTold === true;

const ofDisk = (deps: ProblemsDeps, disk: Disk, waiting: number): Problem[] => {
  if (!disk) return [{ kind: 'disk_unknown' }];
  const { freeBytes, floorBytes } = disk;
  if (freeBytes < floorBytes) return [{ kind: 'no_room', freeBytes, floorBytes }];
  if (waiting > 0) return [{ kind: 'little_room', waiting }];
  return isTold(deps, 'disk') ? [{ kind: 'disk_filling' }] : [];
};

const ofHub = ({ hubReach }: ProblemsDeps): Problem[] => {
  const since = hubReach.silentSince();
  return since === undefined ? [] : [{ kind: 'hub_silent', since }];
};

/** Redis is lost for owners even while nothing waits for it. */
const ofHosts = ({ store, queue }: ProblemsDeps, chatId: number | undefined): Problem[] => {
  const wanted = new Set(store.hosts.hostsWanted(chatId));
  const joined = store.hosts.listHosts().filter(({ state }) => state === 'joined');
  const gone = joined.flatMap(({ id }) => {
    const away = queue.hostAway(id);
    return away && (wanted.has(id) || (chatId === undefined && away.by !== undefined)) ? [away] : [];
  });
  const cut = joined.flatMap(({ id, name }) => {
    const since = id !== THIS_HOST && wanted.has(id) ? queue.hubSilentSince(id) : undefined;
    return since === undefined ? [] : [{ name, since }];
  });
  return [
    ...(gone.length > 0 ? [{ kind: 'hosts_away', hosts: gone } as const] : []),
    ...(cut.length > 0 ? [{ kind: 'hosts_without_hub', hosts: cut } as const] : []),
  ];
};

/** What owners alone can mend. */
const ofOwners = ({ store }: ProblemsDeps): Problem[] => {
  const backup = store.backups.lastEndedNightly();
  return [
    ...(store.tokenRefusals.isAnyRefused() ? [{ kind: 'token_refused' } as const] : []),
    ...(backup?.state === 'failed' ? [{ kind: 'backup_failed', why: backup.errorMessage ?? '' } as const] : []),
  ];
};

/**
 * What is wrong, the worst first.
 * @param waiting how many wait for room on the disk
 * @param chatId undefined: for an owner, who is told as well what owners alone can mend
 */
export const problemsOf = (
  deps: ProblemsDeps,
  { disk, waiting }: { readonly disk: Disk; readonly waiting: number },
  chatId: number | undefined,
): Problem[] => {
  const { queue } = deps;
  const isForOwner = chatId === undefined;
  const trouble = queue.trouble(NO_MODEL);
  return [
    ...(trouble === undefined ? [] : [{ kind: 'database', why: isForOwner ? trouble : undefined } as const]),
    ...ofDisk(deps, disk, waiting),
    ...ofHub(deps),
    ...ofHosts(deps, chatId),
    ...(isTold(deps, 'stalled') ? [{ kind: 'stalled' } as const] : []),
    ...(isForOwner ? ofOwners(deps) : []),
    ...(queue.isHeld() ? [{ kind: 'held' } as const] : []),
  ];
};
