/* store/keeping: which rows end some day, and what keeps them till then. */

import { numberOf, type Sql } from '../database/sql.ts';

/** Rows that end some day, and what is done with them by then. */
export type Ended =
  | 'sessions'
  | 'pullJobs'
  | 'scheduleRuns'
  | 'notices'
  | 'requests'
  | 'searches'
  | 'renewalAsks'
  | 'cleanups'
  | 'imports'
  | 'verifications'
  | 'removals'
  | 'backups'
  | 'sentFiles'
  | 'keptFiles'
  | 'activities'
  | 'handledUpdates';

export interface Limits {
  /** Those that ended before this may go; ISO 8601. With an empty text none does for its age. */
  readonly before: string;
  /** Sessions of one model beyond so many may go, whatever their age; 0: as many as there are stay. */
  readonly sessionsPerModel: number;
}

export interface Retention {
  /**
   * Removes what has ended among the next few rows. What is live stays whatever its age: what runs, waits or asks, what was not told yet,
   * and what something else still goes by.
   * @param after the number of the row where to go on, 0 at the beginning
   * @returns how many went, and where to go on; undefined at the end
   */
  readonly removeEnded: (
    kind: Ended,
    after: number,
    limits: Limits,
  ) => { readonly removed: number; readonly next: number | undefined };
}

interface Table {
  readonly table: string;
  readonly key: string;
  /** Rows that are looked at in one go: nothing else happens meanwhile. */
  readonly step: number;
  /** Of the row `it`. */
  readonly hasEnded: string;
}

/** Nothing that tells of it waits for that chat. The index of it holds what waits, which is little. */
const isTold = (kinds: string, chat: string): string =>
  `NOT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NULL AND dropped_reason IS NULL AND chat_id = ${chat} AND kind IN (${kinds}))`;

const LATER = 'FROM download_sessions later WHERE later.model_id = it.model_id AND later.id > it.id';

/** Their sums are made when the run is told of. */
const NO_RUN_COUNTS_IT = `NOT EXISTS (SELECT 1 FROM schedule_runs runs
    WHERE runs.chat_id = it.chat_id AND runs.closed_at IS NULL AND runs.started_at <= it.completed_at)
  AND NOT EXISTS (SELECT 1 FROM schedule_runs runs WHERE runs.completed IS NULL AND runs.closed_at IS NOT NULL
    AND runs.chat_id = it.chat_id AND runs.started_at <= it.completed_at)`;

/**
 * The newest of a model says how it stands, and its newest that was completed when it was last wanted. What a removed model has let go
 * of comes back with it.
 */
const SESSION_HAS_ENDED = `it.completed_at IS NOT NULL
  AND (it.completed_at < :before OR (:sessionsPerModel > 0 AND it.model_id IS NOT NULL
    AND (SELECT count(*) FROM (SELECT 1 ${LATER} LIMIT :sessionsPerModel)) >= :sessionsPerModel))
  AND (it.model_id IS NULL OR EXISTS (SELECT 1 ${LATER}))
  AND (it.model_id IS NULL OR it.status <> 'completed' OR EXISTS (SELECT 1 ${LATER} AND later.status = 'completed'))
  AND (it.model_id IS NOT NULL
    OR NOT EXISTS (SELECT 1 FROM removed_models WHERE chat_id = it.chat_id AND state = 'kept'))
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE session_id = it.id AND sent_at IS NULL AND dropped_reason IS NULL)
  AND ${NO_RUN_COUNTS_IT}`;

/** A message that people are still to answer is known by its notice. */
const NOTICE_HAS_ENDED = `(it.sent_at IS NOT NULL OR it.dropped_reason IS NOT NULL)
  AND coalesce(it.sent_at, it.created_at) < :before
  AND NOT (it.kind = 'cleanup' AND EXISTS (SELECT 1 FROM cleanups
    WHERE id = it.payload ->> '$.cleanupId' AND state = 'announced'))
  AND NOT (it.kind = 'access_request' AND EXISTS (SELECT 1 FROM access_requests
    WHERE asker_id = coalesce(it.payload ->> '$.userId', it.payload ->> '$.groupId')))`;

/** As `keptAddress` of the domain has it. */
const KEPT_ADDRESS = "'telegram://' || it.bot_id || '/' || it.file_unique_id";

const TABLES: Readonly<Record<Ended, Table>> = {
  sessions: { table: 'download_sessions', key: 'id', step: 100, hasEnded: SESSION_HAS_ENDED },
  pullJobs: { table: 'pull_jobs', key: 'number', step: 200, hasEnded: 'it.finished_at < :before' },
  scheduleRuns: {
    table: 'schedule_runs',
    key: 'id',
    step: 20,
    // The newest of each schedule is shown with it, and says which opening was taken last.
    hasEnded: `it.closed_at < :before AND it.completed IS NOT NULL AND ${isTold("'schedule_run'", 'it.chat_id')}
      AND EXISTS (SELECT 1 FROM schedule_runs later
        WHERE later.chat_id = it.chat_id AND later.schedule_id IS it.schedule_id AND later.id > it.id)`,
  },
  notices: { table: 'outbox', key: 'id', step: 200, hasEnded: NOTICE_HAS_ENDED },
  requests: {
    table: 'add_requests',
    key: 'id',
    step: 200,
    hasEnded: `it.state IN ('added', 'failed', 'cancelled') AND it.not_before IS NULL AND it.updated_at < :before
      AND CASE it.quiet WHEN 0 THEN it.settled = 1
        ELSE NOT EXISTS (SELECT 1 FROM imports WHERE state = 'bringing') END`,
  },
  searches: {
    table: 'searches',
    key: 'id',
    step: 200,
    hasEnded: "it.state IN ('shown', 'failed') AND it.settled = 1 AND it.updated_at < :before",
  },
  renewalAsks: {
    table: 'renewal_asks',
    key: 'id',
    step: 20,
    hasEnded: `it.done_at < :before AND NOT EXISTS (SELECT 1 FROM renewals WHERE ask_id = it.id)
      AND ${isTold("'renewals_looked_up'", 'it.chat_id')}`,
  },
  cleanups: {
    table: 'cleanups',
    key: 'id',
    step: 5,
    // That somebody has said of a model that it stays counts as long as the model is there.
    hasEnded: `it.state <> 'announced' AND it.created_at < :before AND ${isTold("'cleanup', 'cleanup_done'", 'it.chat_id')}
      AND NOT EXISTS (SELECT 1 FROM cleanup_models kept JOIN models ON models.id = kept.model_id
        WHERE kept.cleanup_id = it.id AND kept.kept_at IS NOT NULL)`,
  },
  imports: {
    table: 'imports',
    key: 'id',
    step: 1,
    // By the newest of them a file of the machine is known that was read before.
    hasEnded: `it.state IN ('done', 'failed', 'cancelled') AND it.settled = 1 AND it.updated_at < :before
      AND it.id IS NOT (SELECT max(id) FROM imports WHERE digest IS NOT NULL)`,
  },
  verifications: {
    table: 'verifications',
    key: 'id',
    step: 1,
    // The newest round says when the next one is due.
    hasEnded: `it.state <> 'reading' AND it.updated_at < :before AND (it.settled = 1 OR it.purpose = 'round')
      AND it.id IS NOT (SELECT max(id) FROM verifications WHERE purpose = 'round')
      AND NOT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NULL AND dropped_reason IS NULL AND kind = 'verified'
        AND payload ->> '$.verificationId' = it.id)`,
  },
  removals: {
    table: 'removed_models',
    key: 'model_id',
    step: 100,
    hasEnded: `it.state IN ('gone', 'undone') AND it.settled = 1 AND it.card_settled = 1 AND it.updated_at < :before`,
  },
  backups: {
    table: 'backups',
    key: 'id',
    step: 20,
    // By the newest of the night it is known whether a failure was told, and when the next is due.
    hasEnded: `it.ended_at < :before AND it.id IS NOT (SELECT max(id) FROM backups WHERE asked_by IS NULL)
      AND NOT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NULL AND dropped_reason IS NULL AND kind = 'backup'
        AND payload ->> '$.backupId' = it.id)`,
  },
  sentFiles: {
    table: 'sent_files',
    key: 'id',
    step: 100,
    hasEnded: 'it.uploaded_at < :before AND NOT EXISTS (SELECT 1 FROM copy_files WHERE copy_files.etag = it.etag)',
  },
  keptFiles: {
    table: 'kept_files',
    key: 'id',
    step: 20,
    // What somebody has, or has asked for, can be fetched again.
    hasEnded: `it.uploaded_at < :before
      AND NOT EXISTS (SELECT 1 FROM copies WHERE copies.keyless_url = ${KEPT_ADDRESS})
      AND NOT EXISTS (SELECT 1 FROM add_requests
        WHERE CASE WHEN json_valid(options) THEN options ->> '$.url' END = ${KEPT_ADDRESS})`,
  },
  activities: { table: 'activity_log', key: 'id', step: 500, hasEnded: 'it.created_at < :before' },
  handledUpdates: { table: 'handled_updates', key: 'update_id', step: 500, hasEnded: 'it.handled_at < :before' },
};

/** Rows in the order of their numbers: a step takes as long whether much of it goes, or nothing does. */
export const createRetention = (sql: Sql): Retention => ({
  removeEnded: (kind, after, limits) => {
    const { table, key, step, hasEnded } = TABLES[kind];
    const last = sql.get(
      `SELECT max(${key}) AS last FROM (SELECT ${key} FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${step})`,
      (row) => (row['last'] === null ? undefined : numberOf(row)),
      [after],
    );
    if (last === undefined) return { removed: 0, next: undefined };
    const { before, sessionsPerModel } = limits;
    const values = { after, last, before, ...(kind === 'sessions' ? { sessionsPerModel } : {}) };
    const { changes } = sql.run(
      `DELETE FROM ${table} AS it WHERE it.${key} > :after AND it.${key} <= :last AND ${hasEnded}`,
      values,
    );
    return { removed: changes, next: last };
  },
});
