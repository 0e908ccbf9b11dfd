import { AppError, messageOf } from '../../domain/errors.ts';
import { findingOf, type ItemState } from '../../domain/verification.ts';
import type { VerifyState } from '../../copies/executor.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Queue } from '../../queue/queue.ts';
import type { ReadingCopy } from '../../queue/verifying/verify-copy.ts';
import type { Store } from '../../store/store.ts';
import type { ItemResult, NewVerification, Verification, WaitingItem } from '../../store/verifying/verifications.ts';
import { createInTurn } from '../finding/in-turn.ts';

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
  /** Leaves it. What was found until then stays noted. @returns false if it had ended */
  readonly cancel: (id: number) => boolean;
  /** undefined if it waits for its turn, or has ended. */
  readonly progress: (id: number) => VerificationProgress | undefined;
  /** Goes on with what a restart has interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface VerifyingDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'verifyCopy' | 'restore'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Current {
  readonly item: WaitingItem;
  readonly reading: ReadingCopy;
  readonly leave: AbortController;
}

interface VerifyingState extends VerifyingDeps {
  /** What is being read, by verification. */
  readonly current: Map<number, Current>;
}

/** What was asked for so long ago is told by a sound: nobody looks at its message any more. */
const LONG_MS = 60_000;

/** Whether its end is worth a message of its own, besides the one that showed how far it was. */
const isNews = ({ store, clock }: VerifyingDeps, id: number): boolean => {
  const age = clock.now() - Date.parse(store.verifications.getVerification(id)?.createdAt ?? '');
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  return age >= LONG_MS || age < 0;
};

/** What became of one, and of the whole if it was the last. */
const settle = (
  deps: VerifyingDeps,
  { id, verificationId, chatId }: WaitingItem,
  to: Exclude<ItemState, 'waiting'>,
  result?: ItemResult,
): void =>
  deps.store.atomically(() => {
    const { verifications, outbox } = deps.store;
    if (!verifications.settleItem(id, to, result)) return;
    if (verifications.itemsIn(verificationId, ['waiting'], 1).length > 0) return;
    if (!verifications.moveVerification(verificationId, 'reading', 'done')) return;
    if (isNews(deps, verificationId)) outbox.addNotice({ chatId, kind: 'verified', payload: { verificationId } });
  });

/** What was read is noted; what is broken or missing is fetched again, for the chat that asked. */
const conclude = (
  deps: VerifyingDeps,
  item: WaitingItem,
  verified: Awaited<ReadingCopy['done']>,
  tookMs: number,
): void => {
  if (verified.kind === 'changed') {
    settle(deps, item, 'left_out');
    return;
  }
  const { files, bytes } = verified;
  if (verified.kind === 'right') {
    settle(deps, item, 'right', { files, bytes, tookMs });
    return;
  }
  // Before it is noted: after a kill in between, what is being fetched is not read.
  if (item.modelId !== null) deps.queue.restore(item.modelId);
  settle(deps, item, 'mending', { files, bytes, tookMs, finding: findingOf(verified.missing, verified.broken) });
};

const read = async (state: VerifyingState, item: WaitingItem, shutdown: AbortSignal): Promise<void> => {
  const { clock, queue, current, log } = state;
  const leave = new AbortController();
  const signal = AbortSignal.any([shutdown, leave.signal]);
  const reading = item.copyId === null ? undefined : queue.verifyCopy(item.copyId, signal);
  if (!reading) {
    settle(state, item, 'left_out');
    return;
  }
  const since = clock.monotonic();
  current.set(item.verificationId, { item, reading, leave });
  try {
    const verified = await reading.done;
    conclude(state, item, verified, Math.round(clock.monotonic() - since));
  } catch (error) {
    // It is read from its beginning when the program starts again, or not at all.
    if (signal.aborted) return;
    if (!(error instanceof AppError)) log.error({ err: error, copy: item.copyId }, 'A copy could not be read again');
    // The database may refuse: then it is read once more.
    settle(state, item, 'refused', { finding: findingOf([], [], messageOf(error)) });
  } finally {
    current.delete(item.verificationId);
  }
};

/** Reads again what people want to have read again: as rows, one copy at a time for the whole machine, chats in turn. */
export const createVerifying = (deps: VerifyingDeps): Verifying => {
  const { store, log } = deps;
  const state: VerifyingState = { ...deps, current: new Map() };
  const turns = createInTurn<WaitingItem>({
    next: (except) => store.verifications.nextItems(except),
    run: (item, signal) => read(state, item, signal),
    // The disk is for those who load models, too.
    atOnce: 1,
    log,
  });
  return {
    request: (wish, modelId) => {
      const verification = store.verifications.createVerification(wish, modelId);
      if (verification) turns.pump();
      return verification;
    },
    cancel: (id) => {
      const isLeft = store.verifications.moveVerification(id, 'reading', 'cancelled');
      if (isLeft) state.current.get(id)?.leave.abort(new Error('nobody wants it any more'));
      return isLeft;
    },
    progress: (id) => {
      const current = state.current.get(id);
      return current && { itemId: current.item.id, state: current.reading.state() };
    },
    start: turns.pump,
    close: turns.close,
  };
};
