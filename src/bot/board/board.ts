import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from 'grammy';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import { apiFailure } from '../api-failure.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { messageParameters } from '../ui/text.ts';
import type { Pace } from '../pace.ts';
import { createMemory, type Memory, type News } from './memory.ts';
import { type Drawing, type Hurry, modelSlots, requestSlots, type Slot, type SlotDeps } from './slots.ts';
import { summarySlots } from './summary.ts';

export interface Board {
  /** Looks at once instead of at the next tick. */
  readonly poke: () => void;
  /** Draws what is owed once more, then stops. Waits for calls under way: whoever calls this has them end. */
  readonly close: () => Promise<void>;
}

export interface BoardDeps extends SlotDeps {
  /** An Api without automatic retries: a stale card must not be sent again, the next look has a newer one. */
  readonly api: Api;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
}

const TICK_MS = 40;
/** How often the rows are read. */
const LOOK_MS = 250;
const HURRIES: readonly Hurry[] = ['final', 'new', 'change', 'progress'];
/** What is no news is rendered this often at most. */
const SEEN_MS = 2500;
/** How long a chat is left alone after Telegram was out of reach. */
const OUTAGE_HOLD_MS = 5000;
/** So often in succession an edit may be refused for a reason that may pass; then the card is sent anew. */
const EDITS_MOST = 6;
/** Before any time of a clock. */
const NEVER = Number.NEGATIVE_INFINITY;
/** How long the last drawing may go on when the program ends. */
const CLOSING_MS = 3000;

/** @returns false if Telegram does not let it, as with messages older than 48 hours */
const erase = async (api: Api, chatId: number, messageId: number): Promise<boolean> => {
  try {
    return await api.deleteMessage(chatId, messageId);
  } catch (error) {
    const { kind } = apiFailure(error);
    if (kind === 'message_gone') return true;
    if (kind === 'refused' || kind === 'not_now') return false;
    throw error;
  }
};

/** @returns what has become of the slot's message */
const send = async (api: Api, slot: Slot, { rendering }: Drawing): Promise<News> => {
  const { text, entities, options } = messageParameters(rendering);
  const common = { entities, ...options, link_preview_options: { is_disabled: true } };
  if (slot.messageId !== null) {
    await api.editMessageText(slot.chatId, slot.messageId, text, common);
    return {};
  }
  const message = await api.sendMessage(slot.chatId, text, {
    ...common,
    disable_notification: true,
    ...(slot.threadId === null ? {} : { message_thread_id: slot.threadId }),
    ...(slot.replyTo === null
      ? {}
      : { reply_parameters: { message_id: slot.replyTo, allow_sending_without_reply: true } }),
  });
  // The new one stands there: if the old one cannot be deleted, it only stands still.
  if (slot.replaces) await erase(api, slot.chatId, slot.replaces).catch(() => false);
  return {
    messageId: message.message_id,
    // Its topic is closed or gone: it went to the chat itself.
    hasLeftThread: slot.threadId !== null && message.message_thread_id !== slot.threadId,
  };
};

const put = async (api: Api, slot: Slot, drawing: Drawing): Promise<News> => {
  if (drawing.erase && (slot.messageId === null || (await erase(api, slot.chatId, slot.messageId)))) return {};
  return send(api, slot, drawing);
};

interface Core extends BoardDeps {
  /** Chats with a call under way: one at a time each. */
  readonly busy: Map<number, Promise<void>>;
  /** When each slot was rendered last: those waiting longest go first. */
  readonly seenAt: Map<string, number>;
  /** In which state each slot was drawn last, as far as this process has drawn it. */
  readonly states: Map<string, string>;
  readonly backoff: Backoff;
  readonly memory: Memory;
  /** What is to be drawn, as the rows were at the last look, in order. */
  slots: readonly Slot[];
  lookedAt: number;
}

const recover = (core: Core, slot: Slot, drawing: Drawing, error: unknown): void => {
  const { store, pace, clock, log } = core;
  const failure = apiFailure(error);
  switch (failure.kind) {
    case 'unchanged':
      remember(core, slot, { drawing });
      return;
    case 'message_gone':
      core.memory.note(slot, { messageId: null });
      return;
    case 'wait':
      pace.hold(slot.chatId, clock.monotonic() + failure.ms);
      return;
    case 'unreachable':
      store.chats.setReachable(slot.chatId, false);
      return;
    case 'migrated':
      store.chats.migrateChat(slot.chatId, failure.chatId);
      return;
    case 'outage':
      pace.hold(slot.chatId, clock.monotonic() + OUTAGE_HOLD_MS);
      return;
    case 'not_now': {
      const times = core.backoff.refused(slot.key, clock.monotonic());
      if (times === 1)
        log.warn({ slot: slot.key, description: failure.description }, 'Telegram does not take a card now');
      // What nobody can edit, for whatever reason, is sent anew.
      if (times % EDITS_MOST === 0) core.memory.note(slot, { messageId: null });
      return;
    }
    case 'refused':
      log.error({ slot: slot.key, description: failure.description }, 'Telegram refused a card');
      remember(core, slot, { drawing });
  }
};

/** What Telegram said may have to be written down, and the database may refuse: then the chat is asked again later. */
const tryToRecover = (core: Core, slot: Slot, drawing: Drawing, error: unknown): void => {
  try {
    recover(core, slot, drawing, error);
  } catch (refusal) {
    core.pace.hold(slot.chatId, core.clock.monotonic() + OUTAGE_HOLD_MS);
    core.log.error({ err: refusal, slot: slot.key }, 'What Telegram said of a card could not be written down');
  }
};

const hurryOf = ({ states }: Core, slot: Slot): Hurry =>
  slot.hurry === 'progress' && states.get(slot.key) !== slot.state ? 'change' : slot.hurry;

/** This is on the screen now. */
const remember = ({ states, backoff, memory }: Core, slot: Slot, news: News & { readonly drawing: Drawing }): void => {
  states.set(slot.key, slot.state);
  backoff.worked(slot.key);
  memory.note(slot, news);
};

const draw = async (core: Core, slot: Slot, drawing: Drawing): Promise<void> => {
  try {
    remember(core, slot, { drawing, ...(await put(core.api, slot, drawing)) });
  } catch (error) {
    tryToRecover(core, slot, drawing, error);
  } finally {
    core.busy.delete(slot.chatId);
    // What was seen of this chat is old now: its message may have been sent only just.
    core.slots = core.slots.filter(({ chatId }) => chatId !== slot.chatId);
  }
};

const slotsToDraw = (core: Core): Slot[] => {
  const cards = core.store.cards.cardsToDraw();
  const summaries = summarySlots(core, cards);
  const folded = new Set(summaries.map(({ chatId }) => chatId));
  return [...requestSlots(core), ...modelSlots(core, cards, folded), ...summaries];
};

const look = (core: Core, now: number): void => {
  const { seenAt, states } = core;
  const rank = (slot: Slot): number => HURRIES.indexOf(hurryOf(core, slot));
  const seen = (slot: Slot): number => seenAt.get(slot.key) ?? 0;
  core.lookedAt = now;
  core.memory.writeDown();
  core.slots = core.memory
    .correct(slotsToDraw(core))
    .toSorted((left, right) => rank(left) - rank(right) || seen(left) - seen(right));
  if (seenAt.size > 2 * core.slots.length) {
    const keys = new Set(core.slots.map(({ key }) => key));
    for (const key of [...seenAt.keys(), ...states.keys()].filter((known) => !keys.has(known))) {
      seenAt.delete(key);
      states.delete(key);
      core.backoff.worked(key);
    }
  }
};

/** @returns true if the slot needs no second look */
const tryToDraw = (core: Core, slot: Slot, { now, isLast }: { now: number; isLast: boolean }): boolean => {
  const { pace, busy, seenAt } = core;
  const kind = hurryOf(core, slot) === 'progress' && !isLast ? 'progress' : 'final';
  if (busy.has(slot.chatId)) return false;
  if (core.backoff.waits(slot.key, now)) return true;
  if (kind === 'progress' && now - (seenAt.get(slot.key) ?? NEVER) < SEEN_MS) return false;
  if (!pace.allows(slot.chatId, kind, now)) return false;
  seenAt.set(slot.key, now);
  const drawing = slot.render();
  if (!drawing) return true;
  if (slot.messageId !== null && drawing.content === slot.drawn) {
    remember(core, slot, { drawing });
    return true;
  }
  pace.spend(slot.chatId, kind, now);
  busy.set(slot.chatId, draw(core, slot, drawing));
  return true;
};

/** Draws what may be drawn now: few at a time, since Telegram counts by the second. */
const drip = (core: Core, isLast = false): void => {
  const now = core.clock.monotonic();
  if (isLast || now - core.lookedAt >= LOOK_MS) look(core, now);
  core.slots = core.slots.filter((slot) => !tryToDraw(core, slot, { now, isLast }));
};

/** What stopping made of the cards stays on the screen until the next start: it waits for its turn, for a short while. */
const drawOnceMore = async (core: Core): Promise<void> => {
  const timeout = AbortSignal.timeout(CLOSING_MS);
  while (!timeout.aborted) {
    drip(core, true);
    if (core.slots.length + core.busy.size === 0) return;
    await sleep(TICK_MS, undefined, { signal: timeout }).catch(() => undefined);
  }
  await Promise.all(core.busy.values());
};

/**
 * Keeps every card in step with its row: looks on its own clock, draws the newest state only, and keeps to Telegram's
 * pace. What it could not draw now it draws at a later look.
 */
export const startBoard = (deps: BoardDeps): Board => {
  const core: Core = {
    ...deps,
    busy: new Map(),
    seenAt: new Map(),
    states: new Map(),
    backoff: createBackoff(),
    memory: createMemory(deps.log),
    slots: [],
    lookedAt: NEVER,
  };
  const ticker = startTicker(
    TICK_MS,
    () => drip(core),
    (error) => deps.log.error({ err: error }, 'The board could not look'),
  );
  return {
    poke: () => {
      core.lookedAt = NEVER;
      ticker.poke();
    },
    close: async () => {
      await ticker.close();
      await drawOnceMore(core);
    },
  };
};
