import { BEGIN_WAIT_ANEW, numberOf, type Sql, touchedAt } from '../database/sql.ts';

/** A look-up that waits for access to a gated repository. */
export interface AccessWait {
  readonly requestId: number;
  /** Who asked. */
  readonly userId: number;
  /** As it was typed. */
  readonly ref: string;
  /** How many looks there were. */
  readonly looks: number;
  readonly isDue: boolean;
}

export interface AccessLooks {
  /** All that wait, those first whose time has come. */
  readonly waitingForAccess: (now: string) => AccessWait[];
  /** What was asked for in a chat and waits so, as it was written: the oldest first, and how many there are. */
  readonly accessWaitsIn: (
    chatId: number,
    limit: number,
  ) => { readonly first: readonly string[]; readonly total: number };
  /** A look was of no use: so many there were, and the next one is then. Nothing happens if it waits no more. */
  readonly postponeLook: (requestId: number, looks: number, notBefore: string) => void;
  /** There may be a token that the source accepts: what waits for one, look-ups and downloads, waits no longer. */
  readonly hastenUnauthorized: () => void;
  /** Waits that began in the future, since the clock was set back, begin now. */
  readonly beginLooksAnew: () => void;
}

const HASTEN_DOWNLOADS = `UPDATE models SET not_before = NULL, ${touchedAt('?')}
  WHERE status = 'pending' AND status_reason = 'backoff' AND not_before IS NOT NULL AND EXISTS (
    SELECT 1 FROM download_sessions AS sessions
    WHERE sessions.model_id = models.id AND sessions.status IN ('started', 'in_progress')
      AND sessions.metadata ->> '$.access.code' = 'unauthorized')`;

/** @param now the current time, ISO 8601 */
export const createAccessLooks = (sql: Sql, now: () => string): AccessLooks => ({
  waitingForAccess: (at) =>
    sql.all(
      'SELECT id, user_id, ref, looks, not_before <= ? AS is_due FROM add_requests WHERE not_before IS NOT NULL ORDER BY not_before',
      (row) => ({
        requestId: row['id'] as number,
        userId: row['user_id'] as number,
        ref: row['ref'] as string,
        looks: row['looks'] as number,
        isDue: row['is_due'] === 1,
      }),
      [at],
    ),
  accessWaitsIn: (chatId, limit) => {
    const waits =
      'FROM add_requests INDEXED BY idx_add_requests_access_of WHERE not_before IS NOT NULL AND chat_id = ?';
    return {
      first: sql.all(`SELECT ref ${waits} ORDER BY id LIMIT ?`, (row) => String(row['ref']), [chatId, limit]),
      total: sql.get(`SELECT count(*) ${waits}`, numberOf, [chatId]) ?? 0,
    };
  },
  postponeLook: (id, looks, notBefore) => {
    sql.run(
      'UPDATE add_requests SET looks = :looks, not_before = :notBefore, waits_since = :at WHERE id = :id AND not_before IS NOT NULL',
      { id, looks, notBefore, at: now() },
    );
  },
  hastenUnauthorized: () => {
    sql.run(
      "UPDATE add_requests SET not_before = ? WHERE not_before IS NOT NULL AND choices ->> '$.code' = 'unauthorized'",
      [now()],
    );
    sql.run(HASTEN_DOWNLOADS, [now()]);
  },
  beginLooksAnew: () => {
    sql.run(`UPDATE add_requests SET ${BEGIN_WAIT_ANEW} WHERE not_before IS NOT NULL AND waits_since > :at`, {
      at: now(),
    });
  },
});
