import { NEVER } from '../../domain/schedule/schedule.ts';
import type { Row } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** When a schedule opens next. */
export interface Opening {
  readonly name: string;
  readonly chatId: number;
  /** null: nothing is known of how its chat is called. */
  readonly chatTitle: string | null;
  /** ISO 8601 */
  readonly opensAt: string;
}

/** What is to be seen of the schedules of all chats at a glance. */
export interface Openings {
  /** The next ones, the earliest first. */
  readonly nextOpenings: (limit: number) => Opening[];
  readonly countOpenRuns: () => number;
  /** Of the schedules that are open now, the one that opened first. */
  readonly openNow: () => Omit<Opening, 'opensAt'> | undefined;
  /** Which SQLite it is, such as `3.50.4`. */
  readonly sqliteVersion: () => string;
}

/** SQLite would rather go through all that are enabled. */
const NEXT = `SELECT name, schedules.chat_id, chats.title, next_run_at
  FROM schedule_configurations AS schedules INDEXED BY idx_schedule_configurations_due
    LEFT JOIN chat_sessions AS chats ON chats.chat_id = schedules.chat_id
  WHERE schedules.enabled = 1 AND next_run_at > :at AND next_run_at < '${NEVER}' ORDER BY next_run_at LIMIT :limit`;

const OPEN = `SELECT schedules.name, runs.chat_id, chats.title FROM schedule_runs AS runs
    JOIN schedule_configurations AS schedules ON schedules.id = runs.schedule_id
    LEFT JOIN chat_sessions AS chats ON chats.chat_id = runs.chat_id
  WHERE runs.closed_at IS NULL ORDER BY runs.id LIMIT 1`;

const toPlace = (row: Row): Omit<Opening, 'opensAt'> => ({
  name: String(row['name']),
  chatId: Number(row['chat_id']),
  chatTitle: typeof row['title'] === 'string' ? row['title'] : null,
});

/** @param now the current time, ISO 8601 */
export const createOpenings = (sql: Sql, now: () => string): Openings => ({
  nextOpenings: (limit) =>
    sql.all(NEXT, (row) => ({ ...toPlace(row), opensAt: String(row['next_run_at']) }), { at: now(), limit }),
  openNow: () => sql.get(OPEN, toPlace),
  countOpenRuns: () => sql.get('SELECT count(*) FROM schedule_runs WHERE closed_at IS NULL', numberOf) ?? 0,
  sqliteVersion: () => sql.get('SELECT sqlite_version() AS version', (row) => String(row['version'])) ?? '',
});
