import type { Sql } from '../database/sql.ts';
import { applyAutoClear } from './auto-clear.ts';

/** What is moved as it is. What needs more care is below. */
const PLAIN = ['readings', 'download_sessions', 'schedule_runs', 'outbox', 'activity_log'];

/** What is known of messages that stay behind. */
const LEFT_BEHIND = ['clearable_messages', 'album_files', 'kept_albums'];

/** Both chats may have added the same: what the old one has is further along, and has the history. */
const ADDED_IN_BOTH = `SELECT id FROM models WHERE chat_id = :now AND EXISTS (
  SELECT 1 FROM models older WHERE older.chat_id = :before AND older.source = models.source
    AND older.repo_type = models.repo_type AND older.name = models.name AND older.revision = models.revision
    AND older.selection = models.selection AND older.host_id = models.host_id)`;

const END_SESSIONS_OF_BOTH = `UPDATE download_sessions SET status = 'cancelled', completed_at = max(:at, started_at)
  WHERE status IN ('started', 'in_progress') AND model_id IN (${ADDED_IN_BOTH})`;

/** One enabled schedule for a chat: the old one's stays. */
const YIELD_SCHEDULE = `UPDATE schedule_configurations SET enabled = 0 WHERE chat_id = :now AND enabled = 1
  AND EXISTS (SELECT 1 FROM schedule_configurations older WHERE older.chat_id = :before AND older.enabled = 1)`;

const YIELD_RUN = `UPDATE schedule_runs SET closed_at = :at, end_reason = 'disabled' WHERE chat_id = :now
  AND closed_at IS NULL AND EXISTS (SELECT 1 FROM schedule_runs older WHERE older.chat_id = :before AND older.closed_at IS NULL)`;

/** Its people were told of what goes in the old one. */
const YIELD_CLEANUP = `UPDATE cleanups SET state = 'called_off' WHERE chat_id = :now AND state = 'announced'
  AND EXISTS (SELECT 1 FROM cleanups older WHERE older.chat_id = :before AND older.state = 'announced')`;

/** A card at rest stays away until its model's row changes: nobody wants a whole library sent again at once. */
const MOVE_CARDS = `UPDATE cards SET chat_id = :now, message_id = NULL, reply_to = NULL, thread_id = NULL, drawn = NULL, up_to_date = 0
  WHERE chat_id = :before`;

const MOVE_SUMMARY = `UPDATE OR REPLACE summaries SET chat_id = :now, message_id = NULL, thread_id = NULL, drawn = NULL
  WHERE chat_id = :before`;

/** What came for both came for one chat from now on. */
const MERGE_TRAFFIC = `INSERT INTO traffic (period, chat_id, bytes)
  SELECT period, :now, bytes FROM traffic WHERE chat_id = :before
  ON CONFLICT (period, chat_id) DO UPDATE SET bytes = bytes + excluded.bytes`;

/** The old message's id may come again in the new chat, for another message: it is kept out of the way below zero. */
const MOVE_REQUESTS = `UPDATE add_requests SET chat_id = :now, card_message_id = NULL, thread_id = NULL, drawn = NULL,
    settled = CASE WHEN state IN ('looking_up', 'choosing') THEN 0 ELSE settled END,
    message_id = (SELECT min(0, coalesce(min(message_id), 0)) - 1 FROM add_requests WHERE chat_id = :now)
  WHERE id = :id`;

/** A list of hits is not sent once more; what somebody waits for is. */
const MOVE_SEARCHES = `UPDATE searches SET chat_id = :now, card_message_id = NULL, thread_id = NULL, drawn = NULL,
    settled = iif(state IN ('searching', 'sizing'), 0, 1), message_id = -id
  WHERE chat_id = :before`;

/** What was read is known there too; a message is sent anew for what is still being read. */
const MOVE_VERIFICATIONS = `UPDATE verifications SET chat_id = :now, card_message_id = NULL, thread_id = NULL,
    message_id = NULL, drawn = NULL, settled = iif(state = 'reading', 0, 1)
  WHERE chat_id = :before`;

/** The messages that told of removals stayed behind; what was removed can be brought back here. */
const MOVE_REMOVED = `UPDATE removed_models SET chat_id = :now, message_id = NULL, settled = 1, card_message_id = NULL, card_settled = 1
  WHERE chat_id = :before`;

/** The same of imports: what was asked or is being brought in is shown in the new chat. */
const MOVE_IMPORTS = `UPDATE imports SET chat_id = :now, card_message_id = NULL, thread_id = NULL, drawn = NULL,
    settled = iif(state IN ('asking', 'bringing'), 0, 1), message_id = iif(message_id IS NULL, NULL, -id)
  WHERE chat_id = :before`;

/** The messages stayed behind; the files come all the same. */
const MOVE_FILE_SENDS = `UPDATE file_sends SET chat_id = :now, thread_id = NULL, reply_to = NULL, message_id = NULL
  WHERE chat_id = :before`;

/** A group is another one for its people too: what is asked is answered there, and nothing that was begun elsewhere is edited. */
const MOVE_TALKS = 'UPDATE OR REPLACE talks SET chat_id = :now, thread_id = NULL WHERE chat_id = :before';
const MOVE_TURNS = `UPDATE talk_turns SET chat_id = :now, thread_id = NULL, reply_to = NULL, message_id = NULL
  WHERE chat_id = :before`;

/**
 * Moves every row of a chat to another id; the transaction is the caller's.
 * Rows of the new chat stand back where both have what may be there once: it is minutes old.
 * @param at the current time, ISO 8601
 */
export const moveChat = (sql: Sql, oldId: number, newId: number, at: string): void => {
  if (oldId === newId) return;
  const both = { now: newId, before: oldId };
  // The new group may have been heard of already: the old one's standing counts, it holds the approval.
  sql.run(
    'DELETE FROM chat_sessions WHERE chat_id = :now AND EXISTS (SELECT 1 FROM chat_sessions WHERE chat_id = :before)',
    both,
  );
  sql.run(
    "UPDATE chat_sessions SET chat_id = :now, kind = 'supergroup', reachable = 1, clear_at = NULL WHERE chat_id = :before",
    both,
  );
  sql.run(END_SESSIONS_OF_BOTH, { ...both, at });
  sql.run(`DELETE FROM models WHERE id IN (${ADDED_IN_BOTH})`, both);
  sql.run('UPDATE models SET chat_id = :now WHERE chat_id = :before', both);
  sql.run(MOVE_REMOVED, both);
  sql.run(YIELD_SCHEDULE, both);
  sql.run(YIELD_RUN, { ...both, at });
  sql.run('UPDATE schedule_configurations SET chat_id = :now WHERE chat_id = :before', both);
  sql.run(
    'DELETE FROM chat_turns WHERE chat_id = :now AND EXISTS (SELECT 1 FROM chat_turns WHERE chat_id = :before)',
    both,
  );
  sql.run('UPDATE chat_turns SET chat_id = :now WHERE chat_id = :before', both);
  sql.run(YIELD_CLEANUP, both);
  sql.run('UPDATE cleanups SET chat_id = :now WHERE chat_id = :before', both);
  sql.run(MOVE_CARDS, both);
  sql.run(MOVE_SUMMARY, both);
  const requests = sql.all('SELECT id FROM add_requests WHERE chat_id = ? ORDER BY id', (row) => Number(row['id']), [
    oldId,
  ]);
  for (const id of requests) sql.run(MOVE_REQUESTS, { now: newId, id });
  sql.run(MOVE_SEARCHES, both);
  sql.run(MOVE_VERIFICATIONS, both);
  sql.run(MOVE_IMPORTS, both);
  // What stayed behind nobody can delete any more.
  for (const table of LEFT_BEHIND) sql.run(`DELETE FROM ${table} WHERE chat_id = :before`, { before: oldId });
  // Messages have other numbers there: nobody can correct these any more.
  sql.run(
    'UPDATE OR REPLACE refused_messages SET chat_id = :now, message_id = -abs(message_id) WHERE chat_id = :before',
    both,
  );
  sql.run('UPDATE renewal_asks SET chat_id = :now, thread_id = NULL, message_id = -id WHERE chat_id = :before', both);
  sql.run(MOVE_FILE_SENDS, both);
  sql.run(MOVE_TALKS, both);
  sql.run(MOVE_TURNS, both);
  sql.run(MERGE_TRAFFIC, both);
  sql.run('DELETE FROM traffic WHERE chat_id = :before', { before: oldId });
  for (const table of PLAIN) sql.run(`UPDATE ${table} SET chat_id = :now WHERE chat_id = :before`, both);
  sql.run('UPDATE OR REPLACE access_requests SET asker_id = :now WHERE asker_id = :before', both);
  sql.run('UPDATE OR REPLACE role_grants SET holder_id = :now WHERE holder_id = :before', both);
  sql.run('UPDATE OR REPLACE invitation_uses SET joiner_id = :now WHERE joiner_id = :before', both);
  sql.run('UPDATE OR REPLACE chat_categories SET chat_id = :now WHERE chat_id = :before', both);
  sql.run('UPDATE OR REPLACE chat_settings SET chat_id = :now WHERE chat_id = :before', both);
  sql.run('UPDATE OR REPLACE quotas SET holder_id = :now WHERE holder_id = :before', both);
  applyAutoClear(sql, newId, at);
  // What owners filter by names it too.
  sql.run(
    "UPDATE OR REPLACE activity_views SET filter = json_set(filter, '$.chatId', :now) WHERE json_extract(filter, '$.chatId') = :before",
    both,
  );
  sql.run('UPDATE OR REPLACE activity_views SET chat_id = :now WHERE chat_id = :before', both);
  sql.run('UPDATE OR REPLACE library_views SET chat_id = :now WHERE chat_id = :before', both);
  // A newcomer's request to the owner names the group in its payload.
  sql.run(
    "UPDATE outbox SET payload = json_set(payload, '$.groupId', :now) WHERE json_extract(payload, '$.groupId') = :before",
    both,
  );
};
