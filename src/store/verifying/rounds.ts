import type { Sql } from '../database/sql.ts';
import { insertVerification } from './verifications.ts';

/** Readings of everything, for which nobody has asked. */
export interface Rounds {
  /**
   * All that is complete in all chats, each copy once.
   * @returns false if there is nothing to read
   */
  readonly createRound: () => boolean;
  /** When the newest round began; undefined if there was none. */
  readonly lastRoundAt: () => string | undefined;
  readonly isRoundOpen: () => boolean;
}

/** No chat has this id. */
const NO_CHAT = 0;

/** Of several models that have a copy, one that is switched on is to fetch again what is broken. */
const ALL_COPIES = `INSERT INTO verification_items (verification_id, copy_id, model_id)
  SELECT ?, copy_id, coalesce(min(id) FILTER (WHERE enabled = 1), min(id)) FROM models
  WHERE status = 'completed' AND copy_id IS NOT NULL GROUP BY copy_id ORDER BY copy_id`;

/** @param now the current time, ISO 8601 */
export const createRounds = (sql: Sql, now: () => string): Rounds => ({
  createRound: () =>
    sql.atomically(() => {
      const nobody = { chatId: NO_CHAT, userId: NO_CHAT, threadId: null, messageId: null };
      const id = insertVerification(sql, { ...nobody, purpose: 'round' }, now());
      if (sql.run(ALL_COPIES, [id]).changes > 0) return true;
      sql.run('DELETE FROM verifications WHERE id = ?', [id]);
      return false;
    }),
  lastRoundAt: () =>
    sql.get(`SELECT created_at FROM verifications WHERE chat_id = ${NO_CHAT} ORDER BY id DESC LIMIT 1`, (row) =>
      String(row['created_at']),
    ),
  isRoundOpen: () =>
    sql.get(`SELECT 1 FROM verifications WHERE chat_id = ${NO_CHAT} AND state = 'reading'`, () => true) ?? false,
});
