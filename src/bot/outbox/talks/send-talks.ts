/* bot/outbox/talks: what a model says, shown while it is written and sent once. */

import { type Api, GrammyError } from 'grammy';
import { backoffMs } from '../../../lib/backoff.ts';
import { type Clock, toIso } from '../../../lib/clock.ts';
import type { Log } from '../../../lib/log.ts';
import { startTicker } from '../../../lib/ticker.ts';
import { modelIn } from '../../../library/find.ts';
import type { TalkDesk } from '../../../library/talks/talks.ts';
import type { TalkTurn } from '../../../store/messages/talks.ts';
import type { Store } from '../../../store/store.ts';
import { apiFailure } from '../../telegram/api-failure.ts';
import type { CallBudget, CallKind } from '../../telegram/call-budget.ts';
import { leaveAlone } from '../../telegram/too-many-requests.ts';
import { actionButton } from '../../ui/buttons.ts';
import { modelLabel } from '../../ui/label.ts';
import { messageParameters, plain, type Rendering } from '../../ui/text.ts';
import { createUnnoted, type Unnoted } from '../unnoted.ts';
import { liveText, outcomeText, reading, type TalkedTo } from './text.ts';

export interface SendTalksDeps {
  /** An Api without automatic retries. */
  readonly api: Api;
  readonly store: Store;
  readonly talks: TalkDesk;
  readonly budget: CallBudget;
  readonly clock: Clock;
  readonly log: Log;
}

/** What models write, on its way to chats. */
export interface TalkSending {
  readonly poke: () => void;
  readonly close: () => Promise<void>;
}

const LOOK_MS = 250;
/** Shown at once; one is written at a time, the others wait. */
const SHOWN_MOST = 100;
/** A draft is a preview of half a minute, and goes when anything else is sent (Bot API, sendMessageDraft): then it is soon there again. */
const DRAFT_AGAIN_MS = 5000;
/** What does not get through is tried so often, a few minutes in all. */
const TRIES = 6;
const PAUSES = { firstMs: 2000, mostMs: 60_000 };
/** What a server says that does not know a method (Client.cpp). */
const UNKNOWN_METHOD = 404;

interface State extends SendTalksDeps {
  /** What is under way, by turn. */
  readonly busy: Map<number, Promise<void>>;
  /** What stands there, by turn, and since when. */
  readonly shown: Map<number, { readonly text: string; readonly at: number }>;
  /** Messages that grow, of which the database could not be told yet. */
  readonly unnoted: Unnoted;
  /** Turns whose chat takes no drafts. */
  readonly byEdits: Set<number>;
  /** Telegram has it, and it is still to be written down: a database that refuses must not have it sent twice. */
  readonly taken: Set<number>;
  /** The server knows none. */
  hasNoDrafts: boolean;
}

const talkedTo = ({ store }: State, { chatId, modelId }: TalkTurn): TalkedTo => {
  const model = modelIn(store, chatId, modelId);
  return { id: modelId, label: model ? modelLabel(model) : 'The model', isGroup: chatId < 0 };
};

/** Where it is said. In a chat of one it is plain what it answers. */
const replyFields = ({ threadId, replyTo, chatId }: TalkTurn) => ({
  ...(threadId === null ? {} : { message_thread_id: threadId }),
  ...(replyTo === null || chatId > 0
    ? {}
    : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
});

const sendNew = async (state: State, turn: TalkTurn, rendering: Rendering): Promise<number> => {
  const { text, look } = messageParameters(rendering);
  // Nobody is called by what a model writes, and whoever asked is looking.
  const other = { ...look, disable_notification: true, ...replyFields(turn) };
  return (await state.api.sendMessage(turn.chatId, text, other)).message_id;
};

const isDraftable = ({ hasNoDrafts, byEdits }: State, { id, chatId, messageId }: TalkTurn): boolean =>
  chatId > 0 && messageId === null && !hasNoDrafts && !byEdits.has(id);

const drawDraft = async (state: State, turn: TalkTurn, text: string): Promise<void> => {
  const { api, log, byEdits } = state;
  const { id, chatId, threadId } = turn;
  try {
    await api.sendMessageDraft(chatId, id, text, {
      can_stop: true,
      keep_on_stop: true,
      ...(threadId === null ? {} : { message_thread_id: threadId }),
    });
  } catch (error) {
    if (!(error instanceof GrammyError) || ![400, UNKNOWN_METHOD].includes(error.error_code)) throw error;
    // An older Bot API server, or a chat that takes none: a message that is edited does it as well.
    if (error.error_code === UNKNOWN_METHOD) state.hasNoDrafts = true;
    byEdits.add(id);
    log.info({ err: error, chat: chatId }, 'Telegram takes no drafts here: a message is edited instead');
  }
};

const drawMessage = async (state: State, turn: TalkTurn, text: string): Promise<void> => {
  const { unnoted, api } = state;
  const { id, chatId, messageId } = turn;
  const rendering = { text: plain(text), keyboard: { inline_keyboard: [[actionButton('Stop', 'stopTalk', id)]] } };
  if (messageId === null) unnoted.note(id, await sendNew(state, turn, rendering));
  else {
    const { text: said, look } = messageParameters(rendering);
    await api.editMessageText(chatId, messageId, said, look);
  }
};

/** Shows how far a turn is, if that is news and may be said. */
const drawLive = (state: State, turn: TalkTurn): Promise<void> | undefined => {
  const { talks, budget, clock, shown } = state;
  const live = talks.live(turn);
  if (!live) return undefined;
  const { id, chatId, messageId } = turn;
  const isDraft = isDraftable(state, turn);
  const of = talkedTo(state, turn);
  // An empty draft is shown as “Thinking…”.
  const text = liveText(of, live) || (isDraft ? '' : reading(of));
  const now = clock.monotonic();
  const stands = shown.get(id);
  if (stands?.text === text && (!isDraft || now - stands.at < DRAFT_AGAIN_MS)) return undefined;
  const kind: CallKind = isDraft ? 'draft' : messageId === null ? 'final' : 'progress';
  if (!budget.allows(chatId, kind, now)) return undefined;
  budget.spend(chatId, kind, now);
  shown.set(id, { text, at: now });
  return isDraft ? drawDraft(state, turn, text) : drawMessage(state, turn, text);
};

const forget = ({ shown, byEdits, taken, unnoted }: State, id: number): void => {
  for (const one of [shown, byEdits, taken]) one.delete(id);
  unnoted.forget(id);
};

/** Says what came of a turn: in the message that grew, or in a new one, which ends the draft. */
const tell = async (state: State, turn: TalkTurn, rendering: Rendering): Promise<void> => {
  const { api } = state;
  const { chatId, messageId } = turn;
  if (messageId === null) return void (await sendNew(state, turn, rendering));
  const { text, look } = messageParameters(rendering);
  try {
    await api.editMessageText(chatId, messageId, text, look);
  } catch (error) {
    const { kind } = apiFailure(error);
    if (kind === 'unchanged') return;
    if (kind !== 'message_gone') throw error;
    await sendNew(state, turn, rendering);
  }
};

const settle = (state: State, { id }: TalkTurn): void => {
  state.store.talks.dropTurn(id);
  forget(state, id);
};

/** Nothing is put off for longer than that: what waits for later was so before the clock was set back. */
const isPutOff = ({ clock }: State, notBefore: string | null): boolean => {
  const at = clock.now();
  return notBefore !== null && notBefore > toIso(at) && notBefore <= toIso(at + PAUSES.mostMs);
};

/** Says what came of a turn, if it may be said now. */
const deliver = async (state: State, turn: TalkTurn): Promise<void> => {
  const { store, budget, clock, taken } = state;
  const { id, chatId, notBefore, outcome, talkId } = turn;
  if (taken.has(id) || outcome === null) return settle(state, turn);
  const now = clock.monotonic();
  if (isPutOff(state, notBefore) || !budget.allows(chatId, 'final', now)) return;
  budget.spend(chatId, 'final', now);
  const text = outcomeText(talkedTo(state, turn), outcome, store.talks.getTalk(talkId) === undefined);
  await tell(state, turn, { text });
  taken.add(id);
  settle(state, turn);
};

/** What a failed call means for the turn. */
const recover = (state: State, turn: TalkTurn, error: unknown): void => {
  const { store, clock, log } = state;
  const { id, chatId, attempts, outcome } = turn;
  const failure = apiFailure(error);
  if (failure.kind === 'wait') return leaveAlone(state, chatId, failure.ms);
  if (failure.kind === 'migrated') return store.chats.migrateChat(chatId, failure.chatId);
  if (failure.kind === 'unreachable') {
    store.chats.setReachable(chatId, false);
    const talk = store.talks.getTalk(turn.talkId);
    if (talk) state.talks.end(talk);
    return settle(state, turn);
  }
  if (failure.kind === 'message_gone') {
    state.unnoted.forget(id);
    return store.talks.setTurnMessage(id, null);
  }
  // How far it is can be said the next time, or not at all.
  if (outcome === null || failure.kind === 'unchanged') return;
  log.warn({ err: error, chat: chatId }, 'What a model wrote could not be sent');
  if (failure.kind === 'refused' || attempts + 1 >= TRIES) return settle(state, turn);
  store.talks.putOffTurn(id, toIso(clock.now() + backoffMs(attempts, PAUSES)));
};

const move = async (state: State, turn: TalkTurn): Promise<void> => {
  const { busy, log } = state;
  try {
    await (turn.outcome === null && !state.taken.has(turn.id) ? drawLive(state, turn) : deliver(state, turn));
  } catch (error) {
    try {
      recover(state, turn, error);
    } catch (refused) {
      // The next look tries again.
      log.error({ err: refused, chat: turn.chatId }, 'A turn of a talk could not be written down');
    }
  } finally {
    busy.delete(turn.id);
  }
};

/** Shows what models write while they do, and sends it when they have. */
export const startTalkSending = (deps: SendTalksDeps): TalkSending => {
  const state: State = {
    ...deps,
    busy: new Map(),
    shown: new Map(),
    byEdits: new Set(),
    taken: new Set(),
    unnoted: createUnnoted(deps.store.talks.setTurnMessage),
    hasNoDrafts: false,
  };
  const look = (): void => {
    state.unnoted.again();
    for (const turn of deps.store.talks.listTurns(SHOWN_MOST))
      if (!state.busy.has(turn.id)) {
        state.busy.set(turn.id, Promise.resolve());
        state.busy.set(turn.id, move(state, { ...turn, messageId: state.unnoted.messageOf(turn) }));
      }
  };
  const ticker = startTicker(LOOK_MS, look, (error) => deps.log.error({ err: error }, 'Talks could not be shown'));
  return {
    poke: ticker.poke,
    close: async () => {
      await ticker.close();
      await Promise.all(state.busy.values());
    },
  };
};
