/** Rows of a table that name this message, and for which something is still to come or to be answered. */
const named = (table: string, open: string, column = 'card_message_id'): string =>
  `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.chat_id = message.chat_id AND ${table}.${column} = message.message_id AND ${open})`;

/** A notice that this message tells, of which something holds. */
const tells = (holds: string): string => named('outbox', holds, 'message_id');

/** The newest that was said of a model of this library. */
const NEWEST_OF_ITS_MODEL = `EXISTS (SELECT 1 FROM models WHERE models.id = outbox.model_id AND models.chat_id = outbox.chat_id)
  AND NOT EXISTS (SELECT 1 FROM outbox later WHERE later.model_id = outbox.model_id AND later.id > outbox.id
    AND later.chat_id = outbox.chat_id AND later.message_id IS NOT NULL AND later.message_id <> outbox.message_id)`;

const ASKER = "coalesce(outbox.payload ->> '$.groupId', outbox.payload ->> '$.userId')";

/** What owners have not answered, what goes by itself unless somebody keeps it, what may be updated, what was set aside. */
const IS_ASKED = [
  `outbox.kind = 'access_request' AND EXISTS (SELECT 1 FROM access_requests WHERE asker_id = ${ASKER})`,
  `outbox.kind = 'cleanup' AND EXISTS (SELECT 1 FROM cleanups
    WHERE cleanups.id = outbox.payload ->> '$.cleanupId' AND cleanups.state = 'announced')`,
  `outbox.kind = 'newer_commit' AND EXISTS (SELECT 1 FROM branches
    JOIN models ON models.name = branches.name AND models.repo_type = branches.repo_type
      AND models.revision = branches.revision AND models.chat_id = outbox.chat_id
    JOIN renewals ON renewals.model_id = models.id AND renewals.state = 'offered'
    WHERE branches.id = outbox.payload ->> '$.branchId')`,
  `outbox.kind = 'set_aside' AND EXISTS (SELECT 1 FROM models WHERE models.id = outbox.payload ->> '$.modelId')`,
] as const;

/** The last that was said to somebody whose dialogue is open. */
const ASKS_IN_A_DIALOGUE = `message.command = 0 AND message.user_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM conversations WHERE key = message.chat_id || ':' || message.user_id)
  AND NOT EXISTS (SELECT 1 FROM clearable_messages later WHERE later.chat_id = message.chat_id
    AND later.user_id = message.user_id AND later.command = 0 AND later.message_id > message.message_id)`;

/**
 * Holds for rows of `clearable_messages`, by the name of `message`, that stay in their chat however long it is still: cards, what is
 * under way, what waits for access, the newest notice of each model, and questions that nobody has answered.
 */
export const STAYS = `(${[
  named('cards', '1', 'message_id'),
  named('summaries', '1', 'message_id'),
  named('add_requests', "(add_requests.state IN ('looking_up', 'choosing') OR add_requests.not_before IS NOT NULL)"),
  named('searches', "searches.state IN ('searching', 'sizing')"),
  named('imports', "imports.state IN ('reading', 'asking', 'bringing')"),
  named('verifications', "verifications.state = 'reading'"),
  named('removed_models', "removed_models.state IN ('kept', 'going')", 'message_id'),
  named('removed_models', "removed_models.state IN ('kept', 'going')"),
  named('talk_turns', '1', 'message_id'),
  named('file_sends', '1', 'message_id'),
  tells(NEWEST_OF_ITS_MODEL),
  ...IS_ASKED.map(tells),
  ASKS_IN_A_DIALOGUE,
].join(' OR ')})`;
