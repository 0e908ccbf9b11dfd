/* store/downloads/order: which pending model may start, and which is next, in SQL. */

/** Held for the schedule of its chat. */
export const SCHEDULED = 'scheduled = 1 AND on_demand = 0 AND run_now = 0';

/** What is not known yet comes last. */
export const UNKNOWN_SIZE = 9e15;

export const URGENCY = "CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END";
export const HAS_BEGUN = "coalesce(status_reason IN ('interrupted', 'shutdown', 'window_closed', 'held'), 0)";

/** What of a model still has to come. @param row of `models` */
export const missingOf = (row: string): string => `max(0, coalesce(${row}.size_bytes, 0) - max(
    coalesce(${row}.metadata ->> '$.presentBytes', 0),
    coalesce((SELECT bytes_downloaded FROM download_sessions AS sessions
      WHERE sessions.model_id = ${row}.id AND sessions.status IN ('started', 'in_progress')), 0)))`;

/** What all that waits is told from where it may be tens of thousands: none of their rows is read. */
export const WAITING = 'models INDEXED BY idx_models_order';

/** Schedules that are open. Takes the time as `:at`. */
export const OPEN_RUNS = `open_runs AS (
    SELECT chat_id, max_concurrent_downloads FROM schedule_runs
    WHERE closed_at IS NULL AND (closes_at IS NULL OR closes_at > :at)
  )`;

/** What chats have running on hosts that are there. Takes as `:hosts` the ids of these. */
export const BUSY_CHATS = `busy_chats AS (
    SELECT chat_id, count(*) AS downloads, count(*) FILTER (WHERE scheduled = 1 AND run_now = 0) AS scheduled_downloads
    FROM models WHERE status = 'downloading' AND host_id IN (SELECT value FROM json_each(:hosts)) GROUP BY chat_id
  )`;

/**
 * Every model with what decides whether and when it starts, in one reading of the tables. Takes the time as `:at`, as `:held` the
 * ids of those that may not start, and as `:hosts` the ids of the hosts that are there.
 * - `is_let_through`: nobody has to start it first, and if it is held for its chat's schedule, that is open.
 * - `is_ready`: it waits, is enabled, is let through, is not held, its host is there, and its back-off is over.
 * - `has_place`: its schedule lets one more run at once.
 * - `has_begun`: it ran when the program, its window or the owner stopped it.
 * - `by_size`: its size where its chat wants the smallest first, and the same for all elsewhere.
 * - `chat_downloads`, `chat_served_at`: what its chat has running on hosts that are there, and when it had its last turn; '' if it never had one.
 * @param status `+status` where something else finds the rows sooner than their status
 * @param models the table, with an index that SQLite would not take by itself
 */
export const standing = (which = '', status = 'status', models = 'models'): string => `WITH
  ${OPEN_RUNS},
  ${BUSY_CHATS},
  gates AS NOT MATERIALIZED (
    SELECT models.*, open_runs.max_concurrent_downloads,
      CASE
        WHEN on_demand = 1 AND run_now = 0 THEN 0
        WHEN ${SCHEDULED} THEN open_runs.chat_id IS NOT NULL
        ELSE 1
      END AS is_let_through
    FROM ${models} LEFT JOIN open_runs ON open_runs.chat_id = models.chat_id
  ),
  standing AS NOT MATERIALIZED (
    SELECT gates.id, gates.chat_id, gates.host_id, gates.source, gates.wants_copy_id, gates.size_bytes, queued_at,
      ${SCHEDULED} AS is_scheduled, ${missingOf('gates')} AS missing_bytes,
      ${URGENCY} AS urgency, ${HAS_BEGUN} AS has_begun,
      is_let_through AND (not_before IS NULL OR not_before <= :at)
        AND gates.id NOT IN (SELECT value FROM json_each(:held))
        AND gates.host_id IN (SELECT value FROM json_each(:hosts)) AS is_ready,
      NOT (${SCHEDULED}) OR max_concurrent_downloads > coalesce(scheduled_downloads, 0) AS has_place,
      CASE chats.start_order WHEN 'smallest' THEN coalesce(size_bytes, ${UNKNOWN_SIZE}) ELSE 0 END AS by_size,
      coalesce(downloads, 0) AS chat_downloads,
      coalesce(served_at, '') AS chat_served_at
    FROM gates
      LEFT JOIN busy_chats ON busy_chats.chat_id = gates.chat_id
      LEFT JOIN chat_turns ON chat_turns.chat_id = gates.chat_id
      LEFT JOIN chat_sessions AS chats ON chats.chat_id = gates.chat_id
    WHERE ${status} = 'pending' AND enabled = 1 ${which}
  )`;
