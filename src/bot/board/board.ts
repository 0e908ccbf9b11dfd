/* bot/board: each card shows what its row says, soon and within Telegram's limits, whatever went wrong before. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from 'grammy';
import { isForNow } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import { apiFailure } from '../telegram/api-failure.ts';
import { leaveAlone } from '../telegram/too-many-requests.ts';
import type { CardToDraw } from '../../store/messages/cards.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { type CardPage, createCardPages } from './card-pages.ts';
import type { CallBudget, CallKind } from '../telegram/call-budget.ts';
import { createMemory, type Memory, type News } from './memory.ts';
import { type Drawing, type Hurry, modelSlots, requestSlots, type Slot, type SlotDeps } from './slots.ts';
import { put } from './put.ts';
import { removedSlots } from './removed-slots.ts';
import { type ImportSlotDeps, importSlots } from './imports/slots.ts';
import { searchSlots } from './search-slots.ts';
import { summarySlots } from './summary.ts';
import { verificationSlots } from './verification/slots.ts';

export interface Board {
  /** Looks at once instead of at the next tick. */
  readonly poke: () => void;
  /** Draws what is owed once more, then stops. Waits for calls under way: whoever calls this has them end. */
  readonly close: () => Promise<void>;
}

export interface BoardDeps extends SlotDeps, ImportSlotDeps {
  /** An Api without automatic retries: a stale card must not be sent again, the next look has a newer one. */
  readonly api: Api;
  readonly budget: CallBudget;
  readonly clock: Clock;
  readonly log: Log;
}

const TICK_MS = 40;
/** How often the rows are read. */
const LOOK_MS = 250;
const HURRIES: readonly Hurry[] = ['final', 'new', 'change', 'progress'];
/** A slot whose state is the one that was drawn last, such as a progress bar, is rendered once in this time at most. */
const SEEN_MS = 2500;
/** How long a chat is left alone after Telegram was out of reach. */
const OUTAGE_HOLD_MS = 5000;
/** So often in succession an edit may be refused for a reason that may pass; then the card is sent anew. */
const EDITS_MOST = 6;
/** Stands for the time of what has not been done yet: earlier than any time of a clock. */
const NEVER = Number.NEGATIVE_INFINITY;
/** How long the last drawing may go on when the program ends. */
const CLOSING_MS = 3000;

interface BoardState extends BoardDeps {
  /** Chats with a call under way: one at a time each. */
  readonly busy: Map<number, Promise<void>>;
  /** When each slot was rendered last: those waiting longest go first. */
  readonly seenAt: Map<string, number>;
  /** In which state each slot was drawn last, as far as this process has drawn it. */
  readonly states: Map<string, string>;
  readonly backoff: Backoff;
  readonly memory: Memory;
  readonly nextPage: () => CardPage;
  /** How many cards were not looked at, when that was counted last. */
  unlooked: number;
  /** What is to be drawn, as the rows were at the last look, in order. */
  slots: readonly Slot[];
  lookedAt: number;
  /** Somebody has called `poke` since the rows were read. */
  isStale: boolean;
}

const recover = (state: BoardState, slot: Slot, drawing: Drawing, error: unknown): void => {
  const { store, budget, clock, log } = state;
  const failure = apiFailure(error);
  switch (failure.kind) {
    case 'unchanged':
      remember(state, slot, { drawing });
      return;
    case 'message_gone':
      state.memory.note(slot, { messageId: null });
      return;
    case 'wait':
      leaveAlone(state, slot.chatId, failure.ms);
      return;
    case 'unreachable':
      store.chats.setReachable(slot.chatId, false);
      return;
    case 'migrated':
      store.chats.migrateChat(slot.chatId, failure.chatId);
      return;
    case 'outage':
      budget.hold(slot.chatId, clock.monotonic() + OUTAGE_HOLD_MS);
      return;
    case 'not_now': {
      const times = state.backoff.refused(slot.key, clock.monotonic());
      if (times === 1)
        log.warn({ slot: slot.key, description: failure.description }, 'Telegram does not take a card now');
      // What nobody can edit, for whatever reason, is sent anew.
      if (times % EDITS_MOST === 0) state.memory.note(slot, { messageId: null });
      return;
    }
    case 'refused':
      log.error({ slot: slot.key, description: failure.description }, 'Telegram refused a card');
      remember(state, slot, { drawing });
  }
};

/** What Telegram said may have to be written down, and the database may refuse: then the chat is asked again later. */
const tryToRecover = (state: BoardState, slot: Slot, drawing: Drawing, error: unknown): void => {
  try {
    recover(state, slot, drawing, error);
  } catch (refusal) {
    state.budget.hold(slot.chatId, state.clock.monotonic() + OUTAGE_HOLD_MS);
    state.log.error({ err: refusal, slot: slot.key }, 'What Telegram said of a card could not be written down');
  }
};

const hurryOf = ({ states }: BoardState, slot: Slot): Hurry =>
  slot.hurry === 'progress' && states.get(slot.key) !== slot.state ? 'change' : slot.hurry;

/** Notes that a drawing is on the screen, and what has become of its message. */
const remember = (
  { states, backoff, memory }: BoardState,
  slot: Slot,
  news: News & { readonly drawing: Drawing },
): void => {
  states.set(slot.key, slot.state);
  backoff.worked(slot.key);
  memory.note(slot, news);
};

const draw = async (state: BoardState, slot: Slot, drawing: Drawing): Promise<void> => {
  try {
    remember(state, slot, { drawing, ...(await put(state.api, slot, drawing)) });
  } catch (error) {
    tryToRecover(state, slot, drawing, error);
  } finally {
    state.busy.delete(slot.chatId);
    // The other slots of this chat were read before this call: a message that they lack may have been sent by it.
    state.slots = state.slots.filter(({ chatId }) => chatId !== slot.chatId);
  }
};

const slotsToDraw = (state: BoardState, cards: readonly CardToDraw[]): Slot[] => {
  const summaries = summarySlots(state, cards);
  const folded = new Set(summaries.map(({ chatId }) => chatId));
  const models = modelSlots(state, cards, folded);
  const others = [...importSlots(state), ...verificationSlots(state), ...removedSlots(state)];
  return [...requestSlots(state), ...searchSlots(state), ...others, ...models, ...summaries];
};

/** What is over is forgotten; of what was not looked at nobody knows, and so many that were drawn last stay. */
const forget = ({ seenAt, states, backoff, slots }: BoardState, most: number): void => {
  const keys = new Set(slots.map(({ key }) => key));
  const others = [...new Set([...seenAt.keys(), ...states.keys()])].filter((known) => !keys.has(known));
  const oldestFirst = others.toSorted((left, right) => (seenAt.get(left) ?? 0) - (seenAt.get(right) ?? 0));
  for (const key of oldestFirst.slice(0, Math.max(0, others.length - most))) {
    seenAt.delete(key);
    states.delete(key);
    backoff.worked(key);
  }
};

const look = (state: BoardState, now: number): void => {
  const { seenAt } = state;
  const rank = (slot: Slot): number => HURRIES.indexOf(hurryOf(state, slot));
  const seen = (slot: Slot): number => seenAt.get(slot.key) ?? 0;
  state.lookedAt = now;
  state.isStale = false;
  state.memory.writeDown();
  const { cards, total } = state.nextPage();
  state.slots = state.memory
    .correct(slotsToDraw(state, cards))
    .toSorted((left, right) => rank(left) - rank(right) || seen(left) - seen(right));
  const isTooMuch = (): boolean => seenAt.size > 2 * (state.slots.length + state.unlooked);
  if (!isTooMuch()) return;
  state.unlooked = total() - cards.length;
  if (isTooMuch()) forget(state, state.unlooked);
};

/** What is wrong with one row is no reason for the cards of everybody else: it is tried again later. @throws what is wrong with all */
const render = ({ backoff, log }: BoardState, slot: Slot, now: number): Drawing | undefined => {
  try {
    return slot.render();
  } catch (error) {
    if (isForNow(error)) throw error;
    if (backoff.refused(slot.key, now) === 1) log.error({ err: error, slot: slot.key }, 'A card cannot be drawn');
    return undefined;
  }
};

const kindOf = (state: BoardState, slot: Slot, isLast: boolean): CallKind => {
  if (slot.isAwaited === true && slot.messageId === null) return 'answer';
  return hurryOf(state, slot) === 'progress' && !isLast ? 'progress' : 'final';
};

/** @returns true if the slot needs no second look */
const tryToDraw = (state: BoardState, slot: Slot, { now, isLast }: { now: number; isLast: boolean }): boolean => {
  const { budget, busy, seenAt } = state;
  const kind = kindOf(state, slot, isLast);
  if (busy.has(slot.chatId)) return false;
  if (state.backoff.waits(slot.key, now)) return true;
  if (kind === 'progress' && now - (seenAt.get(slot.key) ?? NEVER) < SEEN_MS) return false;
  if (!budget.allows(slot.chatId, kind, now)) return false;
  seenAt.set(slot.key, now);
  const drawing = render(state, slot, now);
  if (!drawing) return true;
  if (slot.messageId !== null && drawing.content === slot.drawn) {
    remember(state, slot, { drawing });
    return true;
  }
  budget.spend(slot.chatId, kind, now);
  busy.set(slot.chatId, draw(state, slot, drawing));
  return true;
};

/** Draws what may be drawn now: few at a time, since Telegram counts by the second. */
const drip = (state: BoardState, isLast = false): void => {
  const now = state.clock.monotonic();
  if (isLast || state.isStale || now - state.lookedAt >= LOOK_MS) look(state, now);
  state.slots = state.slots.filter((slot) => !tryToDraw(state, slot, { now, isLast }));
};

/** What stopping made of the cards stays on the screen until the next start: it waits for its turn, for a short while. */
const drawOnceMore = async (state: BoardState): Promise<void> => {
  const timeout = AbortSignal.timeout(CLOSING_MS);
  while (!timeout.aborted) {
    drip(state, true);
    if (state.slots.length + state.busy.size === 0) return;
    await sleep(TICK_MS, undefined, { signal: timeout }).catch(() => undefined);
  }
  await Promise.all(state.busy.values());
};

/**
 * Keeps every card in step with its row: looks on its own clock, draws the newest state only, and keeps to Telegram's
 * limits. What it could not draw now it draws at a later look.
 */
export const startBoard = (deps: BoardDeps): Board => {
  const state: BoardState = {
    ...deps,
    busy: new Map(),
    seenAt: new Map(),
    states: new Map(),
    backoff: createBackoff(),
    memory: createMemory(deps.log),
    nextPage: createCardPages(deps.store),
    slots: [],
    unlooked: 0,
    lookedAt: NEVER,
    isStale: true,
  };
  const ticker = startTicker(
    TICK_MS,
    () => drip(state),
    (error) => deps.log.error({ err: error }, 'The board could not look'),
    deps.clock,
  );
  return {
    poke: () => {
      state.isStale = true;
      ticker.poke();
    },
    close: async () => {
      await ticker.close();
      await drawOnceMore(state);
    },
  };
};
