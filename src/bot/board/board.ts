import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from 'grammy';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import { apiFailure } from '../api-failure.ts';
import { messageParameters } from '../ui/text.ts';
import type { Pace } from '../pace.ts';
import { type Slot, type SlotDeps, slotsToDraw } from './slots.ts';

export interface Board {
  /** Looks at once instead of at the next tick. */
  readonly poke: () => void;
  /** Draws what is owed once more, then stops. */
  readonly close: () => Promise<void>;
}

export interface BoardDeps extends SlotDeps {
  /** An Api without automatic retries: a stale card must not be sent again, the next look has a newer one. */
  readonly api: Api;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
}

const TICK_MS = 500;
/** How long a chat is left alone after Telegram was out of reach. */
const OUTAGE_HOLD_MS = 5000;
/** How long the last drawing may take when the program ends. */
const CLOSING_MS = 3000;
/** Between the looks meanwhile. */
const CLOSING_LOOK_MS = 100;

const sendSlot = async (api: Api, slot: Slot): Promise<void> => {
  const { text, entities, options } = messageParameters(slot.rendering);
  const common = { entities, ...options, link_preview_options: { is_disabled: true } };
  if (slot.messageId !== null) {
    await api.editMessageText(slot.chatId, slot.messageId, text, common);
    return;
  }
  const message = await api.sendMessage(slot.chatId, text, {
    ...common,
    disable_notification: true,
    ...(slot.threadId === null ? {} : { message_thread_id: slot.threadId }),
    ...(slot.replyTo === null
      ? {}
      : { reply_parameters: { message_id: slot.replyTo, allow_sending_without_reply: true } }),
  });
  slot.sent(message.message_id);
};

interface Core extends BoardDeps {
  /** Chats with a call under way: one at a time each. */
  readonly busy: Map<number, Promise<void>>;
  /** When each slot was drawn last: those waiting longest go first. */
  readonly drawnAt: Map<string, number>;
}

const recover = ({ store, pace, clock, log }: Core, slot: Slot, error: unknown): void => {
  const failure = apiFailure(error);
  switch (failure.kind) {
    case 'unchanged':
      slot.drew();
      return;
    case 'message_gone':
      slot.sent(null);
      return;
    case 'thread_gone':
      slot.leaveThread();
      return;
    case 'wait':
      pace.hold(slot.chatId, clock.now() + failure.ms);
      return;
    case 'unreachable':
      store.chats.setReachable(slot.chatId, false);
      return;
    case 'migrated':
      store.chats.migrateChat(slot.chatId, failure.chatId);
      return;
    case 'outage':
      pace.hold(slot.chatId, clock.now() + OUTAGE_HOLD_MS);
      return;
    case 'refused':
      log.error({ slot: slot.key, description: failure.description }, 'Telegram refused a card');
      slot.drew();
  }
};

const draw = async (core: Core, slot: Slot): Promise<void> => {
  try {
    await sendSlot(core.api, slot);
    slot.drew();
  } catch (error) {
    recover(core, slot, error);
  } finally {
    core.drawnAt.set(slot.key, core.clock.now());
    core.busy.delete(slot.chatId);
  }
};

/** @returns how many cards differ from the screen */
const look = (core: Core, isClosing = false): number => {
  const { pace, busy, drawnAt } = core;
  const now = core.clock.now();
  const slots = slotsToDraw(core).toSorted(
    (left, right) =>
      Number(right.urgent) - Number(left.urgent) || (drawnAt.get(left.key) ?? 0) - (drawnAt.get(right.key) ?? 0),
  );
  for (const slot of slots) {
    const kind = slot.urgent || isClosing ? 'final' : 'progress';
    if (busy.has(slot.chatId) || !pace.allows(slot.chatId, kind, now)) continue;
    pace.spend(slot.chatId, kind, now);
    busy.set(slot.chatId, draw(core, slot));
  }
  if (slots.length === 0) drawnAt.clear();
  return slots.length;
};

/** What stopping made of the cards stays on the screen until the next start: it waits for its turn, for a short while. */
const drawOnceMore = async (core: Core): Promise<void> => {
  const timeout = AbortSignal.timeout(CLOSING_MS);
  const pause = (): Promise<void> => sleep(CLOSING_LOOK_MS, undefined, { signal: timeout }).catch(() => undefined);
  const over = once(timeout, 'abort');
  const finish = (): Promise<unknown> => Promise.race([Promise.all(core.busy.values()), over]);
  await finish();
  while (!timeout.aborted && look(core, true) > 0) {
    await finish();
    await pause();
  }
};

/**
 * Keeps every card in step with its row: looks on its own clock, draws the newest state only, and keeps to Telegram's
 * pace. What it could not draw now it draws at a later look.
 */
export const startBoard = (deps: BoardDeps): Board => {
  const core: Core = { ...deps, busy: new Map(), drawnAt: new Map() };
  const ticker = startTicker(
    TICK_MS,
    () => void look(core),
    (error) => deps.log.error({ err: error }, 'The board could not look'),
  );
  return {
    poke: ticker.poke,
    close: async () => {
      await ticker.close();
      await drawOnceMore(core);
    },
  };
};
