import { MODEL_STATUSES, type StatusWord } from '../../domain/states/model.ts';
import { SCHEDULED } from '../downloads/order/standing.ts';
import { CANCELLED, NOT_COMPLETE } from '../downloads/sessions.ts';
import type { Row } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** What a pending model waits for, of that which rows tell. */
export const WAITING_REASONS = ['turn', 'retry', 'access', 'space', 'schedule', 'person', 'disabled', 'host'] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** Everything counted, of all chats. */
export interface Figures {
  /** By status as people call it: what was cancelled is not paused. */
  readonly countModels: () => Readonly<Record<StatusWord, number>>;
  /** @param away the numbers of machines that are not heard of: what would have its turn there waits for them, as `host` */
  readonly countWaiting: (away?: readonly number[]) => Readonly<Record<WaitingReason, number>>;
  readonly countPeople: () => Readonly<Record<string, number>>;
  /** Models that are downloaded, by the numbers of their machines; those without are left out. */
  readonly countDownloading: () => Readonly<Record<string, number>>;
  /** Notices that are still to be sent. */
  readonly countNotices: () => number;
  /** Of complete copies. */
  readonly storedBytes: () => number;
}

/** Of these machines alone, none of which is that of the bot: the index has no others. */
const ON_AWAY = 'AND host_id <> 1 AND host_id IN (SELECT value FROM json_each(:away))';

const waiting = (models: string, which: string): string => `WITH open_runs AS (
    SELECT chat_id FROM schedule_runs WHERE closed_at IS NULL AND (closes_at IS NULL OR closes_at > :at)
  ),
  groups AS MATERIALIZED (
    SELECT chat_id, enabled, on_demand, run_now, scheduled, status_reason, count(*) AS amount
    FROM ${models} WHERE status = 'pending' ${which}
    GROUP BY chat_id, enabled, on_demand, run_now, scheduled, status_reason
  )
  SELECT CASE
      WHEN enabled = 0 THEN 'disabled'
      WHEN on_demand = 1 AND run_now = 0 THEN 'person'
      WHEN ${SCHEDULED} AND chat_id NOT IN (SELECT chat_id FROM open_runs) THEN 'schedule'
      WHEN status_reason = 'no_space' THEN 'space'
      ELSE 'turn'
    END AS word, sum(amount) AS amount
  FROM groups GROUP BY word`;

/** SQLite would rather go through the rows of all that wait, and sort them. */
const ALL_WAITING = waiting('models INDEXED BY idx_models_waiting', '');
const WAITING_AWAY = waiting('models INDEXED BY idx_models_host', ON_AWAY);

/** Those among what would have its turn that back off. */
const backingOff = (which: string): string => `WITH open_runs AS (
    SELECT chat_id FROM schedule_runs WHERE closed_at IS NULL AND (closes_at IS NULL OR closes_at > :at)
  )
  SELECT iif(EXISTS (SELECT 1 FROM download_sessions AS sessions
      WHERE sessions.model_id = models.id AND sessions.status IN ('started', 'in_progress')
        AND sessions.metadata ->> '$.access' IS NOT NULL), 'access', 'retry') AS word, count(*) AS amount
  FROM models
  WHERE status = 'pending' AND status_reason = 'backoff' AND not_before > :at AND enabled = 1
    AND NOT (on_demand = 1 AND run_now = 0)
    AND NOT (${SCHEDULED} AND chat_id NOT IN (SELECT chat_id FROM open_runs)) ${which}
  GROUP BY word`;

const BACKING_OFF = backingOff('');
const BACKING_OFF_AWAY = backingOff(ON_AWAY);

/** Most of a library is complete: all of it is counted by its pages, a hundred times as fast as its rows, and of these the others. */
const COUNT_OTHERS = `SELECT status AS word, count(*) AS amount FROM models
  WHERE status IN (${NOT_COMPLETE})
  GROUP BY status`;

const COUNT_CANCELLED = `SELECT count(*) FROM models WHERE ${CANCELLED}`;

const toAmount = (row: Row): readonly [string, number] => [String(row['word']), Number(row['amount'])];

/** @param now the current time, ISO 8601 */
export const createFigures = (sql: Sql, now: () => string): Figures => {
  const counted = (text: string): Readonly<Record<string, number>> => Object.fromEntries(sql.all(text, toAmount));
  const every = <Word extends string>(
    words: readonly Word[],
    amounts: Readonly<Record<string, number>>,
  ): Record<Word, number> =>
    Object.fromEntries(words.map((word) => [word, amounts[word] ?? 0])) as Record<Word, number>;
  const waitingBy = (
    texts: { readonly all: string; readonly backing: string },
    given: Readonly<Record<string, string>>,
  ): Record<WaitingReason, number> => {
    const all = every(WAITING_REASONS, Object.fromEntries(sql.all(texts.all, toAmount, given)));
    const { access, retry } = every(WAITING_REASONS, Object.fromEntries(sql.all(texts.backing, toAmount, given)));
    return { ...all, access, retry, turn: Math.max(0, all.turn - access - retry) };
  };
  return {
    countModels: () => {
      const others = every(MODEL_STATUSES, counted(COUNT_OTHERS));
      const all = sql.get('SELECT count(*) FROM models', numberOf) ?? 0;
      const completed = all - Object.values(others).reduce((sum, amount) => sum + amount, 0);
      const cancelled = others.paused === 0 ? 0 : (sql.get(COUNT_CANCELLED, numberOf) ?? 0);
      return { ...others, completed, paused: others.paused - cancelled, cancelled };
    },
    countWaiting: (away = []) => {
      const at = now();
      const all = waitingBy({ all: ALL_WAITING, backing: BACKING_OFF }, { at });
      if (away.length === 0) return all;
      const there = waitingBy({ all: WAITING_AWAY, backing: BACKING_OFF_AWAY }, { at, away: JSON.stringify(away) });
      const host = there.turn + there.retry + there.space;
      const [turn, retry] = [all.turn - there.turn, all.retry - there.retry];
      return { ...all, turn, retry, space: all.space - there.space, host };
    },
    countPeople: () => counted('SELECT role AS word, count(*) AS amount FROM users GROUP BY role'),
    countDownloading: () =>
      counted("SELECT host_id AS word, count(*) AS amount FROM models WHERE status = 'downloading' GROUP BY host_id"),
    countNotices: () =>
      sql.get('SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dropped_reason IS NULL', numberOf) ?? 0,
    storedBytes: () => sql.get("SELECT total(size_bytes) FROM copies WHERE state = 'complete'", numberOf) ?? 0,
  };
};
