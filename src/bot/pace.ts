/**
 * How often the bot speaks. Telegram gives no exact numbers; these stay below what it names (core.telegram.org/bots/faq):
 * about one message a second in a chat with short bursts, 20 a minute in a group, edits included, and 30 a second in all.
 */
const PRIVATE_EDIT_GAP_MS = 3000;
const PRIVATE_BURST = 5;
const PRIVATE_BURST_MS = 5000;
const GROUP_GAP_MS = 1000;
const GROUP_EDITS_PER_MINUTE = 6;
/** Progress leaves room in a group for what counts. */
const GROUP_CALLS_WITH_PROGRESS = 12;
/** The rest of the twenty is for answers, which nobody holds back. */
const GROUP_CALLS_PER_MINUTE = 16;
const BOT_CALLS_PER_SECOND = 25;
/** Evenly: two bursts that are sent a second apart may arrive together. */
const BOT_STEP_MS = 200;
const BOT_CALLS_PER_STEP = 5;
/** When something that counts found no room, progress leaves what comes free to it for so long. */
const FINALS_FIRST_MS = 1000;

/** `answer`: to a person who waits; `final`: a first appearance, a state that stays, a notice; `progress`: the rest. */
export type CallKind = 'answer' | 'final' | 'progress';

interface Call {
  readonly at: number;
  readonly kind: CallKind;
}

/** One budget for each chat and one for all, shared by answers, cards and notices. Times are milliseconds since the epoch. */
export interface Pace {
  /** Whether a call to this chat may be made now. Answers are not asked: they count, and the others make room. */
  readonly allows: (chatId: number, kind: Exclude<CallKind, 'answer'>, now: number) => boolean;
  readonly spend: (chatId: number, kind: CallKind, now: number) => void;
  /** Leaves a chat alone until then. */
  readonly hold: (chatId: number, until: number) => void;
}

const isGroup = (chatId: number): boolean => chatId < 0;

const after = (calls: readonly Call[], time: number): number => calls.filter(({ at }) => at > time).length;

/** @param calls of the last minute, oldest first */
const groupAllows = (calls: readonly Call[], kind: CallKind, now: number): boolean => {
  if (calls.length >= GROUP_CALLS_PER_MINUTE || after(calls, now - GROUP_GAP_MS) > 0) return false;
  if (kind !== 'progress') return true;
  const edits = calls.filter((call) => call.kind === 'progress').length;
  return edits < GROUP_EDITS_PER_MINUTE && calls.length < GROUP_CALLS_WITH_PROGRESS;
};

const privateAllows = (calls: readonly Call[], kind: CallKind, now: number): boolean =>
  kind === 'progress'
    ? after(calls, now - PRIVATE_EDIT_GAP_MS) === 0
    : after(calls, now - PRIVATE_BURST_MS) < PRIVATE_BURST;

const within = (times: readonly number[], after: number): number[] => times.filter((at) => at > after);

export const createPace = (): Pace => {
  const chats = new Map<number, { calls: Call[]; holdUntil: number }>();
  let lastSecond: number[] = [];
  let turnedAwayAt = 0;

  const paceOf = (chatId: number): { calls: Call[]; holdUntil: number } => {
    const pace = chats.get(chatId) ?? { calls: [], holdUntil: 0 };
    chats.set(chatId, pace);
    return pace;
  };

  return {
    allows: (chatId, kind, now) => {
      lastSecond = within(lastSecond, now - 1000);
      const pace = paceOf(chatId);
      if (now < pace.holdUntil) return false;
      const isFull =
        lastSecond.length >= BOT_CALLS_PER_SECOND || within(lastSecond, now - BOT_STEP_MS).length >= BOT_CALLS_PER_STEP;
      if (isFull) {
        if (kind === 'final') turnedAwayAt = now;
        return false;
      }
      if (kind === 'progress' && now - turnedAwayAt < FINALS_FIRST_MS) return false;
      pace.calls = pace.calls.filter(({ at }) => at > now - 60_000);
      return (isGroup(chatId) ? groupAllows : privateAllows)(pace.calls, kind, now);
    },
    spend: (chatId, kind, now) => {
      const pace = paceOf(chatId);
      lastSecond = [...within(lastSecond, now - 1000), now];
      pace.calls = [...pace.calls.filter(({ at }) => at > now - 60_000), { at: now, kind }];
    },
    hold: (chatId, until) => {
      const pace = paceOf(chatId);
      pace.holdUntil = Math.max(pace.holdUntil, until);
    },
  };
};
