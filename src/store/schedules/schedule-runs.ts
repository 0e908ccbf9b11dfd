import { z } from 'zod';
import { SCHEDULED } from '../downloads/order/standing.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/**
 * So many runs are handled at once: each takes a tenth of a millisecond. A constant, since SQLite plans a LIMIT with a
 * parameter anew each time.
 */
export const BATCH = 250;

export type RunEnd = 'window_closed' | 'done' | 'disabled' | 'next';

/** One opening of a schedule. Times are ISO 8601, UTC. */
export interface ScheduleRun {
  readonly id: number;
  /** null: the schedule was removed since. */
  readonly scheduleId: number | null;
  readonly chatId: number;
  readonly scheduleName: string;
  /** The time on the timetable. */
  readonly openedAt: string;
  /** When it really began. */
  readonly startedAt: string;
  /** null: until nothing is left to do. */
  readonly closesAt: string | null;
  readonly closedAt: string | null;
  readonly endReason: RunEnd | null;
  readonly maxConcurrentDownloads: number;
  /** Bytes per second. */
  readonly limitBytes: number | null;
  readonly baseline: Readonly<Record<string, number>>;
  /** null until it is summed up, as are the next three. */
  readonly completed: number | null;
  readonly failed: number | null;
  /** Models that wait for the next opening. */
  readonly leftOver: number | null;
  /** Received, in bytes. */
  readonly bytes: number | null;
  /** When its last download ended, or when it closed if something was left. */
  readonly workedUntil: string | null;
}

type NewRun = Pick<
  ScheduleRun,
  'chatId' | 'scheduleName' | 'openedAt' | 'closesAt' | 'maxConcurrentDownloads' | 'limitBytes'
> & { readonly scheduleId: number };

export type RunSum = Readonly<Record<'completed' | 'failed' | 'leftOver' | 'bytes', number>> & {
  readonly workedUntil: string | null;
};

export interface ScheduleRuns {
  /**
   * Opens a run. What an earlier run of another schedule has begun and is still downloading belongs to this one from now on.
   * @returns undefined if this opening has had its run, or the chat has an open one
   */
  readonly openRun: (run: NewRun) => ScheduleRun | undefined;
  readonly getRun: (id: number) => ScheduleRun | undefined;
  /** The run of an opening, open or closed. */
  readonly runOfOpening: (scheduleId: number, openedAt: string) => ScheduleRun | undefined;
  readonly openRunOf: (chatId: number) => ScheduleRun | undefined;
  readonly newestRunOf: (chatId: number) => ScheduleRun | undefined;
  /**
   * Open ones that are to close, and why: their time is over, their schedule is gone or off, or nothing is left to do.
   * `BATCH` at most.
   */
  readonly runsToClose: (now: string) => (ScheduleRun & { readonly reason: RunEnd })[];
  /** @returns false if it is closed already */
  readonly closeRun: (id: number, reason: RunEnd) => boolean;
  /** Opens a run again that somebody had closed by hand while its window lasts. */
  readonly reopenRun: (id: number) => void;
  /** Takes over what was edited in the schedule while its run is open. */
  readonly adjustRun: (
    id: number,
    changes: Pick<ScheduleRun, 'closesAt' | 'maxConcurrentDownloads' | 'limitBytes'>,
  ) => void;
  /** What closed in the future, since the clock was set back, has closed now. */
  readonly closeNow: () => void;
  /** Closed before that time, and not summed up yet; `BATCH` at most. */
  readonly runsToSum: (closedBefore: string) => ScheduleRun[];
  /** Counts what became of its models since it began, and writes it down. */
  readonly sumRun: (id: number) => RunSum | undefined;
  /** Newest first; of one schedule if it is given. */
  readonly lastRuns: (chatId: number, limit: number, scheduleId?: number) => ScheduleRun[];
}

/** The key of the newest session of all in a run's baseline; the others are of sessions that were open when the run began. */
const NEWEST = 'newest';

const MAPPING = {
  table: 'schedule_runs',
  json: {
    baseline: {
      schema: z.record(z.string(), z.number()),
      // Nobody knows what came before it: it counts no session rather than those of all runs.
      broken: { [NEWEST]: Number.MAX_SAFE_INTEGER },
    },
  },
};
const toRun = rowMapper<ScheduleRun>(MAPPING);
const toOverRun = rowMapper<ScheduleRun & { readonly reason: RunEnd }>(MAPPING);

/**
 * Its sessions: worked on by this schedule, and open when the run began or begun since. By their ids, as the clock may have
 * been set back meanwhile.
 */
const SESSIONS = `FROM download_sessions WHERE chat_id = :chatId AND schedule_id = :scheduleId
  AND (id > :newest OR id IN (SELECT value FROM json_each(:open)))`;

const sessionsOf = ({ chatId, scheduleId, baseline: { [NEWEST]: newest = 0, ...open } }: ScheduleRun) => ({
  chatId,
  scheduleId,
  newest,
  open: JSON.stringify(Object.keys(open).map(Number)),
});

const receivedSince = (sql: Sql, run: ScheduleRun): number =>
  sql
    .all(`SELECT id, received_bytes ${SESSIONS}`, (row) => row, sessionsOf(run))
    .reduce((sum, row) => sum + Math.max(0, Number(row['received_bytes']) - (run.baseline[String(row['id'])] ?? 0)), 0);

const countEnded = (sql: Sql, run: ScheduleRun, status: string): number =>
  sql.get(`SELECT count(*) ${SESSIONS} AND status = :status`, numberOf, { ...sessionsOf(run), status }) ?? 0;

/** What was added after it had closed was not left by it. */
const countLeft = (sql: Sql, { chatId, closedAt }: ScheduleRun): number =>
  sql.get(
    `SELECT count(*) FROM models WHERE chat_id = :chatId AND ${SCHEDULED} AND enabled = 1 AND status = 'pending'
       AND (:closedAt IS NULL OR created_at <= :closedAt)`,
    numberOf,
    { chatId, closedAt },
  ) ?? 0;

const lastEnd = (sql: Sql, run: ScheduleRun): string | null =>
  sql.get(
    `SELECT max(completed_at) AS ended ${SESSIONS}`,
    (row) => (typeof row['ended'] === 'string' ? row['ended'] : null),
    sessionsOf(run),
  ) ?? null;

const sumOf = (sql: Sql, run: ScheduleRun): RunSum => {
  const leftOver = countLeft(sql, run);
  return {
    completed: countEnded(sql, run, 'completed'),
    failed: countEnded(sql, run, 'failed'),
    leftOver,
    bytes: receivedSince(sql, run),
    workedUntil: leftOver > 0 ? run.closedAt : lastEnd(sql, run),
  };
};

const TAKE_OVER = `UPDATE download_sessions SET schedule_id = :scheduleId
  WHERE status IN ('started', 'in_progress') AND schedule_id IS NOT :scheduleId AND model_id IN (
    SELECT id FROM models WHERE chat_id = :chatId AND status = 'downloading' AND ${SCHEDULED})`;

const TO_CLOSE = `SELECT runs.*, CASE WHEN runs.closes_at <= :at THEN 'window_closed'
    WHEN coalesce(schedules.enabled, 0) = 0 THEN 'disabled' ELSE 'done' END AS reason
  FROM schedule_runs AS runs LEFT JOIN schedule_configurations AS schedules ON schedules.id = runs.schedule_id
  WHERE runs.closed_at IS NULL AND (runs.closes_at <= :at OR coalesce(schedules.enabled, 0) = 0
    OR (runs.closes_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM models WHERE models.chat_id = runs.chat_id AND status IN ('pending', 'downloading')
        AND models.enabled = 1 AND ${SCHEDULED})))
  LIMIT ${BATCH}`;

const createMoves = (
  sql: Sql,
  now: () => string,
): Pick<ScheduleRuns, 'closeRun' | 'reopenRun' | 'adjustRun' | 'closeNow'> => ({
  closeNow: () => {
    sql.run('UPDATE schedule_runs SET closed_at = :at WHERE completed IS NULL AND closed_at > :at', { at: now() });
  },
  closeRun: (id, reason) =>
    sql.run('UPDATE schedule_runs SET closed_at = ?, end_reason = ? WHERE id = ? AND closed_at IS NULL', [
      now(),
      reason,
      id,
    ]).changes > 0,
  reopenRun: (id) => {
    sql.run(
      `UPDATE schedule_runs SET closed_at = NULL, end_reason = NULL, completed = NULL, failed = NULL, left_over = NULL,
         bytes = NULL, worked_until = NULL WHERE id = ?`,
      [id],
    );
  },
  adjustRun: (id, changes) => {
    sql.run(
      `UPDATE schedule_runs SET closes_at = :closesAt, max_concurrent_downloads = :maxConcurrentDownloads,
         limit_bytes = :limitBytes WHERE id = :id`,
      { ...changes, id },
    );
  },
});

const createSums = (sql: Sql, getRun: ScheduleRuns['getRun']): Pick<ScheduleRuns, 'runsToSum' | 'sumRun'> => ({
  runsToSum: (closedBefore) =>
    sql.all(
      `SELECT * FROM schedule_runs WHERE completed IS NULL AND closed_at IS NOT NULL AND closed_at <= ?
       ORDER BY closed_at, id LIMIT ${BATCH}`,
      toRun,
      [closedBefore],
    ),
  sumRun: (id) => {
    const run = getRun(id);
    if (!run) return undefined;
    const sum = sumOf(sql, run);
    sql.run(
      'UPDATE schedule_runs SET completed = :completed, failed = :failed, left_over = :leftOver, bytes = :bytes, worked_until = :workedUntil WHERE id = :id',
      { ...sum, id },
    );
    return sum;
  },
});

/** @param now the current time, ISO 8601 */
export const createScheduleRuns = (sql: Sql, now: () => string): ScheduleRuns => {
  const getRun = (id: number): ScheduleRun | undefined =>
    sql.get('SELECT * FROM schedule_runs WHERE id = ?', toRun, [id]);
  return {
    openRun: (run) => {
      const { changes, lastId } = sql.run(
        `INSERT INTO schedule_runs (schedule_id, chat_id, schedule_name, opened_at, closes_at, max_concurrent_downloads,
           limit_bytes, started_at, baseline)
         VALUES (:scheduleId, :chatId, :scheduleName, :openedAt, :closesAt, :maxConcurrentDownloads, :limitBytes, :now,
           (SELECT json_set(json_group_object(id, received_bytes), '$.${NEWEST}',
              (SELECT coalesce(max(id), 0) FROM download_sessions)) FROM download_sessions
            WHERE chat_id = :chatId AND completed_at IS NULL))
         ON CONFLICT DO NOTHING`,
        { ...run, now: now() },
      );
      if (changes === 0) return undefined;
      sql.run(TAKE_OVER, { chatId: run.chatId, scheduleId: run.scheduleId });
      return getRun(lastId);
    },
    getRun,
    runOfOpening: (scheduleId, openedAt) =>
      sql.get('SELECT * FROM schedule_runs WHERE schedule_id = ? AND opened_at = ?', toRun, [scheduleId, openedAt]),
    openRunOf: (chatId) =>
      sql.get('SELECT * FROM schedule_runs WHERE chat_id = ? AND closed_at IS NULL', toRun, [chatId]),
    newestRunOf: (chatId) =>
      sql.get('SELECT * FROM schedule_runs WHERE chat_id = ? ORDER BY id DESC LIMIT 1', toRun, [chatId]),
    runsToClose: (at) => sql.all(TO_CLOSE, toOverRun, { at }),
    ...createMoves(sql, now),
    ...createSums(sql, getRun),
    lastRuns: (chatId, limit, scheduleId) =>
      sql.all(
        'SELECT * FROM schedule_runs WHERE chat_id = ? AND (? IS NULL OR schedule_id = ?) ORDER BY id DESC LIMIT ?',
        toRun,
        [chatId, scheduleId ?? null, scheduleId ?? null, limit],
      ),
  };
};
