import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError, type Transformer } from 'grammy';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { shorten } from '../../lib/text/shorten.ts';
import type { CallBudget } from './call-budget.ts';
import { askedPauseMs, leaveAlone, TOO_MANY_REQUESTS } from './too-many-requests.ts';

/** An answer that was left out on purpose: its chat asks for more than Telegram lets the bot say. */
export class AnswerLeftOut extends Error {
  override readonly name = 'AnswerLeftOut';
}

export interface Answers {
  /** Gives every message, edit or question about a chat of a handler its turn in the budget of calls. @throws AnswerLeftOut */
  readonly transformer: Transformer;
  /** How many answers this chat did not get since the last time this was asked. */
  readonly takeLeftOut: (chatId: number) => number;
}

export interface AnswersDeps {
  readonly budget: CallBudget;
  /** How many updates of this chat wait. */
  readonly waiting: (chatId: number) => number;
  readonly clock: Clock;
  /** Aborts what waits for its turn. */
  readonly signal: AbortSignal;
  /** Pauses before the tries of an answer while Telegram is in trouble; ten minutes of them if not given. */
  readonly outagePausesMs?: readonly number[];
  readonly log: Log;
}

/** A chat with more updates waiting than this is answered no more until it is through: what was asked for is done. */
const BEHIND_MOST = 10;
const TURN_LOOK_MS = 50;
/** Telegram may say no a few times: longer waits than this are not worth an answer. */
const FLOODS_MOST = 3;
const FLOOD_MOST_MS = 60_000;
/** While Telegram is in trouble, an answer is tried again after so long, then once more, … and for ten minutes in all. */
const OUTAGE_PAUSES_MS = Array.from({ length: 24 }, (_, nth) => backoffMs(nth, { firstMs: 1000, mostMs: 30_000 }));
/** What nobody reads is not worth so much: a popup is too late soon. */
const OTHER_TRIES = 2;

const NOT_IN_PASSING = 'Telegram did not take the answer to a tap';

/** Whoever polls waits by its own rules. */
const POLLING: ReadonlySet<string> = new Set(['getMe', 'getUpdates']);

/** What a chat is told, and what has to be asked about it before: without that there is no answer either. */
const isForChat = (method: string, payload: object): payload is { chat_id: number | string } =>
  'chat_id' in payload && method !== 'sendChatAction';

/** Telegram's limit for what is told in passing (Bot API, answerCallbackQuery). */
const IN_PASSING_MOST = 200;

/** As much of what is said in passing as Telegram takes: it would refuse the whole of a sentence that is longer. */
const shortEnough = <T extends object>(payload: T): T =>
  'text' in payload && typeof payload.text === 'string'
    ? { ...payload, text: shorten(payload.text, IN_PASSING_MOST) }
    : payload;

/** What is said in passing is never worth a failure: nothing of what the tap asks for may hang on it. */
const inPassing =
  (say: Transformer, { signal, log }: AnswersDeps): Transformer =>
  async (call, method, payload, own) => {
    try {
      const answer = await say(call, method, shortEnough(payload), own);
      if (answer.ok) return answer;
      log.warn({ method, err: answer }, NOT_IN_PASSING);
    } catch (error) {
      if (signal.aborted || own?.aborted === true) throw error;
      log.warn({ method, err: error }, NOT_IN_PASSING);
    }
    return { ok: true, result: true } as never;
  };

/** Answers keep to the same budget as cards and notices; each chat waits for itself alone. */
export const createAnswers = (deps: AnswersDeps): Answers => {
  const { budget, waiting, clock, signal, log, outagePausesMs = OUTAGE_PAUSES_MS } = deps;
  const leftOut = new Map<number, number>();

  const leaveOut = (chatId: number): never => {
    leftOut.set(chatId, (leftOut.get(chatId) ?? 0) + 1);
    throw new AnswerLeftOut(`chat ${chatId} is behind`);
  };

  /** Resolves when the chat may be spoken to. */
  const turn = async (chatId: number): Promise<void> => {
    for (;;) {
      if (waiting(chatId) > BEHIND_MOST) leaveOut(chatId);
      if (budget.allows(chatId, 'answer', clock.monotonic())) return;
      await sleep(TURN_LOOK_MS, undefined, { signal });
    }
  };

  /** One call, again while Telegram or the way to it is in trouble. */
  const throughOutages: Transformer = async (call, method, payload, own) => {
    const isAnswer = isForChat(method, payload);
    for (const pauseMs of isAnswer ? outagePausesMs : outagePausesMs.slice(0, OTHER_TRIES)) {
      try {
        const answer = await call(method, payload, own);
        if (answer.ok || answer.error_code < 500) return answer;
      } catch (error) {
        if (signal.aborted || own?.aborted === true || !(error instanceof HttpError)) throw error;
      }
      await sleep(pauseMs, undefined, { signal });
    }
    // Nobody waits any more for an answer to what was done so long ago, and it must not be done again at the next start.
    return isAnswer ? leaveOut(Number(payload.chat_id)) : call(method, payload, own);
  };

  const sayInPassing = inPassing(throughOutages, deps);

  return {
    transformer: async (call, method, payload, own) => {
      if (POLLING.has(method)) return call(method, payload, own);
      if (method === 'answerCallbackQuery') return sayInPassing(call, method, payload, own);
      if (!isForChat(method, payload)) return throughOutages(call, method, payload, own);
      const chatId = Number(payload.chat_id);
      for (let floods = 0; ; floods += 1) {
        await turn(chatId);
        budget.spend(chatId, 'answer', clock.monotonic());
        const answer = await throughOutages(call, method, payload, own);
        if (answer.ok || answer.error_code !== TOO_MANY_REQUESTS) return answer;
        const waitMs = askedPauseMs(answer.parameters?.retry_after);
        leaveAlone(deps, chatId, waitMs);
        log.warn({ chat: chatId, waitMs }, 'Telegram asks for a pause');
        if (floods >= FLOODS_MOST || waitMs > FLOOD_MOST_MS) leaveOut(chatId);
      }
    },
    takeLeftOut: (chatId) => {
      const count = leftOut.get(chatId) ?? 0;
      leftOut.delete(chatId);
      return count;
    },
  };
};
