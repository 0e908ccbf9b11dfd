/* bot/clearing: deletes what the bot and people said to it when a chat has been still, and nothing that is still needed. */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Api } from 'grammy';
import { isForNow } from '../../domain/errors.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import { createLapses } from '../../lib/lapse.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import { type ChatToClear, DELETABLE_MS } from '../../store/messages/clearing.ts';
import type { Store } from '../../store/store.ts';
import { apiFailure } from '../telegram/api-failure.ts';
import type { CallBudget } from '../telegram/call-budget.ts';
import { leaveAlone } from '../telegram/too-many-requests.ts';
import { createMayDelete, type MayDelete } from './rights.ts';

export interface ClearingDeps {
  /** An Api without automatic retries: the next look tries again. */
  readonly api: Api;
  readonly store: Store;
  readonly budget: CallBudget;
  readonly clock: Clock;
  readonly log: Log;
}

const TICK_MS = 1000;
/** Nobody waits for it: so many calls with each look, and so many chats looked at. */
const CALLS_MOST = 5;
const CHATS_MOST = 50;
/** How long a chat, or all of them, is left alone after trouble. */
const PAUSE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How far a chat is. */
interface Progress {
  /** All up to this message was looked at. */
  after: number;
  /** What is to be deleted by a call each. */
  readonly pieces: (readonly number[])[];
}

interface ClearingState extends ClearingDeps {
  readonly mayDelete: MayDelete;
  readonly progress: Map<number, Progress>;
  readonly lapses: ReturnType<typeof createLapses>;
  /** The clock on the wall was set back, perhaps while the program was down. */
  setBack: 'perhaps' | 'surely' | undefined;
  /** Telegram was out of reach, or the database took nothing: nothing is asked before. */
  restsUntil: number;
}

const later = ({ store, clock, progress }: ClearingState, chatId: number, ms: number): void => {
  progress.delete(chatId);
  store.clearing.clearLater(chatId, toIso(clock.now() + ms));
};

/** What Telegram refuses in one piece it may take in two; what it refuses alone stays, and is not asked for again. */
const refused = ({ store }: ClearingState, chatId: number, { pieces }: Progress, piece: readonly number[]): void => {
  if (piece.length === 1) store.clearing.keepMessages(chatId, piece);
  else {
    const middle = Math.ceil(piece.length / 2);
    pieces.push(piece.slice(middle), piece.slice(0, middle));
  }
};

/** Writes down what Telegram's refusal of a call means for the chat. */
const recover = (
  state: ClearingState,
  chatId: number,
  error: unknown,
  onRefused: () => void = () => later(state, chatId, HOUR_MS),
): void => {
  const { store, clock, log } = state;
  const failure = apiFailure(error);
  switch (failure.kind) {
    case 'wait':
      leaveAlone(state, chatId, failure.ms);
      later(state, chatId, Math.max(failure.ms, PAUSE_MS));
      return;
    case 'unreachable':
      state.progress.delete(chatId);
      store.chats.setReachable(chatId, false);
      return;
    case 'migrated':
      state.progress.delete(chatId);
      store.chats.migrateChat(chatId, failure.chatId);
      return;
    case 'outage':
      state.restsUntil = clock.monotonic() + PAUSE_MS;
      return;
    case 'unchanged':
    case 'message_gone':
    case 'not_now':
    case 'refused':
      log.debug({ err: error, chat: chatId }, 'Telegram does not delete a message');
      onRefused();
  }
};

/** Reads what may go of the chat's next messages. @returns false: there is nothing more */
const readOn = async (state: ClearingState, { chatId, hours }: ChatToClear, progress: Progress): Promise<boolean> => {
  const { store, mayDelete } = state;
  const { messages, last } = store.clearing.clearableAfter(chatId, hours, progress.after);
  if (last === undefined) return false;
  const others = messages.filter(({ command }) => command).map(({ messageId }) => messageId);
  const isAllowed = others.length === 0 || (await mayDelete(chatId));
  if (!isAllowed) store.clearing.keepMessages(chatId, others);
  const piece = messages.filter(({ command }) => isAllowed || !command).map(({ messageId }) => messageId);
  if (piece.length > 0) progress.pieces.push(piece);
  progress.after = last;
  return true;
};

const deletePiece = async (state: ClearingState, chatId: number, progress: Progress): Promise<void> => {
  const { api, store, budget, clock } = state;
  const piece = progress.pieces.at(-1);
  if (!piece) return;
  budget.spend(chatId, 'progress', clock.monotonic());
  try {
    await api.deleteMessages(chatId, [...piece]);
  } catch (error) {
    recover(state, chatId, error, () => {
      progress.pieces.pop();
      refused(state, chatId, progress, piece);
    });
    return;
  }
  // Killed or refused here, the same is asked for again: what is gone is no error to Telegram.
  store.clearing.forgetDeleted(chatId, piece);
  progress.pieces.pop();
};

/** One step with a chat. @returns whether Telegram was asked */
const step = async (state: ClearingState, chat: ChatToClear): Promise<boolean> => {
  const { store, budget, clock } = state;
  const { chatId, hours, lastActivity } = chat;
  const stillMs = clock.now() - Date.parse(lastActivity);
  if (stillMs < hours * HOUR_MS) {
    later(state, chatId, hours * HOUR_MS - stillMs);
    return false;
  }
  if (!budget.allows(chatId, 'progress', clock.monotonic())) return false;
  const progress = state.progress.get(chatId) ?? { after: 0, pieces: [] };
  state.progress.set(chatId, progress);
  if (progress.pieces.length === 0) {
    try {
      if (!(await readOn(state, chat, progress))) {
        state.progress.delete(chatId);
        store.clearing.endClearing(chatId, hours);
        return false;
      }
    } catch (error) {
      recover(state, chatId, error);
      return true;
    }
  }
  const hasPiece = progress.pieces.length > 0;
  await deletePiece(state, chatId, progress);
  return hasPiece;
};

const look = async (state: ClearingState): Promise<void> => {
  const { store, clock, lapses, progress } = state;
  if (clock.monotonic() < state.restsUntil) return;
  if (lapses()?.setBack) state.setBack = 'surely';
  if (state.setBack) {
    // No look is due later than that, unless the clock was set back while the program was down.
    const farthest = state.setBack === 'surely' ? clock.now() : clock.now() + DELETABLE_MS;
    store.clearing.beginClearingAnew(toIso(farthest));
    state.setBack = undefined;
  }
  const due = store.clearing.chatsToClear(CHATS_MOST);
  const isAll = due.length < CHATS_MOST;
  for (const id of isAll ? progress.keys() : []) if (!due.some(({ chatId }) => chatId === id)) progress.delete(id);
  let calls = 0;
  for (const chat of due) {
    if (calls >= CALLS_MOST || clock.monotonic() < state.restsUntil) return;
    if (await step(state, chat)) calls += 1;
    await breathe();
  }
};

/**
 * Deletes what is old in chats that have been still for as long as they say, slowly: rows say what is due, so that an end of the
 * program changes nothing, and whatever else is to be said goes first.
 */
export const startClearing = (deps: ClearingDeps): Ticker => {
  const state: ClearingState = {
    ...deps,
    mayDelete: createMayDelete(deps),
    progress: new Map(),
    lapses: createLapses(deps.clock),
    setBack: 'perhaps',
    restsUntil: Number.NEGATIVE_INFINITY,
  };
  return startTicker(
    TICK_MS,
    () => look(state),
    (error) => {
      // What was deleted and could not be struck out would be asked for again and again.
      state.restsUntil = deps.clock.monotonic() + PAUSE_MS;
      if (!isForNow(error)) deps.log.error({ err: error }, 'Old messages could not be looked at');
    },
    deps.clock,
  );
};
