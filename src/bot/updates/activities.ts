import { GrammyError, type MiddlewareFn } from 'grammy';
import { AppError, isBusy } from '../../domain/errors.ts';
import type { Way } from '../../domain/activity/activity.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import type { Did } from '../../people/activities.ts';
import type { Ctx } from '../context.ts';
import type { Noted } from '../noted.ts';
import { AnswerLeftOut } from '../telegram/answers.ts';

/** Of one person in one chat, one look at a list and one refusal of a kind are noted in this time: taps cost nothing. */
const APART_MS = 60_000;
/** More than anybody looks at within a minute; then all of them are noted anew. */
const REMEMBERED_MOST = 10_000;

/** Commands and buttons that show something and change nothing. */
const LOOKS: ReadonlySet<string> = new Set(
  'start help library model show schedules history files storage status config list hits logs sort zones finds waiting refusals activity details more less users people person askRole invitations deny unsure'.split(
    ' ',
  ),
);

/** Commands that do the same where nothing stands behind them. */
const LOOKS_ALONE: ReadonlySet<string> = new Set([
  'settings',
  'quota',
  'queue',
  'categories',
  'timezone',
  'schedule',
  'adopt',
]);

/** Buttons whose command may do more. */
const LOOK_BUTTONS: ReadonlySet<string> = new Set(['settings', 'quota']);

/** What these do has lines of its own, written with the deed: here only that they were refused or have failed. */
const TOLD_BY_THEMSELVES: ReadonlySet<string> = new Set(
  'approve refuse admit hold unhold setRole invite invitation quota quotaSet'.split(' '),
);

/** Behind these stands what nobody else may have: one-time links and tokens, of whatever form. */
const SECRETIVE: ReadonlySet<string> = new Set(['start', 'token', 'invite']);

const kindOf = (error: unknown): Noted['error'] | undefined => {
  // It was done; who asked could not be told.
  if (error instanceof AnswerLeftOut || error instanceof GrammyError) return undefined;
  return error instanceof AppError ? error.code : 'fault';
};

/** What somebody does, and by what. */
interface Doing {
  readonly action: string;
  readonly by: Way;
  readonly said?: string | undefined;
}

/** Notes what is done while it is done, also how it ends. */
export const noting = async (ctx: Ctx, { action, by, said }: Doing, work: () => Promise<void>): Promise<void> => {
  ctx.noted = { action, by, ...(said && !SECRETIVE.has(action) ? { said } : {}) };
  try {
    await work();
  } catch (error) {
    const kind = kindOf(error);
    // It is handled again as soon as it can be. What went further has taken back that anything was done.
    if (kind !== undefined && !isBusy(error) && ctx.noted) ctx.noted.error = kind;
    throw error;
  }
};

/** The same of what may be for somebody else: it is noted if it goes no further. */
export const notingIfTaken =
  (doing: (ctx: Ctx) => Doing, take: MiddlewareFn<Ctx>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const before = ctx.noted;
    await noting(ctx, doing(ctx), async () => {
      await take(ctx, async () => {
        if (before === undefined) delete ctx.noted;
        else ctx.noted = before;
        await next();
      });
    });
  };

/** What an update has come to. */
export interface Activities {
  /** @param at when it was begun with @returns undefined if it is nothing that the activity log has */
  readonly of: (ctx: Ctx, at: number) => Did | undefined;
}

const resultOf = ({ error, isRefused }: Noted): Did['result'] =>
  error !== undefined ? 'failed' : isRefused === true ? 'refused' : 'done';

const isLook = ({ action, by, said, isDeed }: Noted): boolean =>
  isDeed !== true &&
  (LOOKS.has(action) ||
    by === 'menu' ||
    by === 'inline' ||
    (by === 'button' && LOOK_BUTTONS.has(action)) ||
    (by === 'command' && LOOKS_ALONE.has(action) && (said ?? '') === ''));

/** Of the updates of one bot. */
export const createActivities = (clock: Pick<Clock, 'monotonic'>): Activities => {
  const notedAt = new Map<string, number>();

  const isNews = (key: string): boolean => {
    const now = clock.monotonic();
    if (now - (notedAt.get(key) ?? -Infinity) < APART_MS) return false;
    if (notedAt.size >= REMEMBERED_MOST) notedAt.clear();
    notedAt.set(key, now);
    return true;
  };

  return {
    of: ({ noted, from: person, chat }, at) => {
      if (!noted || !person) return undefined;
      const { action, by, said, model, error } = noted;
      const result = resultOf(noted);
      if (result === 'done' && TOLD_BY_THEMSELVES.has(action)) return undefined;
      const chatId = chat?.id ?? person.id;
      const isFrequent = result === 'refused' || (result === 'done' && isLook(noted));
      if (isFrequent && !isNews(`${person.id} ${chatId} ${action} ${result}`)) return undefined;
      return {
        userId: person.id,
        chatId,
        action,
        result,
        at: toIso(at),
        by,
        ...(said === undefined ? {} : { said }),
        ...(model && { model }),
        ...(error !== undefined && { error }),
      };
    },
  };
};
