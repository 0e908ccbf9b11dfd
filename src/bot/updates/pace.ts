import type { Api } from 'grammy';
import type { Message, Update } from 'grammy/types';
import { isOwner } from '../../people/may.ts';
import type { Refusals } from '../../people/refusals.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import { tooFast, tooFastNotice } from '../outbox/unanswered.ts';
import { chatOf } from './inbox/backlogs.ts';
import type { Besides } from './inbox/handled-updates.ts';
import type { Store } from '../../store/store.ts';
import { ANONYMOUS_ADMIN } from '../../domain/people/anonymous-admin.ts';
import { isLetIn } from '../access.ts';
import { isSent } from './sent.ts';

/**
 * `heard`: it is handled. Else it is not: `told`, and whoever sent it is told so, once; `unheard`, and they know; `let_go`, the same of
 * a tap, whose client waits for an answer.
 */
export type Judgement = 'heard' | 'told' | 'unheard' | 'let_go';

export interface Judged extends Besides {
  readonly as: Judgement;
}

/** How fast people may be. */
export interface Pace {
  /** Whether an update is handled; what is noted and said of one that is not, which is little of each person. */
  readonly judge: (update: Update) => Judged;
  /** The client of who has tapped waits for an answer: it gets one if that was judged so. */
  readonly answerTap: (update: Update, as: Judgement) => Promise<void>;
}

export interface PaceDeps {
  readonly store: Store;
  readonly refusals: Pick<Refusals, 'note'>;
  readonly clock: Clock;
  readonly api: Pick<Api, 'answerCallbackQuery'>;
  /** How many updates of one person are heard within a minute. */
  readonly perMinute: () => number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const MINUTE_MS = 60_000;
/** An answer to a tap costs a call: so often one is spent on who is not heard. */
const LET_GO_MS = 1000;
/** More people than write within a minute; then all begin anew. */
const PEOPLE_MOST = 10_000;

interface Standing {
  /** How many more are heard at once. */
  readonly left: number;
  /** When that was, by Telegram's clock as far as it is known. */
  readonly at: number;
  readonly deafUntil: number;
  /** When a tap was let go last. */
  readonly letGoAt: number;
}

type Said = Pick<Message, 'from' | 'sender_chat' | 'chat' | 'date'> & { readonly edit_date?: number };

/** Something that a person does; what Telegram tells about chats is heard however much of it comes. */
const saidIn = ({ message, edited_message: edited }: Update): Said | undefined => {
  const said = message ?? edited;
  return said && isSent(said) ? said : undefined;
};

/** Whose pace counts. All anonymous admins of all groups write as one account: those of a group are one. */
const whoseOf = (update: Update): number | undefined => {
  const said = saidIn(update);
  const person = said?.from ?? update.callback_query?.from ?? update.inline_query?.from;
  return person?.id === ANONYMOUS_ADMIN ? (said ?? update.callback_query?.message)?.chat.id : person?.id;
};

/** How fast people are, one by one. @returns whether one more update of somebody is handled */
const createPaces = ({ store, clock, perMinute }: PaceDeps): ((update: Update, whose: number) => Judgement) => {
  const paces = new Map<number, Standing>();
  /** By how much Telegram's clock is ahead of the one that only goes forward. */
  let aheadMs = 0;

  const timeOf = (update: Update): number => {
    const said = saidIn(update);
    const now = clock.monotonic();
    // Updates come in the order in which they were written, also those that have gathered.
    if (said) aheadMs = Math.max(aheadMs, (said.edit_date ?? said.date) * 1000 - now);
    return now + aheadMs;
  };

  return (update, whose) => {
    const most = perMinute();
    const time = timeOf(update);
    const before = paces.get(whose) ?? { left: most, at: time, deafUntil: NEVER, letGoAt: NEVER };
    const at = Math.max(before.at, time);
    const left = Math.min(most, before.left + ((at - before.at) * most) / MINUTE_MS);
    if (paces.size >= PEOPLE_MOST && !paces.has(whose)) paces.clear();
    if (at < before.deafUntil) {
      if (!update.callback_query || at - before.letGoAt < LET_GO_MS) return 'unheard';
      paces.set(whose, { ...before, letGoAt: at });
      return 'let_go';
    }
    if (left >= 1) {
      paces.set(whose, { ...before, left: left - 1, at });
      return 'heard';
    }
    if (isOwner(store, whose)) return 'heard';
    // What has gathered by the end of that minute is what may be said in one.
    paces.set(whose, { left: 0, at, deafUntil: at + MINUTE_MS, letGoAt: update.callback_query ? at : NEVER });
    return isLetIn(store, update) ? 'told' : 'unheard';
  };
};

/**
 * Of one person are heard so many within a minute, and after that none for a minute. When something was written,
 * Telegram says; so what has gathered while nobody listened is not taken for a flood, and no clock of this machine has to be right.
 * Owners are heard always: who floods with the account of one can change the limit as well.
 */
export const createPace = (deps: PaceDeps): Pace => {
  const { api, refusals, clock, perMinute } = deps;
  const judge = createPaces(deps);
  return {
    judge: (update) => {
      const whose = whoseOf(update);
      const as = whose === undefined ? 'heard' : judge(update, whose);
      if (whose === undefined || as === 'heard') return { as: 'heard' };
      const notice = as === 'told' ? tooFastNotice(update, perMinute()) : undefined;
      const where = { userId: whose, chatId: chatOf(update) };
      if (!refusals.note('too_fast', where)) return { as, notice };
      return { as, notice, did: { ...where, action: 'too_fast', result: 'refused', at: toIso(clock.now()) } };
    },
    answerTap: async ({ callback_query: pressed }, as) => {
      if (!pressed || as === 'unheard') return;
      await api.answerCallbackQuery(pressed.id, as === 'told' ? { text: tooFast(perMinute()), show_alert: true } : {});
    },
  };
};
