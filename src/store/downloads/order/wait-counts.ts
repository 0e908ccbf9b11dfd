import type { Waiting } from '../../../domain/waiting.ts';
import type { Row } from '../../database/row.ts';
import { numberOf, type Sql } from '../../database/sql.ts';
import { standing, WAITING } from './standing.ts';

/** What pending models wait for, as rows tell it: what holds all of them, and what no row tells, they do not know. */
export type WaitKind = Extract<
  Waiting['kind'],
  'disabled' | 'start' | 'access' | 'schedule' | 'host_away' | 'quota' | 'space' | 'backoff' | 'turn'
>;

export type WaitCounts = Readonly<Record<WaitKind, number>>;

const NONE: WaitCounts = {
  disabled: 0,
  start: 0,
  access: 0,
  schedule: 0,
  host_away: 0,
  quota: 0,
  space: 0,
  backoff: 0,
  turn: 0,
};

const IS_AWAY = 'host_id NOT IN (SELECT value FROM json_each(:hosts))';

/** Of a row of `gates`: its last try is to be made again, and not yet. */
const AFTER_FAULT = "status_reason = 'backoff' AND not_before > :at";
const NEEDS_ACCESS = `EXISTS (SELECT 1 FROM download_sessions AS sessions WHERE sessions.model_id = gates.id
  AND sessions.status IN ('started', 'in_progress') AND sessions.metadata ->> '$.access' IS NOT NULL)`;
const HAS_SCHEDULE = `EXISTS (SELECT 1 FROM schedule_configurations AS schedules
  WHERE schedules.chat_id = gates.chat_id AND schedules.enabled = 1)`;

/** The same reasons in the same order as `queue/waiting.ts` has for one model. */
const KIND = `CASE
      WHEN enabled = 0 THEN 'disabled'
      WHEN ${AFTER_FAULT} AND ${NEEDS_ACCESS} THEN 'access'
      WHEN NOT is_let_through THEN iif(on_demand = 0 AND ${HAS_SCHEDULE}, 'schedule', 'start')
      WHEN ${IS_AWAY} THEN 'host_away'
      WHEN id IN (SELECT value FROM json_each(:held)) THEN 'quota'
      WHEN status_reason = 'no_space' THEN 'space'
      WHEN ${AFTER_FAULT} THEN 'backoff'
      ELSE 'turn'
    END`;

/** @param which of them @param models the table, with an index that has all it asks for */
const counts = (which: string, models?: string): string => `${standing('', 'status', models)}
  SELECT ${KIND} AS kind, count(*) AS amount FROM gates WHERE status = 'pending' ${which} GROUP BY 1`;

/** What a person may have start before that has happened (`canSkip`). */
const SKIPPABLE = `${standing()}
  SELECT id FROM gates WHERE status = 'pending' AND chat_id = :chatId
    AND ${KIND} IN ('access', 'start', 'schedule', 'backoff', 'space') ORDER BY queued_at, id LIMIT :most`;

const ALL = counts('', WAITING);
const OF_CHAT = counts('AND chat_id = :chatId');

const AWAITS_RETRY = `${standing()}
  SELECT 1 FROM gates WHERE status = 'pending' AND enabled = 1 AND ${AFTER_FAULT} AND is_let_through
    AND id NOT IN (SELECT value FROM json_each(:held)) AND NOT ${NEEDS_ACCESS} AND NOT (${IS_AWAY})
  LIMIT 1`;

/** The time, ISO 8601, and ids in JSON: of models that may not start, and of hosts that are there. */
interface Now {
  readonly at: string;
  readonly held: string;
  readonly hosts: string;
}

export interface WaitCounting {
  /** How many models wait, and for what. @param chatId undefined: of all chats */
  readonly countWaits: (chatId?: number) => WaitCounts;
  /** Of a chat, those that a person may let start before what they wait for has happened: so many, the oldest first. */
  readonly skippable: (chatId: number, most: number) => number[];
  /** Whether a model is tried again after a fault, and waits for that alone. */
  readonly awaitsRetry: () => boolean;
}

/** @param now asked at each count */
export const createWaitCounting = (sql: Sql, now: () => Now): WaitCounting => ({
  countWaits: (chatId) => {
    const read = (row: Row) => [row['kind'], Number(row['amount'])] as const;
    const rows = chatId === undefined ? sql.all(ALL, read, { ...now() }) : sql.all(OF_CHAT, read, { ...now(), chatId });
    return { ...NONE, ...Object.fromEntries(rows) };
  },
  skippable: (chatId, most) => sql.all(SKIPPABLE, numberOf, { ...now(), chatId, most }),
  awaitsRetry: () => sql.get(AWAITS_RETRY, () => true, { ...now() }) ?? false,
});
