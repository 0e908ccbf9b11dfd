import type { Waiting } from '../../../domain/waiting.ts';
import type { Sql } from '../../database/sql.ts';
import { standing } from './standing.ts';

/** What pending models wait for, as rows tell it: what holds all of them, and what no row tells, they do not know. */
export type WaitKind = Extract<
  Waiting['kind'],
  'disabled' | 'start' | 'access' | 'schedule' | 'quota' | 'space' | 'backoff' | 'turn'
>;

export type WaitCounts = Readonly<Record<WaitKind, number>>;

const NONE: WaitCounts = { disabled: 0, start: 0, access: 0, schedule: 0, quota: 0, space: 0, backoff: 0, turn: 0 };

/** Of a row of `gates`: its last try is to be made again, and not yet. */
const AFTER_FAULT = "status_reason = 'backoff' AND not_before > :at";
const NEEDS_ACCESS = `EXISTS (SELECT 1 FROM download_sessions AS sessions WHERE sessions.model_id = gates.id
  AND sessions.status IN ('started', 'in_progress') AND sessions.metadata ->> '$.access' IS NOT NULL)`;
const HAS_SCHEDULE = `EXISTS (SELECT 1 FROM schedule_configurations AS schedules
  WHERE schedules.chat_id = gates.chat_id AND schedules.enabled = 1)`;

/** The same reasons in the same order as `queue/waiting.ts` has for one model. */
const COUNTS = `${standing()}
  SELECT CASE
      WHEN enabled = 0 THEN 'disabled'
      WHEN ${AFTER_FAULT} AND ${NEEDS_ACCESS} THEN 'access'
      WHEN NOT is_let_through THEN iif(on_demand = 0 AND ${HAS_SCHEDULE}, 'schedule', 'start')
      WHEN id IN (SELECT value FROM json_each(:held)) THEN 'quota'
      WHEN status_reason = 'no_space' THEN 'space'
      WHEN ${AFTER_FAULT} THEN 'backoff'
      ELSE 'turn'
    END AS kind, count(*) AS amount
  FROM gates WHERE status = 'pending' AND (:chatId IS NULL OR chat_id = :chatId) GROUP BY 1`;

/**
 * How many models wait, and for what.
 * @param of the time, ISO 8601; ids in JSON of those that may not start; whose models, null for those of all chats
 */
export const countWaits = (
  sql: Sql,
  of: { readonly at: string; readonly held: string; readonly chatId: number | null },
): WaitCounts => {
  const rows = sql.all(COUNTS, (row) => [row['kind'], Number(row['amount'])] as const, of);
  return { ...NONE, ...Object.fromEntries(rows) };
};
