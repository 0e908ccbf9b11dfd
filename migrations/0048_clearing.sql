-- Messages that may be deleted once their chat has been still for as long as it says: the bot's own, and commands of people. What is
-- older than Telegram lets a bot delete is dropped, and what was sent before is not known.
CREATE TABLE clearable_messages (
  chat_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  -- Who wrote it, or is answered by it; null: it answers nobody.
  user_id INTEGER,
  command INTEGER NOT NULL DEFAULT 0 CONSTRAINT command_is_a_flag CHECK (command IN (0, 1)),
  sent_at TEXT NOT NULL CONSTRAINT sent_at_is_a_time CHECK (sent_at LIKE '____-__-__T__:__:__.___Z'),
  PRIMARY KEY (chat_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_clearable_messages_sent ON clearable_messages (sent_at);
CREATE INDEX idx_clearable_messages_answers ON clearable_messages (chat_id, user_id, message_id) WHERE command = 0;

-- When a chat is looked at next for what may be deleted there; null: there is nothing.
ALTER TABLE chat_sessions ADD COLUMN clear_at TEXT
  CONSTRAINT clear_at_is_a_time CHECK (clear_at LIKE '____-__-__T__:__:__.___Z');
-- Who asked for a group to be let in, or let it in: what they prefer holds where the group says nothing.
ALTER TABLE chat_sessions ADD COLUMN brought_by INTEGER;
UPDATE chat_sessions SET brought_by = (
  SELECT user_id FROM activity_log
  WHERE activity_log.chat_id = chat_sessions.chat_id AND action IN ('access_asked', 'access_approved') ORDER BY id LIMIT 1
) WHERE kind IN ('group', 'supergroup');
CREATE INDEX idx_chat_sessions_clear ON chat_sessions (clear_at)
  WHERE clear_at IS NOT NULL AND auto_clear_enabled = 1 AND reachable = 1;
CREATE INDEX idx_chat_sessions_brought ON chat_sessions (brought_by) WHERE brought_by IS NOT NULL;

-- What keeps a message in its chat is looked for by the message or the chat.
CREATE INDEX idx_searches_card ON searches (chat_id, card_message_id) WHERE card_message_id IS NOT NULL;
CREATE INDEX idx_verifications_card ON verifications (chat_id, card_message_id) WHERE card_message_id IS NOT NULL;
CREATE INDEX idx_imports_card ON imports (chat_id, card_message_id) WHERE card_message_id IS NOT NULL;
CREATE INDEX idx_removed_models_message ON removed_models (chat_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX idx_removed_models_card ON removed_models (chat_id, card_message_id) WHERE card_message_id IS NOT NULL;
