import { BUSY_CHATS, HAS_BEGUN, OPEN_RUNS, UNKNOWN_SIZE, URGENCY } from './standing.ts';

/** What goes before all that is of a later class, whatever chat it is of. */
export interface StartClass {
  /** 0 is most urgent. */
  readonly urgency: number;
  /** 1: it ran when it was stopped, and has its place from then. */
  readonly begun: number;
}

/** In the order in which they start. */
export const START_CLASSES: readonly StartClass[] = [0, 1, 2].flatMap((urgency) =>
  [1, 0].map((begun) => ({ urgency, begun })),
);

// These stand so in the indexes `idx_models_turns` and `idx_models_turns_by_size`: put in other words, SQLite does not see that they are the same.
const MAY = "status = 'pending' AND enabled = 1 AND (on_demand = 0 OR run_now = 1)";
const IS_GATED = '(scheduled AND NOT run_now)';
const BY_SIZE = `coalesce(size_bytes, ${UNKNOWN_SIZE})`;

/** Of one class, those whose time has come. @param gated 1: held for a schedule */
const ready = (
  gated: 0 | 1,
): string => `${MAY} AND ${IS_GATED} = ${gated} AND ${URGENCY} = :urgency AND ${HAS_BEGUN} = :begun
    AND (not_before IS NULL OR not_before <= :at) AND id NOT IN (SELECT value FROM json_each(:held))
    AND host_id IN (SELECT value FROM json_each(:hosts)) AND host_id IN (SELECT value FROM json_each(:on))`;

/** The oldest of the first chat in an index that has any. @param which chats */
const first = (gated: 0 | 1, which: string): string => `(SELECT id FROM models AS nexts INDEXED BY idx_models_turns
    WHERE ${ready(gated)} ${which} ORDER BY chat_id, queued_at, id LIMIT 1)`;

const smallest = (
  gated: 0 | 1,
  chat: string,
): string => `(SELECT id FROM models AS nexts INDEXED BY idx_models_turns_by_size
    WHERE ${ready(gated)} AND chat_id = ${chat} ORDER BY ${BY_SIZE}, queued_at, id LIMIT 1)`;

/**
 * As `next` the id of what starts next of a class, NULL if nothing does: the chat with the fewest running comes first, so that one
 * person's hundred do not starve another's one; then the chat whose turn was longest ago; then its size, where its chat wants that; then age.
 * It goes from one chat to the next in an index, and takes of each what would be its first: however many wait, it takes as long as there are chats.
 * Takes the same as `standing`, and the class as `:urgency` and `:begun`, and as `:on` the ids of the hosts on which there is a place.
 */
export const NEXT_OF_CLASS = `WITH RECURSIVE
  ${OPEN_RUNS},
  ${BUSY_CHATS},
  free (id, chat_id) AS (
    SELECT id, chat_id FROM models WHERE id = ${first(0, '')}
    UNION ALL
    SELECT models.id, models.chat_id FROM free CROSS JOIN models
    WHERE models.id = ${first(0, 'AND chat_id > free.chat_id')}
  ),
  gated (id, chat_id) AS (
    SELECT ${first(1, 'AND chat_id = open_runs.chat_id')}, open_runs.chat_id
    FROM open_runs LEFT JOIN busy_chats ON busy_chats.chat_id = open_runs.chat_id
    WHERE max_concurrent_downloads > coalesce(scheduled_downloads, 0)
  ),
  firsts AS (
    SELECT CASE chats.start_order WHEN 'smallest' THEN ${smallest(0, 'free.chat_id')} ELSE id END AS id, free.chat_id, start_order
    FROM free LEFT JOIN chat_sessions AS chats ON chats.chat_id = free.chat_id
    UNION ALL
    SELECT CASE chats.start_order WHEN 'smallest' THEN ${smallest(1, 'gated.chat_id')} ELSE id END, gated.chat_id, start_order
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
