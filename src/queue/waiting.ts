import { isScheduled, type Model } from '../domain/model.ts';
import { NEVER } from '../domain/schedule/schedule.ts';
import type { HostAway, Waiting } from '../domain/waiting.ts';
import { type WallClock, toIso } from '../lib/clock.ts';
import type { Hosts } from '../copies/hosts.ts';
import type { Quotas } from '../people/quotas.ts';
import type { Store } from '../store/store.ts';

export interface WaitingDeps {
  readonly store: Store;
  readonly quotas: Pick<Quotas, 'refusalOf'>;
  readonly clock: WallClock;
  readonly hosts: Pick<Hosts, 'isThere' | 'cutOffBy'>;
  readonly isHeld: () => boolean;
  /** What no row tells of, as a sentence: a disk on which no row can be written. */
  readonly trouble: (id: number) => string | undefined;
  /** When it will start, roughly, in milliseconds from now. */
  readonly estimate: (id: number) => number | undefined;
}

type Schedule = Extract<Waiting, { readonly kind: 'start' | 'schedule' }>;

const forSchedule = ({ store }: WaitingDeps, { id, chatId, statusReason, onDemand }: Model): Schedule => {
  const schedule = store.schedules.getActiveSchedule(chatId);
  if (onDemand || !schedule) return { kind: 'start' };
  const { name, nextRunAt } = schedule;
  const hasBegun = statusReason === 'window_closed' || (store.sessions.openSession(id)?.bytesDownloaded ?? 0) > 0;
  // For a moment after a change it is not known yet.
  const opensAt = nextRunAt === '' || nextRunAt === NEVER ? undefined : Date.parse(nextRunAt);
  return { kind: 'schedule', name, opensAt, hasBegun };
};

/** That a machine is not heard of; undefined: it is. */
export const hostAway = (
  { store, hosts }: Pick<WaitingDeps, 'store' | 'hosts'>,
  hostId: number,
): HostAway | undefined => {
  if (hosts.isThere(hostId)) return undefined;
  const { name = `host ${hostId}`, seenAt } = store.hosts.getHost(hostId) ?? {};
  const since = seenAt ? Date.parse(seenAt) : undefined;
  return { kind: 'host_away', host: name, since, by: hosts.cutOffBy(hostId) };
};

/** What no row tells of. */
const forMachine = (deps: WaitingDeps, model: Model): Waiting | undefined => {
  const why = deps.trouble(model.id);
  return why === undefined ? hostAway(deps, model.hostId) : { kind: 'trouble', why };
};

const inTurn = ({ store, clock, estimate }: WaitingDeps, model: Model): Waiting => {
  const { id, chatId, statusReason } = model;
  const startsInMs = estimate(id);
  const closesAt = isScheduled(model) ? store.schedules.openRunOf(chatId)?.closesAt : undefined;
  const isInTime = startsInMs === undefined || !closesAt || clock.now() + startsInMs < Date.parse(closesAt);
  return {
    kind: 'turn',
    position: store.models.queuePosition(id),
    // Its time may be over by then, and nobody knows what the next one begins with.
    startsInMs: isInTime ? startsInMs : undefined,
    wasInterrupted: statusReason === 'shutdown' || statusReason === 'interrupted',
  };
};

/** What it waits for since its last try; undefined: its time has come, and from here on it waits for its turn as all others do. */
const afterFault = (
  { store, clock }: WaitingDeps,
  { id, statusReason, notBefore }: Model,
): Extract<Waiting, { readonly kind: 'access' | 'backoff' }> | undefined => {
  const until = notBefore === null ? clock.now() : Date.parse(notBefore);
  if (statusReason !== 'backoff' || until <= clock.now()) return undefined;
  const session = store.sessions.openSession(id);
  const why = session?.errorMessage ?? undefined;
  const access = session?.metadata?.access;
  return access ? { kind: 'access', code: access.code, why, page: access.page } : { kind: 'backoff', until, why };
};

const besidesPending = (deps: WaitingDeps, model: Model): Waiting | undefined => {
  const { id, status } = model;
  if (status === 'paused') return { kind: deps.store.models.isCancelled(id) ? 'cancelled' : 'paused' };
  return status === 'downloading' ? hostAway(deps, model.hostId) : undefined;
};

/**
 * What a model waits for; undefined if it has ended, or runs: on a host that is away it may run on, and its end is waited for.
 * Whoever speaks of waiting asks here.
 */
export const waitingOf = (deps: WaitingDeps, model: Model): Waiting | undefined => {
  const { store, clock, isHeld } = deps;
  const { id, status, statusReason } = model;
  if (status !== 'pending') return besidesPending(deps, model);
  if (!model.enabled) return { kind: 'disabled' };
  if (isHeld()) return { kind: 'held' };
  const wait = afterFault(deps, model);
  if (wait?.kind === 'access') return wait;
  if (store.models.isGateClosed(id, toIso(clock.now()))) return forSchedule(deps, model);
  const machine = forMachine(deps, model);
  if (machine) return machine;
  const refusal = store.models.isHeldBack(id) ? deps.quotas.refusalOf(model) : undefined;
  if (refusal) return { kind: 'quota', ...refusal };
  const why = store.sessions.openSession(id)?.errorMessage ?? undefined;
  if (statusReason === 'no_space') return { kind: 'space', why };
  return wait ?? inTurn(deps, model);
};
