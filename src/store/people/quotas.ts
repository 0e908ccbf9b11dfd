import { isGroup, type Quota, type QuotaWords, type Used } from '../../domain/quotas/quota.ts';
import type { Row } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** What of somebody's limits is left for what waits; undefined: as much as there is. */
export interface Room {
  readonly holderId: number;
  readonly bytes: number | undefined;
  readonly running: number | undefined;
}

/** Models that may not start, since whoever wants them may not have more. */
export interface HeldBack {
  /** By what they would take. */
  readonly bytes: readonly number[];
  /** By how many downloads run already. */
  readonly running: readonly number[];
}

/** What people and groups (ids below zero) may have, and have. What they have is always counted from the rows it is about. */
export interface Quotas {
  readonly quotaWords: (holderId: number) => QuotaWords;
  /** @param amount null: as much as there is; undefined: what is usual holds again @throws AppError constraint: below zero */
  readonly setQuota: (holderId: number, quota: Quota, amount: number | null | undefined) => void;
  /** Those of whom an owner has said something of one of these. */
  readonly holdersWith: (...quotas: readonly Quota[]) => number[];
  /** Everybody for whom a model waits: people, and groups. */
  readonly holdersWaiting: () => number[];
  /** @param since what counts as added, ISO 8601 */
  readonly usedBy: (holderId: number, since: string) => Used;
  readonly countModelsOf: (holderId: number) => number;
  readonly bytesOf: (holderId: number) => number;
  readonly runningOf: (holderId: number) => number;
  /** How many of somebody's requests wait to be looked up. */
  readonly lookUpsFor: (holderId: number) => number;
  /** When somebody made the request that is so many back, the newest being 1; undefined: there were fewer. */
  readonly nthNewestAddOf: (holderId: number, nth: number) => string | undefined;
  /** What a model would take beyond what it has; zero or below for what has begun. */
  readonly wantsMore: (modelId: number) => number;
  /** Which models that wait may not start. @param rooms of each holder once */
  readonly heldBack: (rooms: readonly Room[]) => HeldBack;
}

const columnOf = (holderId: number): string => (isGroup(holderId) ? 'chat_id' : 'requested_by');

/** A model of which something has come already, in a session that is open. */
const HAS_BEGUN = `EXISTS (SELECT 1 FROM download_sessions AS sessions
  WHERE sessions.model_id = models.id AND sessions.status IN ('started', 'in_progress') AND bytes_downloaded > 0)`;

/**
 * The bytes that count for somebody: of what is here and of what runs, as it will be; of what has begun and waits, the same,
 * since its place is taken; of what has an older copy and waits for its newer one, the older.
 */
const bytesBy = (column: string): string => `SELECT total(bytes) FROM (
    SELECT total(size_bytes) AS bytes FROM models WHERE ${column} = :holder AND status IN ('completed', 'downloading')
    UNION ALL
    SELECT total(size_bytes) FROM models WHERE id IN (
        SELECT model_id FROM download_sessions WHERE status IN ('started', 'in_progress') AND bytes_downloaded > 0)
      AND ${column} = :holder AND status IN ('pending', 'paused')
    UNION ALL
    SELECT total(copies.size_bytes) FROM models JOIN copies ON copies.id = copy_id
    WHERE copy_id IS NOT NULL AND models.status <> 'completed' AND ${column} = :holder
      AND models.status <> 'downloading' AND NOT ${HAS_BEGUN})`;

/** What a model that waits would take beyond what counts already. */
const MORE = `CASE WHEN ${HAS_BEGUN} THEN 0
  ELSE coalesce(size_bytes, 0) - coalesce((SELECT copies.size_bytes FROM copies WHERE copies.id = copy_id), 0) END`;

const ROOMS = `rooms AS MATERIALIZED (
    SELECT value ->> 0 AS holder_id, value ->> 1 AS bytes, value ->> 2 AS running FROM json_each(:rooms))`;

const HELD_BACK = `WITH ${ROOMS}, waiting AS (
    SELECT models.id, ${MORE} AS more,
      min(coalesce(of_person.bytes, of_group.bytes), coalesce(of_group.bytes, of_person.bytes)) AS bytes,
      min(coalesce(of_person.running, of_group.running), coalesce(of_group.running, of_person.running)) AS running
    FROM models LEFT JOIN rooms AS of_person ON of_person.holder_id = requested_by
      LEFT JOIN rooms AS of_group ON of_group.holder_id = chat_id
    WHERE models.status = 'pending' AND enabled = 1
      AND (of_person.holder_id IS NOT NULL OR of_group.holder_id IS NOT NULL)
  )
  SELECT id, coalesce(bytes < more AND more > 0, 0) AS by_bytes, coalesce(running <= 0, 0) AS by_running
  FROM waiting WHERE by_bytes OR by_running ORDER BY id`;

interface Held {
  readonly id: number;
  readonly byBytes: boolean;
  readonly byRunning: boolean;
}

// By hand: there may be twenty thousand of them at once.
const toHeld = (row: Row): Held => ({
  id: row['id'] as number,
  byBytes: row['by_bytes'] === 1,
  byRunning: row['by_running'] === 1,
});

const createSums = (
  sql: Sql,
): Pick<Quotas, 'countModelsOf' | 'bytesOf' | 'runningOf' | 'lookUpsFor' | 'nthNewestAddOf'> => {
  const known = new Map<string, number>();
  let changes = -1;
  /** Many cards of one holder are drawn in one look, between which nothing is written. */
  const sum = (text: string, holder: number): number => {
    const now = sql.get('SELECT total_changes()', numberOf) ?? 0;
    if (now !== changes) known.clear();
    changes = now;
    const key = `${holder} ${text}`;
    const found = known.get(key) ?? sql.get(text, numberOf, { holder }) ?? 0;
    known.set(key, found);
    return found;
  };
  const personOrChat = (holderId: number): string => (isGroup(holderId) ? 'chat_id' : 'user_id');
  return {
    countModelsOf: (holderId) => sum(`SELECT count(*) FROM models WHERE ${columnOf(holderId)} = :holder`, holderId),
    bytesOf: (holderId) => sum(bytesBy(columnOf(holderId)), holderId),
    // What joins the download of another takes no place of its own.
    runningOf: (holderId) =>
      sum(
        `SELECT count(DISTINCT coalesce(wants_copy_id, -id)) FROM models
         WHERE status = 'downloading' AND ${columnOf(holderId)} = :holder`,
        holderId,
      ),
    lookUpsFor: (holderId) =>
      sum(
        `SELECT count(*) FROM add_requests WHERE ${personOrChat(holderId)} = :holder AND state = 'looking_up'`,
        holderId,
      ),
    nthNewestAddOf: (holderId, nth) =>
      sql.get(
        `SELECT created_at FROM add_requests WHERE ${personOrChat(holderId)} = ? ORDER BY id DESC LIMIT 1 OFFSET ?`,
        (row) => String(row['created_at']),
        [holderId, nth - 1],
      ),
  };
};

/** What people and groups may have, in the database. */
export const createQuotas = (sql: Sql): Quotas => {
  const sums = createSums(sql);
  return {
    ...sums,
    quotaWords: (holderId) =>
      Object.fromEntries(
        sql.all(
          'SELECT quota, amount FROM quotas WHERE holder_id = ?',
          (row) => [row['quota'] as Quota, row['amount'] as number | null],
          [holderId],
        ),
      ),
    setQuota: (holderId, quota, amount) => {
      if (amount === undefined) sql.run('DELETE FROM quotas WHERE holder_id = ? AND quota = ?', [holderId, quota]);
      else {
        sql.run(
          `INSERT INTO quotas (holder_id, quota, amount) VALUES (?, ?, ?)
           ON CONFLICT (holder_id, quota) DO UPDATE SET amount = excluded.amount`,
          [holderId, quota, amount],
        );
      }
    },
    holdersWith: (...quotas) =>
      sql.all(
        'SELECT DISTINCT holder_id FROM quotas WHERE quota IN (SELECT value FROM json_each(?)) ORDER BY holder_id',
        numberOf,
        [JSON.stringify(quotas)],
      ),
    holdersWaiting: () =>
      sql.all(
        `SELECT requested_by FROM models WHERE status = 'pending' AND enabled = 1 AND requested_by IS NOT NULL
         UNION SELECT chat_id FROM models WHERE status = 'pending' AND enabled = 1 AND chat_id < 0`,
        numberOf,
      ),
    usedBy: (holderId, since) => ({
      models: sums.countModelsOf(holderId),
      bytes: sums.bytesOf(holderId),
      running: sums.runningOf(holderId),
      adds_per_hour:
        sql.get(
          `SELECT count(*) FROM add_requests WHERE ${isGroup(holderId) ? 'chat_id' : 'user_id'} = ? AND created_at > ?`,
          numberOf,
          [holderId, since],
        ) ?? 0,
    }),
    wantsMore: (modelId) => sql.get(`SELECT ${MORE} FROM models WHERE id = ?`, numberOf, [modelId]) ?? 0,
    heldBack: (rooms) => {
      if (rooms.length === 0) return { bytes: [], running: [] };
      const given = rooms.map(({ holderId, bytes, running }) => [holderId, bytes ?? null, running ?? null]);
      const held = sql.all(HELD_BACK, toHeld, { rooms: JSON.stringify(given) });
      return {
        bytes: held.flatMap(({ id, byBytes }) => (byBytes ? [id] : [])),
        running: held.flatMap(({ id, byRunning }) => (byRunning ? [id] : [])),
      };
    },
  };
};
