import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** Models of a host, counted by how far they are. */
export interface HostCount {
  readonly hostId: number;
  /** That are there. */
  readonly complete: number;
  readonly running: number;
  readonly waiting: number;
}

export interface HostCounts {
  /** Of each host that models are on, or shall be. @param chatId undefined: of all chats */
  readonly countByHost: (chatId?: number) => HostCount[];
  /** Models of all chats that lie there, or shall; the first ones. */
  readonly modelsOnHost: (hostId: number, limit: number) => number[];
}

const toCount = rowMapper<HostCount>();

const COUNTS = `SELECT host_id, count(*) FILTER (WHERE status = 'completed') AS complete,
    count(*) FILTER (WHERE status = 'downloading') AS running, count(*) FILTER (WHERE status = 'pending') AS waiting
  FROM models`;

/** The rows of models, counted. */
export const createHostCounts = (sql: Sql): HostCounts => ({
  countByHost: (chatId) =>
    chatId === undefined
      ? sql.all(`${COUNTS} GROUP BY host_id`, toCount)
      : sql.all(`${COUNTS} WHERE chat_id = ? GROUP BY host_id`, toCount, [chatId]),
  modelsOnHost: (hostId, limit) =>
    sql.all('SELECT id FROM models WHERE host_id = ? ORDER BY id LIMIT ?', numberOf, [hostId, limit]),
});
