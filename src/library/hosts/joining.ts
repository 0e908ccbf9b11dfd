/* library/hosts: machines that join and go, and where a model is to lie. */

import type { Door } from '../../hosts/door.ts';
import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { AppError, refuse } from '../../domain/errors.ts';
import { type Host, parseHostName, THIS_HOST } from '../../domain/hosts/host.ts';
import { toIso, type WallClock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Whereabouts } from '../../people/may.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';
import { stillOn } from './elsewhere.ts';
import { meansHere } from './find-host.ts';

/** Where other machines come in; there is none where hubgram knows no Redis. */
export interface HostDoor extends Omit<Door, 'look' | 'restore'> {
  /** The Hub that is asked here, if that is not the usual one: the other machine has to ask it, too. */
  readonly hub?: string | undefined;
}

interface JoiningDeps {
  readonly store: Store;
  readonly hostDoor?: HostDoor | undefined;
  readonly queue: Pick<Queue, 'remove' | 'cancel'>;
  readonly clock: WallClock;
  readonly log: Log;
}

type LeavingDeps = Pick<JoiningDeps, 'store' | 'queue'>;

type By = Pick<Whereabouts, 'userId' | 'chatId'>;

const HOUR_MS = 3_600_000;

/** What an owner needs to know to bring a machine in. */
export interface Invited extends Pick<HostDoor, 'address' | 'isLocal' | 'hasOwnCa' | 'hub'> {
  readonly host: Host;
  /** It is kept nowhere. */
  readonly code: string;
  /** What has to be run in redis-cli first; undefined: nothing. */
  readonly byHand: string | undefined;
}

/** In hex, which no shell takes for an option. 16 random bytes cannot be guessed: so their hash needs no salt. */
const createCode = (): string => randomBytes(16).toString('hex');
const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');

/**
 * Makes a code with which a machine joins, once, within an hour.
 * @throws AppError validation: no such name; operational: hubgram knows no Redis; unavailable: it does not answer
 */
export const inviteHost = async (deps: JoiningDeps, by: By, typed: string): Promise<Invited> => {
  const { store, hostDoor: door, clock, log } = deps;
  if (!door)
    return refuse(
      'Other machines hear of me by a Redis, and I know none: set HUBGRAM_REDIS_URL, and start me again. docs/hosts.md says how.',
      'operational',
    );
  const name = parseHostName(typed);
  if (meansHere(name)) refuse(`“${name}” means the machine that I run on. Choose another name.`);
  if (store.hosts.findHost(name)?.state === 'joined')
    refuse(`${name} has joined already. Choose another name, or let it go first: /hosts remove ${name}`);
  const code = createCode();
  const hasUser = await door.invite(name, code).catch((error: unknown) => {
    log.warn({ err: error }, 'Redis could not be told of a machine that may join');
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', 'Redis does not answer. Look at it, and try again.', { cause: error });
  });
  const host = store.atomically(() => {
    const codeEndsAt = toIso(clock.now() + HOUR_MS);
    const invited = store.hosts.inviteHost({ name, createdBy: by.userId, codeHash: hashOf(code), codeEndsAt });
    store.activity.logActivity(by.userId, by.chatId, 'host_invited', { host: name });
    return invited;
  });
  const { address, isLocal, hasOwnCa, hub } = door;
  return { host, code, address, isLocal, hasOwnCa, hub, byHand: hasUser ? undefined : door.byHand(name) };
};

/** Nobody else waits while so many are removed. */
const AT_ONCE = 20;

/** What was to move there lies elsewhere still: there it stays, as it was. */
const stays = ({ store, queue }: LeavingDeps, host: Host, id: number): boolean => {
  const model = store.models.getModel(id);
  return (
    model !== undefined &&
    stillOn(store, model) !== undefined &&
    queue.cancel(id) &&
    store.models.getModel(id)?.hostId !== host.id
  );
};

/** @returns how many left their libraries */
const removeAllOn = async (deps: LeavingDeps, host: Host): Promise<number> => {
  const { store, queue } = deps;
  let removed = 0;
  // One of its name may be invited meanwhile: what comes onto that stays.
  while (store.hosts.getHost(host.id)?.state === 'gone') {
    const ids = store.hosts.modelsOnHost(host.id, AT_ONCE);
    for (const id of ids) {
      if (!stays(deps, host, id) && queue.remove(id, { taking: 'nothing', freedBytes: 0 })) removed += 1;
    }
    if (ids.length < AT_ONCE) break;
    await breathe();
  }
  return removed;
};

/**
 * A machine belongs to the bot no more: its models leave their libraries, and what lies on its disk stays there. What was to move
 * there stays where it is, and what moves away from there is fetched as if it had never been there.
 * @returns how many models that were; undefined: it is none of the bot's, or the one that the bot runs on
 */
export const letHostGo = async (deps: JoiningDeps, by: By, host: Host): Promise<number | undefined> => {
  const { store, hostDoor } = deps;
  const isGone = store.atomically(() => {
    if (host.id === THIS_HOST || !store.hosts.letHostGo(host.id)) return false;
    store.activity.logActivity(by.userId, by.chatId, 'host_removed', { host: host.name });
    store.watching.putTrouble(`host-${host.id}`, undefined);
    for (const id of store.hosts.forgetCopiesOn(host.id)) store.copies.giveUp(id, 'nothing');
    return true;
  });
  if (!isGone) return undefined;
  const left = removeAllOn(deps, host);
  hostDoor?.shut(host.name, left);
  return left;
};

/**
 * What lies on machines that were let go leaves its libraries where the program ended before all of it had.
 * @returns how many models that were
 */
export const endLettingGo = async (deps: LeavingDeps): Promise<number> => {
  const { hosts } = deps.store;
  let removed = 0;
  for (const { hostId } of hosts.countByHost()) {
    const host = hosts.getHost(hostId);
    if (host?.state === 'gone') removed += await removeAllOn(deps, host);
  }
  return removed;
};
