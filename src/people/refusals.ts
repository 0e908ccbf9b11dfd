import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

/**
 * Why somebody was refused. `stranger`: nobody has decided about them, or about the group. `channel`: a channel wrote, or
 * somebody in its name. `bot`: another bot. `viewer`: they may only look. `role`: it is for others than those who may change
 * something, such as owners. `quota`: whoever it is for may not have more. `too_fast`: one person sent more than is heard.
 */
export const REFUSAL_REASONS = ['stranger', 'denied', 'channel', 'bot', 'viewer', 'role', 'quota', 'too_fast'] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Counts what was refused since the start, and logs it so that nobody can fill the log. */
export interface Refusals {
  /** @returns whether that person's line was logged, which is once an hour */
  readonly note: (reason: RefusalReason, who: { readonly userId: number; readonly chatId: number }) => boolean;
  readonly counts: () => Readonly<Record<RefusalReason, number>>;
}

const QUIET_MS = 3_600_000;
/** In an hour: a crowd is no news one by one. */
const PEOPLE_MOST = 1000;

/** Of each person a line in an hour is logged, of all together a thousand. */
export const createRefusals = ({ clock, log }: { readonly clock: Clock; readonly log: Log }): Refusals => {
  const counts: Record<RefusalReason, number> = {
    stranger: 0,
    denied: 0,
    channel: 0,
    bot: 0,
    viewer: 0,
    role: 0,
    quota: 0,
    too_fast: 0,
  };
  /** When people's lines were logged, the oldest first. */
  const loggedAt = new Map<number, number>();

  const isNews = (userId: number, now: number): boolean => {
    for (const [id, at] of loggedAt) {
      if (now - at < QUIET_MS) break;
      loggedAt.delete(id);
    }
    return !loggedAt.has(userId) && loggedAt.size < PEOPLE_MOST;
  };

  return {
    note: (reason, { userId, chatId }) => {
      counts[reason] += 1;
      const now = clock.monotonic();
      if (!isNews(userId, now)) return false;
      loggedAt.set(userId, now);
      log.info({ user: userId, chat: chatId, reason }, 'Refused');
      return true;
    },
    counts: () => ({ ...counts }),
  };
};
