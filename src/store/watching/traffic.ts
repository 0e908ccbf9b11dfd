import { toIso } from '../../lib/clock.ts';
import type { Sql } from '../database/sql.ts';

/** How long a period is whose bytes are one number, in milliseconds. */
export const PERIOD_MS = 300_000;

/** What came within a period. */
export interface TrafficPeriod {
  /** When it began, ISO 8601. */
  readonly period: string;
  readonly bytes: number;
}

/** What came over the network when. */
export interface Traffic {
  /**
   * Adds to the period of now.
   * @param bytes above zero
   * @param chatId whose download it was; undefined: of everything, which each byte is added to once
   */
  readonly addTraffic: (bytes: number, chatId?: number) => void;
  /**
   * The periods that began since then and have begun by now, the oldest first; none in which nothing came.
   * @param since ISO 8601
   * @param chatId undefined: of everything
   */
  readonly trafficSince: (since: string, chatId?: number) => TrafficPeriod[];
  /** What lies in the future was written before the clock was set back: nobody knows when it came, and it goes. */
  readonly dropFutureTraffic: () => void;
  /** Removes what began before then. @returns how many rows */
  readonly pruneTraffic: (before: string) => number;
}

/** Of everything: no chat has this id. */
const EVERYTHING = 0;

const ADD = `INSERT INTO traffic (period, chat_id, bytes) VALUES (?, ?, ?)
  ON CONFLICT (period, chat_id) DO UPDATE SET bytes = bytes + excluded.bytes`;

/** @param now the current time, ISO 8601 */
export const createTraffic = (sql: Sql, now: () => string): Traffic => ({
  addTraffic: (bytes, chatId = EVERYTHING) => {
    const period = toIso(Math.floor(Date.parse(now()) / PERIOD_MS) * PERIOD_MS);
    sql.run(ADD, [period, chatId, bytes]);
  },
  trafficSince: (since, chatId = EVERYTHING) =>
    sql.all(
      'SELECT period, bytes FROM traffic WHERE chat_id = ? AND period >= ? AND period <= ? ORDER BY period',
      (row) => ({ period: String(row['period']), bytes: Number(row['bytes']) }),
      [chatId, since, now()],
    ),
  dropFutureTraffic: () => {
    sql.run('DELETE FROM traffic WHERE period > ?', [now()]);
  },
  pruneTraffic: (before) => sql.run('DELETE FROM traffic WHERE period < ?', [before]).changes,
});
