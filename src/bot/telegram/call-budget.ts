/* bot/telegram: every call to Telegram is within its limits, and what its refusals mean is known here. */

import type { Clock } from '../../lib/clock.ts';

/**
 * How often the bot speaks. Telegram gives no exact numbers; these stay below what it names (core.telegram.org/bots/faq):
 * about one message a second in a chat with short bursts, 20 a minute in a group, edits included, and 30 a second in all.
 */
const PRIVATE_EDIT_GAP_MS = 3000;
const PRIVATE_BURST = 5;
const PRIVATE_BURST_MS = 5000;
/** A person who waits is answered in longer bursts than cards get; on the long run one a second as well. */
const PRIVATE_ANSWERS = 8;
const PRIVATE_ANSWERS_MS = 8000;
/** So many of these cards and notices leave free, however many there are: whoever asks meanwhile does not wait for them. */
const PRIVATE_ANSWERS_KEPT = 2;
const GROUP_GAP_MS = 1000;
const GROUP_EDITS_PER_MINUTE = 6;
/** A draft that grows is looked at: about one a second, and always room for what counts. */
const DRAFT_GAP_MS = 1000;
const DRAFT_BURST = 4;
/** Progress leaves room in a group for what counts. */
const GROUP_CALLS_WITH_PROGRESS = 12;
/** The rest of the twenty is for answers. */
const GROUP_CALLS_PER_MINUTE = 16;
const GROUP_CALLS_WITH_ANSWERS = 19;
const BOT_CALLS_PER_SECOND = 26;
/** Evenly: two bursts that are sent a second apart may arrive together. */
const BOT_BURST = 3;
/** Answers go before cards and notices by so many calls, up to what Telegram allows: the others wait until these are made up for. */
const BOT_ANSWERS_AHEAD = 3;
/** When something that counts found no room, progress leaves what comes free to it for so long; in a chat, all do so to an answer. */
const FINALS_FIRST_MS = 250;

/**
 * `answer`: to a person who waits; `final`: a first appearance, a state that stays, a notice; `draft`: what a person sees being written in
 * a chat of their own; `progress`: the rest.
 */
export type CallKind = 'answer' | 'final' | 'draft' | 'progress';

interface Chat {
  /** Of the last minute, oldest first. */
  calls: Call[];
  holdUntil: number;
  /** When an answer found no room in this chat last. */
  answerWaitedAt: number;
}

interface Call {
  readonly at: number;
  readonly kind: CallKind;
}

/** One budget for each chat and one for all, shared by answers, cards and notices. Times are those of a clock that only goes forward. */
export interface CallBudget {
  /** Whether a call to this chat may be made now. */
  readonly allows: (chatId: number, kind: CallKind, now: number) => boolean;
  readonly spend: (chatId: number, kind: CallKind, now: number) => void;
  /** Leaves a chat alone until then. */
  readonly hold: (chatId: number, until: number) => void;
}

/** Earlier than any time. */
const NEVER = Number.NEGATIVE_INFINITY;

const isGroup = (chatId: number): boolean => chatId < 0;

const after = (calls: readonly Call[], time: number): number => calls.filter(({ at }) => at > time).length;

const withoutDrafts = (calls: readonly Call[]): readonly Call[] => calls.filter(({ kind }) => kind !== 'draft');

/** @param calls of the last minute, oldest first */
const groupAllows = (calls: readonly Call[], kind: CallKind, now: number): boolean => {
  if (kind === 'answer') return calls.length < GROUP_CALLS_WITH_ANSWERS;
  if (calls.length >= GROUP_CALLS_PER_MINUTE || after(calls, now - GROUP_GAP_MS) > 0) return false;
  if (kind !== 'progress') return true;
  const edits = calls.filter((call) => call.kind === 'progress').length;
  return edits < GROUP_EDITS_PER_MINUTE && calls.length < GROUP_CALLS_WITH_PROGRESS;
};

const privateAllows = (calls: readonly Call[], kind: CallKind, now: number): boolean => {
  switch (kind) {
    case 'progress':
      return after(withoutDrafts(calls), now - PRIVATE_EDIT_GAP_MS) === 0;
    case 'draft':
      return after(calls, now - DRAFT_GAP_MS) === 0 && after(calls, now - PRIVATE_BURST_MS) < DRAFT_BURST;
    case 'final':
      return (
        after(calls, now - PRIVATE_BURST_MS) < PRIVATE_BURST &&
        after(withoutDrafts(calls), now - PRIVATE_ANSWERS_MS) < PRIVATE_ANSWERS - PRIVATE_ANSWERS_KEPT
      );
    case 'answer':
      return after(calls, now - PRIVATE_ANSWERS_MS) < PRIVATE_ANSWERS;
  }
};

/** What may wait: the next of it says the same, and more. */
const isPassing = (kind: CallKind): boolean => kind === 'progress' || kind === 'draft';

/** Calls that the whole bot may make now; answers may take it a little below zero. */
const createAllowance = (): { readonly left: (now: number) => number; readonly take: (now: number) => void } => {
  let left = BOT_BURST;
  let countedAt = NEVER;
  const count = (now: number): number => {
    const earned = (Math.max(0, now - countedAt) / 1000) * BOT_CALLS_PER_SECOND;
    left = Math.min(BOT_BURST, left + earned);
    countedAt = now;
    return left;
  };
  return {
    left: count,
    take: (now) => {
      left = count(now) - 1;
    },
  };
};

/** A budget of which nothing has been spent. */
export const createCallBudget = (): CallBudget => {
  const chats = new Map<number, Chat>();
  const allowance = createAllowance();
  let turnedAwayAt = NEVER;

  const recordOf = (chatId: number): Chat => {
    const record = chats.get(chatId) ?? { calls: [], holdUntil: NEVER, answerWaitedAt: NEVER };
    chats.set(chatId, record);
    return record;
  };
  /** Whether the chat itself lets it pass. */
  const chatAllows = (chatId: number, kind: CallKind, now: number): boolean => {
    const record = recordOf(chatId);
    record.calls = record.calls.filter(({ at }) => at > now - 60_000);
    if (now < record.holdUntil) return false;
    if (kind !== 'answer' && now - record.answerWaitedAt < FINALS_FIRST_MS) return false;
    const mayNow = (isGroup(chatId) ? groupAllows : privateAllows)(record.calls, kind, now);
    if (kind === 'answer') record.answerWaitedAt = mayNow ? NEVER : now;
    return mayNow;
  };

  return {
    allows: (chatId, kind, now) => {
      const isFull = allowance.left(now) < (kind === 'answer' ? 1 - BOT_ANSWERS_AHEAD : 1);
      if (isFull && isPassing(kind)) return false;
      const mayNow = chatAllows(chatId, kind, now);
      if (mayNow && isFull) turnedAwayAt = now;
      return mayNow && !isFull && (!isPassing(kind) || now - turnedAwayAt >= FINALS_FIRST_MS);
    },
    spend: (chatId, kind, now) => {
      const record = recordOf(chatId);
      allowance.take(now);
      record.calls = [...record.calls.filter(({ at }) => at > now - 60_000), { at: now, kind }];
    },
    hold: (chatId, until) => {
      const record = recordOf(chatId);
      record.holdUntil = Math.max(record.holdUntil, until);
    },
  };
};

/** Counts a call in the budget that was not held up by it: the second try of one that had its turn. */
export const countIn =
  (budget: CallBudget, clock: Pick<Clock, 'monotonic'>) =>
  (chatId: number): void =>
    budget.spend(chatId, 'answer', clock.monotonic());
