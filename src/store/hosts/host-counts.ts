import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql, touchedAt } from '../database/sql.ts';

/** Models of a host, counted by how far they are. */
export interface HostCount {
  readonly hostId: number;
  /** That are there. */
  readonly complete: number;
  readonly running: number;
  readonly waiting: number;
}

export interface HostCounts {
  /** Models that are to move away from there have nothing to go back to. @returns the copies that they had */
  readonly forgetCopiesOn: (hostId: number) => number[];
  /** Of each host that models are on, or shall be. @param chatId undefined: of all chats */
  readonly countByHost: (chatId?: number) => HostCount[];
  /** Models of all chats that lie there, or shall; the first ones. */
  readonly modelsOnHost: (hostId: number, limit: number) => number[];
}

const toCount = rowMapper<HostCount>();

const COUNTS = `SELECT host_id, count(*) FILTER (WHERE status = 'completed') AS complete,
    count(*) FILTER (WHERE status = 'downloading') AS running, count(*) FILTER (WHERE status = 'pending') AS waiting
  FROM models`;

const LEAVING = `status <> 'completed' AND host_id <> :hostId
  AND copy_id IN (SELECT id FROM copies WHERE host_id = :hostId)`;

/** @param now the current time, ISO 8601 */
export const createHostCounts = (sql: Sql, now: () => string): HostCounts => ({
  forgetCopiesOn: (hostId) =>
    sql.atomically(() => {
      const copies = sql.all(`SELECT DISTINCT copy_id FROM models WHERE ${LEAVING}`, numberOf, { hostId });
      sql.run(`UPDATE models SET copy_id = NULL, ${touchedAt(':at')} WHERE ${LEAVING}`, { hostId, at: now() });
      return copies;
    }),
  countByHost: (chatId) =>
    chatId === undefined
      ? sql.all(`${COUNTS} GROUP BY host_id`, toCount)
      : sql.all(`${COUNTS} WHERE chat_id = ? GROUP BY host_id`, toCount, [chatId]),
  modelsOnHost: (hostId, limit) =>
    sql.all('SELECT id FROM models WHERE host_id = ? ORDER BY id LIMIT ?', numberOf, [hostId, limit]),
});
