import type { Clock } from '../../lib/clock.ts';
import type { CallBudget } from './call-budget.ts';

/*
 * Telegram answers 429 to who asks too much, and says for how long it wants to be left alone. No call goes to that chat
 * meanwhile. What was refused is not lost: an answer is said again as long as that is worth it (`answers.ts`), a card is drawn
 * at the board's next look, a notice stays a row until it was sent.
 */

export const TOO_MANY_REQUESTS = 429;

/** Nobody is believed who asks for longer: what waits would wait for ever, and a time beyond the calendar is none. */
const ASKED_MOST_SECONDS = 24 * 3600;
/** For whoever does not say for how long. */
const UNSAID_SECONDS = 5;

/** How long Telegram asks to be left alone, in milliseconds. @param seconds its `retry_after` */
export const askedPauseMs = (seconds: number | undefined): number =>
  Math.min(ASKED_MOST_SECONDS, seconds ?? UNSAID_SECONDS) * 1000;

/** Leaves a chat alone, in answers, cards and notices alike, for as long as Telegram asks. */
export const leaveAlone = (
  { budget, clock }: { readonly budget: CallBudget; readonly clock: Pick<Clock, 'monotonic'> },
  chatId: number,
  ms: number,
): void => budget.hold(chatId, clock.monotonic() + ms);
