import type { Trouble, TroubleCause } from '../../domain/watching/trouble.ts';
import { toIso } from '../../lib/clock.ts';
import { numberOf, type Sql } from '../database/sql.ts';
import { missingOf, WAITING } from '../downloads/order/standing.ts';
import { PERIOD_MS } from './traffic.ts';

/** What was free at the end of a period. */
export interface DiskLevelRow {
  /** ISO 8601 */
  readonly period: string;
  readonly freeBytes: number;
}

/** What owners are told of unasked, and what that is known by. */
export interface Troubles {
  readonly getTrouble: (cause: TroubleCause) => Trouble | undefined;
  /** @param trouble undefined: it is over */
  readonly putTrouble: (cause: TroubleCause, trouble: Trouble | undefined) => void;
  /** In the period of now; the last one of a period stays. */
  readonly noteDiskLevel: (freeBytes: number) => void;
  /** Those since then that lie not in the future, the oldest first. @param since ISO 8601 */
  readonly diskLevelsSince: (since: string) => DiskLevelRow[];
  /** Removes those before then, and those of a time to come. */
  readonly pruneDiskLevels: (before: string) => void;
  /** Bytes that still have to come of all that comes without a person's word; what several want counts once. */
  readonly bytesComing: () => number;
  /** So many at most; to be asked first, since it takes a fraction of the time where thousands wait. */
  readonly bytesComingAtMost: () => number;
  /** Why the newest of those downloads that are tried again, or are under way again, did not come; undefined if none has failed. */
  readonly lastFault: () => string | undefined;
}

const BY_ITSELF = 'enabled = 1 AND (on_demand = 0 OR run_now = 1)';
/** Of what waits, which may be tens of thousands, no row is read. @param what of each */
const eachBySelf = (what: string): string => `SELECT ${what} FROM ${WAITING} WHERE status = 'pending' AND ${BY_ITSELF}
    UNION ALL SELECT ${what} FROM models WHERE status = 'downloading' AND ${BY_ITSELF}`;
const AT_MOST = `SELECT total(bytes) FROM (${eachBySelf('size_bytes AS bytes')})`;
const COMING = `SELECT total(missing_bytes) FROM (
    SELECT min(bytes) AS missing_bytes FROM (${eachBySelf(`coalesce(wants_copy_id, -id) AS wanted, ${missingOf('models')} AS bytes`)})
    GROUP BY wanted)`;

const LAST_FAULT = `SELECT sessions.error_message AS why FROM download_sessions AS sessions
    JOIN models ON models.id = sessions.model_id
  WHERE sessions.status IN ('started', 'in_progress') AND sessions.error_message IS NOT NULL
    AND sessions.metadata ->> '$.access' IS NULL
    AND (models.status = 'downloading' OR models.status = 'pending' AND models.status_reason = 'backoff')
  ORDER BY models.updated_at DESC LIMIT 1`;

/** @param now the current time, ISO 8601 */
export const createTroubles = (sql: Sql, now: () => string): Troubles => ({
  getTrouble: (cause) =>
    sql.get(
      'SELECT lasted_ms, well_ms, told_at FROM troubles WHERE cause = ?',
      (row) => ({
        lastedMs: Number(row['lasted_ms']),
        wellMs: Number(row['well_ms']),
        isTold: row['told_at'] !== null,
      }),
      [cause],
    ),
  putTrouble: (cause, trouble) => {
    if (!trouble) {
      sql.run('DELETE FROM troubles WHERE cause = ?', [cause]);
      return;
    }
    sql.run(
      `INSERT INTO troubles (cause, lasted_ms, well_ms, told_at) VALUES (:cause, :lastedMs, :wellMs, :toldAt)
       ON CONFLICT (cause) DO UPDATE SET lasted_ms = excluded.lasted_ms, well_ms = excluded.well_ms,
         told_at = coalesce(told_at, excluded.told_at)`,
      { cause, lastedMs: trouble.lastedMs, wellMs: trouble.wellMs, toldAt: trouble.isTold ? now() : null },
    );
  },
  noteDiskLevel: (freeBytes) => {
    const period = toIso(Math.floor(Date.parse(now()) / PERIOD_MS) * PERIOD_MS);
    sql.run(
      `INSERT INTO disk_levels (period, free_bytes) VALUES (?, ?)
       ON CONFLICT (period) DO UPDATE SET free_bytes = excluded.free_bytes`,
      [period, freeBytes],
    );
  },
  diskLevelsSince: (since) =>
    sql.all(
      'SELECT period, free_bytes FROM disk_levels WHERE period >= ? AND period <= ? ORDER BY period',
      (row) => ({ period: String(row['period']), freeBytes: Number(row['free_bytes']) }),
      [since, now()],
    ),
  pruneDiskLevels: (before) => {
    sql.run('DELETE FROM disk_levels WHERE period < ? OR period > ?', [before, now()]);
  },
  bytesComing: () => sql.get(COMING, numberOf) ?? 0,
  bytesComingAtMost: () => sql.get(AT_MOST, numberOf) ?? 0,
  lastFault: () => sql.get(LAST_FAULT, (row) => String(row['why'])),
});
