/* bot/outbox: what must be said is said once and audibly, across restarts and outages; several that end together in one message. */

import type { Api } from 'grammy';
import { backoffMs } from '../../lib/backoff.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import { isForNow } from '../../domain/errors.ts';
import { createLapses } from '../../lib/lapse.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import { haveBeenTold } from '../../library/chat-downloads.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { apiFailure } from '../telegram/api-failure.ts';
import { leaveAlone } from '../telegram/too-many-requests.ts';
import type { CallBudget } from '../telegram/call-budget.ts';
import { isAboutPeople, peopleBatch } from './people/people-batch.ts';
import { isEnd, threadOf } from './same-cause.ts';
import { renderEnds } from './download-ended.ts';
import { isAfterItsCard, mergeable, recountBatch } from './ends-together.ts';
import { type HushDeps, createDigest } from './hushed.ts';
import { isQuiet, renderNotice } from './notice.ts';
import { type Batch, send } from './send.ts';
import { isLeftOut, renderLeftOut } from './unanswered.ts';

export interface Outbox {
  /** Looks at once instead of at the next tick. */
  readonly poke: () => void;
  readonly close: () => Promise<void>;
}

export interface OutboxDeps extends Omit<HushDeps, 'store'> {
  readonly api: Api;
  readonly store: Store;
  readonly budget: CallBudget;
  /** Whether an update of this chat is still being handled: that answers were left out is told after the last of them. */
  readonly isAnswering: (chatId: number) => boolean;
  /** The address of the Hub that is asked, if not the usual one. */
  readonly ownHub?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface OutboxState extends OutboxDeps {
  /** Chats with a message under way: one at a time each, so that one that hangs does not keep the others waiting. */
  readonly busy: Map<number, Promise<void>>;
  /** Notices that are not told together with others: a message with them was refused. */
  readonly alone: Set<number>;
  readonly lapses: ReturnType<typeof createLapses>;
  /** The clock on the wall was set back, perhaps while the program was down: waits that begin in the future are to begin now. */
  isSetBack: boolean;
  /** Sent, but not marked as sent yet, since the database refused: they must not be sent again. */
  readonly unmarked: Set<Delivered>;
}

interface Delivered {
  readonly chatId: number;
  readonly notices: readonly Notice[];
  readonly messageId: number;
}

const TICK_MS = 200;
/** Notices of one chat looked at in one go; the others come with the next tick. */
const BATCH = 200;
/** Between tries to send a notice. */
const PAUSES = { firstMs: 2000, mostMs: 5 * 60_000 } as const;
/** A chat that blocked the bot may unblock it, which hastens its notices; otherwise they are tried again this much later. */
const UNREACHABLE_MS = 60 * 60_000;
/** How long a chat is left alone whose notices the database could not be told of. */
const REFUSED_HOLD_MS = 5000;

/** @param isAlone nothing else stood in the message */
const recover = (state: OutboxState, notice: Notice, error: unknown, isAlone: boolean): void => {
  const { store, clock, log } = state;
  const later = (waitMs: number): void => store.outbox.retryNotice(notice.id, toIso(clock.now() + waitMs));
  const pauseMs = backoffMs(notice.attempts, PAUSES);
  const failure = apiFailure(error);
  switch (failure.kind) {
    case 'wait':
      leaveAlone(state, notice.chatId, failure.ms);
      later(failure.ms);
      return;
    case 'unreachable':
      store.chats.setReachable(notice.chatId, false);
      later(UNREACHABLE_MS);
      return;
    case 'migrated':
      store.chats.migrateChat(notice.chatId, failure.chatId);
      return;
    case 'not_now':
    case 'unchanged':
    case 'message_gone':
      log.warn({ err: error, notice: notice.id }, 'Telegram does not take a notice now');
      state.alone.add(notice.id);
      later(pauseMs);
      return;
    case 'outage':
      later(pauseMs);
      store.outbox.postponeChat(notice.chatId, toIso(clock.now() + pauseMs));
      return;
    case 'refused':
      // Of several in one message only one may be the reason.
      if (!isAlone) {
        state.alone.add(notice.id);
        return;
      }
      log.error({ err: error, notice: notice.id }, 'Telegram refused a notice');
      state.alone.delete(notice.id);
      store.outbox.dropNotice(notice.id, failure.description);
  }
};

/** The database may refuse what is to be written down of a failure: then the chat is left alone for a while. */
const tryTo = ({ budget, clock, log }: OutboxState, chatId: number, work: () => void): void => {
  try {
    work();
  } catch (error) {
    budget.hold(chatId, clock.monotonic() + REFUSED_HOLD_MS);
    log.error({ err: error, chat: chatId }, 'What became of a notice could not be written down');
  }
};

/** Joins what is logged of a download to the message that told of its end. */
const tellSent = ({ store, log }: OutboxState, notice: Notice, message: number): void => {
  const { id, kind, modelId: model, chatId: chat, sessionId } = notice;
  const session = sessionId === null ? undefined : store.sessions.getDownloadSession(sessionId)?.uuid;
  log.info({ notice: id, kind, model, session, chat, message }, 'A notice is sent');
};

/** @returns false if the database refuses: then it is tried again with the next look */
const mark = (state: OutboxState, delivered: Delivered): boolean => {
  const { store, unmarked, alone, log } = state;
  try {
    store.atomically(() => {
      store.chats.setReachable(delivered.chatId, true);
      for (const { id, kind, modelId } of delivered.notices) {
        store.outbox.markSent(id, delivered.messageId);
        if ((kind === 'completed' || kind === 'failed') && modelId !== null) haveBeenTold(store, kind, modelId);
      }
    });
    for (const notice of delivered.notices) {
      alone.delete(notice.id);
      tellSent(state, notice, delivered.messageId);
    }
    unmarked.delete(delivered);
    return true;
  } catch (error) {
    if (!unmarked.has(delivered)) log.error({ err: error }, 'A notice that was sent could not be marked as sent');
    unmarked.add(delivered);
    return false;
  }
};

const deliver = async (state: OutboxState, batch: Batch): Promise<void> => {
  const { notices } = batch;
  const [{ chatId }] = notices as [Notice, ...Notice[]];
  try {
    mark(state, { chatId, notices, messageId: await send(state, batch) });
  } catch (error) {
    tryTo(state, chatId, () => notices.forEach((notice) => recover(state, notice, error, notices.length === 1)));
  } finally {
    state.busy.delete(chatId);
  }
};

/** All that want to be let in, or all that have come in, in one message. */
const peopleBatchOf = ({ store, alone, clock }: OutboxState, notices: readonly Notice[]): Batch | undefined => {
  const [oldest] = notices;
  if (!oldest || !isAboutPeople(oldest) || alone.has(oldest.id)) return undefined;
  const same = notices.filter(isAboutPeople).filter(({ kind, id }) => kind === oldest.kind && !alone.has(id));
  const batch = peopleBatch(store, same, clock.now());
  return batch && { notices: same, ...batch };
};

/**
 * The next message for a chat: its oldest notice, or all that is told together with it. Notices that have nothing to say any
 * more are dropped.
 * @param due notices of one chat, the oldest first
 */
const nextBatch = (state: OutboxState, due: readonly Notice[]): Batch | undefined => {
  const { store, alone, clock, ownHub } = state;
  const ready = due.filter(
    (notice) => isAfterItsCard(store, notice, clock.now()) && !(isLeftOut(notice) && state.isAnswering(notice.chatId)),
  );
  const { counted, batch } = recountBatch(
    store,
    ready.filter(({ id }) => !alone.has(id)),
    clock.now(),
  );
  if (batch) return batch;
  const notices = ready.filter((notice) => !counted.has(notice));
  const [oldest] = notices;
  const thread = oldest && threadOf(store, oldest);
  const together = notices.filter(
    (notice) => isEnd(notice) && threadOf(store, notice) === thread && !alone.has(notice.id),
  );
  const ends = mergeable(store, together);
  if (ends.length > 1 && oldest && ends.includes(oldest)) return { notices: ends, rendering: renderEnds(store, ends) };
  const aboutPeople = peopleBatchOf(state, notices);
  if (aboutPeople) return aboutPeople;
  const leftOut = notices.filter(isLeftOut).filter(({ id }) => !alone.has(id));
  if (leftOut.length > 1 && leftOut[0] === oldest) return { notices: leftOut, rendering: renderLeftOut(leftOut) };
  for (const notice of notices) {
    const rendering = renderNotice(store, notice, ownHub);
    if (rendering) return { notices: [notice], rendering, isQuiet: isQuiet(notice) };
    store.outbox.dropNotice(notice.id, notice.kind === 'unreadable' ? 'it cannot be read' : 'nothing left to say');
  }
  return undefined;
};

const beginWaitsAnew = (state: OutboxState): void => {
  try {
    state.store.outbox.beginWaitsAnew();
    state.isSetBack = false;
  } catch (error) {
    // A full disk takes no new times: notices that do not wait are sent all the same, and the next look tries again.
    if (!isForNow(error)) throw error;
  }
};

const look = (state: OutboxState): void => {
  const { store, clock, budget, busy, lapses } = state;
  state.isSetBack ||= lapses()?.setBack === true;
  if (state.isSetBack) beginWaitsAnew(state);
  const now = clock.monotonic();
  // Until the database refuses one: it would refuse the others too.
  [...state.unmarked].every((delivered) => mark(state, delivered));
  const said = new Set([...state.unmarked].flatMap(({ notices }) => notices.map(({ id }) => id)));
  const due = store.outbox.dueNotices(toIso(clock.now()), BATCH + said.size).filter(({ id }) => !said.has(id));
  for (const [chatId, notices] of Map.groupBy(due, (notice) => notice.chatId)) {
    if (busy.has(chatId) || !budget.allows(chatId, 'final', now)) continue;
    tryTo(state, chatId, () => {
      const waitsForDigest = createDigest(state, chatId);
      const batch = nextBatch(
        state,
        notices.filter((notice) => !waitsForDigest(notice)),
      );
      if (!batch) return;
      budget.spend(chatId, 'final', now);
      const ids = batch.notices.map(({ id }) => id);
      busy.set(
        chatId,
        state.log.within({ notice: ids.length === 1 ? ids[0] : ids }, () => deliver(state, batch)),
      );
    });
  }
};

/**
 * Says what must be said: rows first, sent, then marked. A crash between "sent" and "marked" says it twice, never not
 * at all. Ends that wait for the same chat become one message.
 */
export const startOutbox = (deps: OutboxDeps): Outbox => {
  const state: OutboxState = {
    ...deps,
    busy: new Map(),
    alone: new Set(),
    unmarked: new Set(),
    lapses: createLapses(deps.clock),
    isSetBack: true,
  };
  const ticker = startTicker(
    TICK_MS,
    () => look(state),
    (error) => deps.log.error({ err: error }, 'The outbox could not look'),
    deps.clock,
  );
  return {
    poke: ticker.poke,
    close: async () => {
      await ticker.close();
      await Promise.all(state.busy.values());
    },
  };
};
