/* library/watching: how everything is, and what owners should know without asking: once for one cause. */

import type { DiskRoom } from '../../cache/layout.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { nextTrouble, type TroubleCause, type TroubleLook, type TroubleRule } from '../../domain/watching/trouble.ts';
import { oneAtATime } from '../../lib/async/one-at-a-time.ts';
import { within } from '../../lib/async/within.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import type { Hosts } from '../../copies/hosts.ts';
import type { Queue } from '../../queue/queue.ts';
import type { NewNotice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { forecastDisk, willBeFull } from './forecast.ts';

/** Looks after what owners should know of without asking, and has them told, a cause once. */
export interface Watch {
  /** Done again and again by itself. */
  readonly look: () => Promise<void>;
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

/** Whether what people write gets here, and if not, what is said of that. */
export interface Arrivals {
  readonly look: TroubleLook;
  readonly why: string;
}

export interface WatchDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'bytesReceived' | 'isReading' | 'isHeld' | 'room' | 'hostAway'>;
  readonly hosts: Pick<Hosts, 'ids'>;
  /** Models that may be downloaded at once. */
  readonly places: () => number;
  readonly minFreeBytes: () => number;
  readonly arrivals: () => Arrivals;
  /** What all models may take together; undefined: there is no limit. */
  readonly maxTotalBytes: () => number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 60_000;
/** What passes beyond that between two looks, a machine has slept, or a program stood still: nobody could have done anything. */
const PASSED_MOST_MS = 2 * LOOK_MS;

/** Any byte ends it. */
const STALLED: TroubleRule = { tellAfterMs: 3_600_000, overAfterMs: 0 };
/** A forecast at the edge of what fits must not be told again with every file that comes or goes. */
const DISK: TroubleRule = { tellAfterMs: 600_000, overAfterMs: 3_600_000 };

/** It is known after two minutes; a proxy that is started anew, or a certificate that is, needs some more. */
const WEBHOOK: TroubleRule = { tellAfterMs: 300_000, overAfterMs: 0 };

/** A machine, or Redis, that is started anew is back by then; any sign of it ends it. */
const HOST: TroubleRule = { tellAfterMs: 600_000, overAfterMs: 0 };

type Told = Pick<NewNotice, 'kind'> & object;

const tellOwners = ({ store }: WatchDeps, notice: Told): void => {
  for (const { userId } of store.users.owners()) store.outbox.addNotice({ ...notice, chatId: userId } as NewNotice);
};

interface Looked {
  readonly cause: TroubleCause;
  readonly rule: TroubleRule;
  readonly look: TroubleLook;
  readonly passedMs: number;
  readonly begun: () => Told;
  readonly over?: Told | undefined;
}

/** What follows is a row in the same transaction as what is told of it. */
const note = (deps: WatchDeps, { cause, rule, look, passedMs, begun, over }: Looked): void => {
  const { store, log } = deps;
  store.atomically(() => {
    const before = store.watching.getTrouble(cause);
    const { trouble, says } = nextTrouble(before, look, passedMs, rule);
    if (trouble !== before) store.watching.putTrouble(cause, trouble);
    if (says === 'begun') tellOwners(deps, begun());
    if (says === 'over' && over) tellOwners(deps, over);
    if (says !== undefined) log.info({ cause, says }, 'Owners are told of what they should know of');
  });
};

/** Whether something should come that waits for no schedule, room, access, quota or person. */
const wantsBytes = ({ store: { models }, queue, places, clock }: WatchDeps): boolean => {
  if (queue.isHeld() || places() === 0) return false;
  return models.countByStatus('downloading') > 0 || models.mayClaim(toIso(clock.now())) || models.awaitsRetry();
};

/** A disk that does not answer, such as one on a network, keeps nothing else from being seen. */
const DISK_MS = 10_000;

const lookAtDisk = async (deps: WatchDeps, room: () => Promise<DiskRoom>, passedMs: number): Promise<void> => {
  const { store, minFreeBytes, maxTotalBytes, clock } = deps;
  const found = await within(DISK_MS, room);
  if (!found) return;
  const { freeBytes } = found;
  store.watching.noteDiskLevel(freeBytes);
  const disk = { freeBytes, floorBytes: minFreeBytes(), maxTotalBytes: maxTotalBytes() };
  const forecast = forecastDisk(store, disk, clock.now());
  note(deps, {
    cause: 'disk',
    rule: DISK,
    look: willBeFull(forecast) ? 'there' : 'well',
    passedMs,
    begun: () => ({ kind: 'disk_filling', payload: forecast }),
  });
};

const lookAtArrivals = (deps: WatchDeps, passedMs: number): void => {
  const { look, why } = deps.arrivals();
  note(deps, {
    cause: 'webhook',
    rule: WEBHOOK,
    look,
    passedMs,
    begun: () => ({ kind: 'webhook_unreached', payload: { why } }),
    over: { kind: 'webhook_reached' },
  });
};

type Away = ReturnType<Queue['hostAway']>;

const lookAtRedis = (deps: WatchDeps, passedMs: number, away: ReadonlyMap<number, Away>): void => {
  const { store, hosts } = deps;
  const by = [...away.values()].find((one) => one?.by !== undefined)?.by;
  // Nobody asks it any more, and so nobody knows that it is back: its address was taken out, or all machines were let go.
  if (!hosts.ids().some((id) => away.has(id))) {
    if (store.watching.getTrouble('redis')) store.watching.putTrouble('redis', undefined);
    return;
  }
  note(deps, {
    cause: 'redis',
    rule: HOST,
    look: by === undefined ? 'well' : 'there',
    passedMs,
    begun: () => ({ kind: 'redis_lost', payload: { by: by ?? 'no_redis' } }),
    over: { kind: 'redis_back' },
  });
};

const lookAtHosts = (deps: WatchDeps, passedMs: number): void => {
  const { store, queue } = deps;
  const others = store.hosts.listHosts().filter(({ id, state }) => id !== THIS_HOST && state === 'joined');
  const away = new Map(others.map(({ id }) => [id, queue.hostAway(id)]));
  lookAtRedis(deps, passedMs, away);
  for (const [hostId, one] of away) {
    const back = { kind: 'host_back', payload: { hostId } } as const;
    note(deps, {
      cause: `host-${hostId}`,
      rule: HOST,
      // While Redis is away nobody knows how it is.
      look: one === undefined ? 'well' : one.by === undefined ? 'there' : 'unclear',
      passedMs,
      begun: () => ({ kind: 'host_away', payload: { hostId } }),
      over: back,
    });
  }
};

/** Nothing is looked at before the first minute is over. */
export const createWatch = (deps: WatchDeps): Watch => {
  const { store, queue, clock, log } = deps;
  let ticker: Ticker | undefined;
  let lookedAt = clock.monotonic();
  let received = queue.bytesReceived();
  const room = oneAtATime(() => queue.room());

  const lookAtDownloads = (passedMs: number): void => {
    const came = queue.bytesReceived() - received;
    received += came;
    const isWell = came > 0 || !wantsBytes(deps);
    // What lies there is read: of that nothing has to come.
    const look = isWell ? 'well' : queue.isReading() ? 'unclear' : 'there';
    note(deps, {
      cause: 'stalled',
      rule: STALLED,
      look,
      passedMs,
      begun: () => ({ kind: 'downloads_stalled', payload: { why: store.watching.lastFault() ?? null } }),
      over: came > 0 ? { kind: 'downloads_go_on' } : undefined,
    });
  };

  const look = async (): Promise<void> => {
    const now = clock.monotonic();
    const passedMs = Math.min(PASSED_MOST_MS, now - lookedAt);
    lookedAt = now;
    lookAtDownloads(passedMs);
    lookAtArrivals(deps, passedMs);
    lookAtHosts(deps, passedMs);
    await lookAtDisk(deps, room, passedMs);
  };

  return {
    look,
    start: () => {
      ticker = startTicker(LOOK_MS, look, (error) =>
        log.warn({ err: error }, 'It could not be looked whether all is well'),
      );
    },
    close: async () => {
      await ticker?.close();
    },
  };
};
