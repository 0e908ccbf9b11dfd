import { THIS_HOST } from '../../domain/hosts/host.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql, touchedAt } from '../database/sql.ts';
import { NOT_COMPLETE } from '../downloads/sessions.ts';

/** Models of a host, counted by how far they are. */
export interface HostCount {
  readonly hostId: number;
  /** That are there. */
  readonly complete: number;
  readonly running: number;
  readonly waiting: number;
  /** Paused, cancelled or failed. */
  readonly resting: number;
}

export interface HostCounts {
  /** Models that are to move away from there have nothing to go back to. @returns the copies that they had */
  readonly forgetCopiesOn: (hostId: number) => number[];
  /** Of each host that models are on, or shall be. @param chatId undefined: of all chats */
  readonly countByHost: (chatId?: number) => HostCount[];
  /** Hosts for which something is to be done: a model downloads or waits. @param chatId undefined: of all chats */
  readonly hostsWanted: (chatId?: number) => number[];
  /** Models of all chats that lie there, or shall; the first ones. */
  readonly modelsOnHost: (hostId: number, limit: number) => number[];
}

const toCount = rowMapper<HostCount>();
const toCountOfAll = rowMapper<HostCount & { readonly total: number }>();

const COUNTS = `SELECT host_id, count(*) FILTER (WHERE status = 'completed') AS complete,
    count(*) FILTER (WHERE status = 'downloading') AS running, count(*) FILTER (WHERE status = 'pending') AS waiting,
    count(*) FILTER (WHERE status IN ('paused', 'failed')) AS resting`;
const OF_CHAT = `${COUNTS} FROM models WHERE chat_id = ? GROUP BY host_id`;

/** Of this host most are complete: all are counted by their pages, a hundred times as fast as their rows, and of these the others. */
const ELSEWHERE = `${COUNTS}, count(*) AS total FROM models INDEXED BY idx_models_host_status
  WHERE host_id > ${THIS_HOST} GROUP BY host_id`;
const NOT_COMPLETE_HERE = `${COUNTS}, count(*) AS total FROM models INDEXED BY idx_models_host_status
  WHERE host_id = ${THIS_HOST} AND status IN (${NOT_COMPLETE})`;

const WANTED = `SELECT id FROM hosts WHERE EXISTS (SELECT 1 FROM models INDEXED BY idx_models_host_status
  WHERE host_id = hosts.id AND status IN ('downloading', 'pending'))`;
const WANTED_BY_CHAT = `SELECT DISTINCT host_id FROM models INDEXED BY idx_models_chat
  WHERE chat_id = ? AND status IN ('downloading', 'pending')`;

const LEAVING = `status <> 'completed' AND host_id <> :hostId
  AND copy_id IN (SELECT id FROM copies WHERE host_id = :hostId)`;

const withoutTotal = ({ hostId, complete, running, waiting, resting }: HostCount): HostCount => ({
  hostId,
  complete,
  running,
  waiting,
  resting,
});

const countAll = (sql: Sql): HostCount[] => {
  const elsewhere = sql.all(ELSEWHERE, toCountOfAll);
  const [here] = sql.all(NOT_COMPLETE_HERE, toCountOfAll);
  const others = elsewhere.reduce((sum, { total }) => sum + total, here?.total ?? 0);
  const complete = (sql.get('SELECT count(*) FROM models', numberOf) ?? 0) - others;
  const { running = 0, waiting = 0, resting = 0, total = 0 } = here ?? {};
  const ofThis = complete + total > 0 ? [{ hostId: THIS_HOST, complete, running, waiting, resting }] : [];
  return [...ofThis, ...elsewhere.map(withoutTotal)];
};

/** @param now the current time, ISO 8601 */
export const createHostCounts = (sql: Sql, now: () => string): HostCounts => ({
  forgetCopiesOn: (hostId) =>
    sql.atomically(() => {
      const copies = sql.all(`SELECT DISTINCT copy_id FROM models WHERE ${LEAVING}`, numberOf, { hostId });
      sql.run(`UPDATE models SET copy_id = NULL, ${touchedAt(':at')} WHERE ${LEAVING}`, { hostId, at: now() });
      return copies;
    }),
  countByHost: (chatId) => (chatId === undefined ? countAll(sql) : sql.all(OF_CHAT, toCount, [chatId])),
  hostsWanted: (chatId) =>
    chatId === undefined ? sql.all(WANTED, numberOf) : sql.all(WANTED_BY_CHAT, numberOf, [chatId]),
  modelsOnHost: (hostId, limit) =>
    sql.all('SELECT id FROM models WHERE host_id = ? ORDER BY id LIMIT ?', numberOf, [hostId, limit]),
});
