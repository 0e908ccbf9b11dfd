import { ERROR_CODES, type ErrorCode } from '../../domain/errors.ts';
import { type Sql, numberOf } from '../database/sql.ts';

/** How downloads ended since a time, and how often they were tried again. */
export interface EndCounts {
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Automatic retries of what ended since then, and of what has not ended. */
  readonly retries: number;
  /** Of those that failed, by what they failed of; the most frequent first. `fault`: none of these kinds. */
  readonly kinds: readonly { readonly kind: ErrorCode | 'fault'; readonly amount: number }[];
}

export interface DayCounts {
  /**
   * @param since ISO 8601
   * @param chatId undefined: of all chats
   */
  readonly countEnds: (since: string, chatId?: number) => EndCounts;
}

const OF_CHAT = '(:chatId IS NULL OR chat_id = :chatId)';
/** What ended in the future ended before the clock was set back: nobody knows how long ago. */
const ENDED = `download_sessions WHERE completed_at >= :since AND completed_at <= :at AND ${OF_CHAT}`;

const ENDS = `SELECT count(*) FILTER (WHERE status = 'completed') AS completed,
    count(*) FILTER (WHERE status = 'failed') AS failed, count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    coalesce(sum(retry_count), 0) AS retries
  FROM ${ENDED}`;
const OPEN_RETRIES = `SELECT coalesce(sum(retry_count), 0) FROM download_sessions
  WHERE status IN ('started', 'in_progress') AND ${OF_CHAT}`;
/** SQLite would rather go through all that have ever failed. */
const KINDS = `SELECT coalesce(metadata ->> '$.errorCode', 'fault') AS kind, count(*) AS amount
  FROM ${ENDED} AND +status = 'failed' GROUP BY 1 ORDER BY amount DESC, kind`;

const isCode = (kind: string): kind is ErrorCode => (ERROR_CODES as readonly string[]).includes(kind);

/** @param now the current time, ISO 8601 */
export const createDayCounts = (sql: Sql, now: () => string): DayCounts => ({
  countEnds: (since, chatId) => {
    const of = { chatId: chatId ?? null };
    const span = { ...of, since, at: now() };
    const ends = sql.get(ENDS, (row) => row, span) ?? {};
    return {
      completed: Number(ends['completed']),
      failed: Number(ends['failed']),
      cancelled: Number(ends['cancelled']),
      retries: Number(ends['retries']) + (sql.get(OPEN_RETRIES, numberOf, of) ?? 0),
      kinds: sql.all(
        KINDS,
        (row) => {
          const kind = String(row['kind']);
          return { kind: isCode(kind) ? kind : 'fault', amount: Number(row['amount']) } as const;
        },
        span,
      ),
    };
  },
});
