/* library/verifying: which copies are read again, in turn between chats, and what follows from it. */

import { AppError, isBusy, messageOf } from '../../domain/errors.ts';
import { type AdoptionWish, findingOf } from '../../domain/verification.ts';
import type { HostAway } from '../../domain/waiting.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import type { Queue } from '../../queue/queue.ts';
import type { VerifyState } from '../../copies/executor.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { NewVerification, Verification, WaitingItem } from '../../store/verifying/verifications.ts';
import { type AdoptItemDeps, createAdoptItem } from '../adopting/adopt-item.ts';
import { createLeftBehind, type LeftBehind, type Patience } from '../adopting/left-behind.ts';
import { createInTurn } from '../finding/in-turn.ts';
import type { ItemOutcome, ItemReading, ReadItem } from './item-reading.ts';
import { createListing } from './listing.ts';
import { createReadCopy } from './read-copy.ts';
import { settle, tell } from './settling.ts';

/** What a verification is reading now. */
export interface VerificationProgress {
  readonly itemId: number;
  readonly state: VerifyState | undefined;
}

export interface Verifying {
  /**
   * Has what is complete in a chat read again: one model, or all.
   * @returns undefined if there is nothing to read, or all of it is about to be read for this chat already
   */
  readonly request: (wish: NewVerification, modelId?: number) => Verification | undefined;
  /** Has what lies in the cache and is in no library taken into a chat's, after it was read. */
  readonly adopt: (asked: NewVerification, what: AdoptionWish) => Verification;
  /** What lies in the cache and is in no library. */
  readonly leftBehind: LeftBehind;
  /**
   * Begins to read all models of all chats, if the last round began a month ago or longer. Owners are told what it has found.
   * @returns false if it is not time, or there is nothing to read
   */
  readonly beginRound: () => boolean;
  /** Leaves it. What was found until then stays noted. @returns false if it had ended */
  readonly cancel: (id: number) => boolean;
  /** undefined if it waits for its turn, or has ended. */
  readonly progress: (id: number) => VerificationProgress | undefined;
  /** What all of it waits for that is left: machines that are not heard of. None: it waits for its turn, is read, or has ended. */
  readonly awaits: (id: number) => readonly HostAway[];
  /** Goes on with what a restart has interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface VerifyingDeps extends AdoptItemDeps {
  readonly queue: Pick<Queue, 'hostsThere' | 'hostAway'> &
    AdoptItemDeps['queue'] &
    Parameters<typeof createReadCopy>[0]['queue'] &
    Parameters<typeof createLeftBehind>[0]['queue'];
  /** How long is waited for other machines that tell what lies there; some minutes if not given. */
  readonly patience?: Patience | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface Current {
  readonly hostId: number;
  readonly item: WaitingItem;
  readonly reading: ItemReading;
  readonly leave: AbortController;
}

interface VerifyingState extends VerifyingDeps {
  /** What is being read, by item. */
  readonly current: Map<number, Current>;
  readonly readCopy: ReadItem;
  readonly adoptItem: ReadItem;
}

/** How soon something is read that lies on a machine that is back. */
const LOOK_MS = 5000;
/** Between two rounds. */
const MONTH_MS = 30 * 24 * 3_600_000;

const beginRound = ({ store, clock }: VerifyingDeps): boolean => {
  const last = store.verifications.lastRoundAt();
  const age = last === undefined ? MONTH_MS : clock.now() - Date.parse(last);
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  const isTime = age >= MONTH_MS || age < 0;
  return isTime && !store.verifications.isRoundOpen() && store.verifications.createRound();
};

/** What people have asked for goes before what nobody waits for. */
const nextItems = ({ store, queue, current }: VerifyingState, except: readonly number[]): readonly WaitingItem[] => {
  // One on each machine: the disk is for those who load models, too. What lies on one that is away waits.
  const busy = new Set([...current.values()].map(({ hostId }) => hostId));
  const hosts = queue.hostsThere().filter((hostId) => !busy.has(hostId));
  const items = hosts.length === 0 ? [] : store.verifications.nextItems(except, hosts);
  const asked = items.filter(({ purpose }) => purpose !== 'round');
  return asked.length > 0 ? asked : items;
};

const isFull = (error: unknown): boolean => error instanceof AppError && error.code === 'no_space';

const read = async (state: VerifyingState, item: WaitingItem, shutdown: AbortSignal): Promise<void> => {
  const { clock, current, log, store } = state;
  const leave = new AbortController();
  const signal = AbortSignal.any([shutdown, leave.signal]);
  const since = clock.monotonic();
  const reading = (item.purpose === 'adopt' ? state.adoptItem : state.readCopy)(item, signal);
  const hostId = item.hostId ?? store.copies.getCopy(item.copyId ?? 0)?.hostId ?? THIS_HOST;
  current.set(item.id, { item, reading, leave, hostId });
  let outcome: ItemOutcome;
  try {
    const { to, result } = await reading.done;
    outcome = { to, result: { ...result, tookMs: Math.round(clock.monotonic() - since) } };
  } catch (error) {
    // It is read from its beginning when the program starts again, or not at all.
    if (signal.aborted) return;
    // What was found could not be written down: that says nothing of the files, and they are read once more.
    if (isBusy(error) || isFull(error)) throw error;
    if (!(error instanceof AppError)) log.error({ err: error, item: item.id }, 'A copy could not be read again');
    outcome = { to: 'refused', result: { finding: findingOf([], [], { refusal: messageOf(error) }) } };
  } finally {
    current.delete(item.id);
  }
  settle(state, item, outcome);
  tell(log, item, outcome);
};

const currentOf = ({ current }: VerifyingState, id: number): Current[] =>
  [...current.values()].filter(({ item }) => item.verificationId === id);

const onFault =
  (log: Log) =>
  (error: unknown): void =>
    log.error({ err: error }, 'It could not be looked what is to be read again');

/** Reads again what people want to have read again: as rows, one copy at a time on each machine, chats in turn. */
export const createVerifying = (deps: VerifyingDeps): Verifying => {
  const { store, clock, log } = deps;
  const leftBehind = createLeftBehind(deps);
  const state: VerifyingState = {
    ...deps,
    current: new Map(),
    readCopy: createReadCopy(deps),
    adoptItem: createAdoptItem(deps),
  };
  const turns = createInTurn<WaitingItem>({
    next: (except) => nextItems(state, except),
    run: async (item, signal) => {
      await read(state, item, signal);
      if (item.purpose === 'adopt') leftBehind.forget();
    },
    atOnce: Number.POSITIVE_INFINITY,
    log,
  });
  const listing = createListing(deps, leftBehind, turns.pump);
  let ticker: Ticker | undefined;
  return {
    leftBehind,
    request: (wish, modelId) => {
      const verification = store.verifications.createVerification(wish, modelId);
      if (verification) turns.pump();
      return verification;
    },
    adopt: (asked, what) => {
      const adoption = store.verifications.createAdoption(asked, what);
      listing.pump();
      return adoption;
    },
    beginRound: () => {
      const isBegun = beginRound(deps);
      if (isBegun) turns.pump();
      return isBegun;
    },
    cancel: (id) => {
      const isLeft = store.verifications.moveVerification(id, 'reading', 'cancelled');
      const why = new Error('nobody wants it any more');
      if (isLeft) for (const { leave } of currentOf(state, id)) leave.abort(why);
      if (isLeft) listing.leave(id, why);
      return isLeft;
    },
    progress: (id) => {
      const [current] = currentOf(state, id);
      return current && { itemId: current.item.id, state: current.reading.state() };
    },
    awaits: (id) => {
      const hosts = store.verifications.hostsToRead(id);
      const away = hosts.flatMap((hostId) => deps.queue.hostAway(hostId) ?? []);
      return away.length === hosts.length ? away : [];
    },
    start: () => {
      listing.pump();
      turns.pump();
      ticker = startTicker(LOOK_MS, turns.pump, onFault(log), clock);
    },
    close: async () => {
      await ticker?.close();
      await Promise.all([listing.close(), turns.close(), leftBehind.close()]);
    },
  };
};
