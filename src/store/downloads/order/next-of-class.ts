import { BUSY_CHATS, HAS_BEGUN, OPEN_RUNS, UNKNOWN_SIZE, URGENCY } from './standing.ts';

/** What goes before all that is of a later class, whatever chat it is of. */
export interface StartClass {
  /** 0 is most urgent. */
  readonly urgency: number;
  /** 1: it ran when it was stopped, and has its place from then. */
  readonly begun: number;
}

/** In the order in which they start. */
const CLASSES = `classes (place, urgency, begun) AS (VALUES ${[0, 1, 2]
  .flatMap((urgency) => [1, 0].map((begun) => `(${2 * urgency + 1 - begun}, ${urgency}, ${begun})`))
  .join(', ')})`;

// These stand so in the indexes `idx_models_turns` and `idx_models_turns_by_size`: put in other words, SQLite does not see that they are the same.
const MAY = "status = 'pending' AND enabled = 1 AND (on_demand = 0 OR run_now = 1)";
const IS_GATED = '(scheduled AND NOT run_now)';
const BY_SIZE = `coalesce(size_bytes, ${UNKNOWN_SIZE})`;

/** Those whose time has come. @param gated 1: held for a schedule. @param of what says of which class */
const ready = (
  gated: 0 | 1,
  of: { readonly urgency: string; readonly begun: string } = { urgency: ':urgency', begun: ':begun' },
): string => `${MAY} AND ${IS_GATED} = ${gated} AND ${URGENCY} = ${of.urgency} AND ${HAS_BEGUN} = ${of.begun}
    AND (not_before IS NULL OR not_before <= :at) AND id NOT IN (SELECT value FROM json_each(:held))`;

/** The oldest on a host of the first chat in an index that has any. @param which chats */
const first = (
  gated: 0 | 1,
  host: string,
  which = '',
): string => `(SELECT id FROM models AS nexts INDEXED BY idx_models_turns
    WHERE ${ready(gated)} AND host_id = ${host} ${which} ORDER BY chat_id, queued_at, id LIMIT 1)`;

/** @param of the table that says of which host and chat */
const smallest = (
  gated: 0 | 1,
  of: string,
): string => `(SELECT id FROM models AS nexts INDEXED BY idx_models_turns_by_size
    WHERE ${ready(gated)} AND host_id = ${of}.host_id AND chat_id = ${of}.chat_id ORDER BY ${BY_SIZE}, queued_at, id LIMIT 1)`;

/** Hosts that are there and have a place. */
const OPEN = `open (host_id) AS MATERIALIZED (
    SELECT value FROM json_each(:on) WHERE value IN (SELECT value FROM json_each(:hosts))
  )`;

/** Schedules that are open and let one more run at once. */
const GATES = `open_runs LEFT JOIN busy_chats ON busy_chats.chat_id = open_runs.chat_id`;
const HAS_PLACE = 'max_concurrent_downloads > coalesce(scheduled_downloads, 0)';

const OF_CLASSES = { urgency: 'classes.urgency', begun: 'classes.begun' };

/**
 * The first class of which anything may start, none if nothing may: asked at each look at the queue, mostly in vain. Takes the same as
 * `standing`, and as `:on` the ids of the hosts on which there is a place.
 */
export const FIRST_CLASS = `WITH
  ${OPEN_RUNS},
  ${BUSY_CHATS},
  ${OPEN},
  ${CLASSES}
  SELECT urgency, begun FROM classes
  WHERE EXISTS (
    SELECT 1 FROM open CROSS JOIN models AS nexts INDEXED BY idx_models_turns
    WHERE ${ready(0, OF_CLASSES)} AND nexts.host_id = open.host_id
  ) OR EXISTS (
    SELECT 1 FROM ${GATES} CROSS JOIN open CROSS JOIN models AS nexts INDEXED BY idx_models_turns
    WHERE ${HAS_PLACE} AND ${ready(1, OF_CLASSES)} AND nexts.host_id = open.host_id AND nexts.chat_id = open_runs.chat_id
  )
  ORDER BY place LIMIT 1`;

/**
 * As `next` the id of what starts next of a class, NULL if nothing does: the chat with the fewest running comes first, so that one
 * person's hundred do not starve another's one; then the chat whose turn was longest ago; then its size, where its chat wants that; then age.
 * On each host with a place it goes from one chat to the next in an index, and takes of each what would be its first: however many wait, there or
 * for others, it takes as long as there are such hosts and chats.
 * Takes the same as `FIRST_CLASS`, and the class as `:urgency` and `:begun`.
 */
export const NEXT_OF_CLASS = `WITH RECURSIVE
  ${OPEN_RUNS},
  ${BUSY_CHATS},
  ${OPEN},
  free (id, chat_id, host_id) AS (
    SELECT models.id, models.chat_id, models.host_id FROM open CROSS JOIN models
    WHERE models.id = ${first(0, 'open.host_id')}
    UNION ALL
    SELECT models.id, models.chat_id, models.host_id FROM free CROSS JOIN models
    WHERE models.id = ${first(0, 'free.host_id', 'AND chat_id > free.chat_id')}
  ),
  gated (id, chat_id, host_id) AS (
    SELECT ${first(1, 'open.host_id', 'AND chat_id = open_runs.chat_id')}, open_runs.chat_id, open.host_id
    FROM ${GATES} CROSS JOIN open WHERE ${HAS_PLACE}
  ),
  firsts AS (
    SELECT CASE chats.start_order WHEN 'smallest' THEN ${smallest(0, 'free')} ELSE id END AS id, free.chat_id, start_order
    FROM free LEFT JOIN chat_sessions AS chats ON chats.chat_id = free.chat_id
    UNION ALL
    SELECT CASE chats.start_order WHEN 'smallest' THEN ${smallest(1, 'gated')} ELSE id END, gated.chat_id, start_order
    FROM gated LEFT JOIN chat_sessions AS chats ON chats.chat_id = gated.chat_id WHERE id IS NOT NULL
  ),
  next (id) AS (
    SELECT models.id FROM firsts CROSS JOIN models ON models.id = firsts.id
      LEFT JOIN busy_chats ON busy_chats.chat_id = models.chat_id
      LEFT JOIN chat_turns ON chat_turns.chat_id = models.chat_id
    ORDER BY coalesce(downloads, 0), coalesce(served_at, ''),
      CASE start_order WHEN 'smallest' THEN ${BY_SIZE} ELSE 0 END, queued_at, models.id
    LIMIT 1
  )`;
