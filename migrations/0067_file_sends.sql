-- Files of models that people want to have as documents in their chat: wishes, until Telegram has taken the document, or it is said why
-- none comes. Of what a model was made of when it was asked for: models and copies that are gone since are no reason to lose the wish.
CREATE TABLE file_sends (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  thread_id INTEGER,
  -- The message that asked for it, in groups.
  reply_to INTEGER,
  asked_by INTEGER NOT NULL,
  -- Of the update that asked for it: however often that is handled, it is one wish.
  update_id INTEGER UNIQUE,
  model_id INTEGER NOT NULL,
  copy_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  -- How often it did not get through.
  attempts INTEGER NOT NULL DEFAULT 0 CONSTRAINT attempts_are_not_negative CHECK (attempts >= 0),
  not_before TEXT CONSTRAINT not_before_is_a_time CHECK (not_before LIKE '____-__-__T__:__:__.___Z'),
  -- Why it will not come, as long as that is still to be said.
  failure TEXT CONSTRAINT failure_is_known CHECK (failure IN ('gone', 'too_large', 'refused', 'not_through')),
  -- What Telegram said.
  error_message TEXT,
  -- The message that says how far it is.
  message_id INTEGER,
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT only_failures_have_a_reason CHECK (error_message IS NULL OR failure IS NOT NULL)
) STRICT;
CREATE INDEX idx_file_sends_chat ON file_sends (chat_id, id);

-- What Telegram has of a bot already, by content and name: it is sent again without a byte of it.
CREATE TABLE sent_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The number of the bot at Telegram: an id is of no use to another one.
  bot_id INTEGER NOT NULL,
  etag TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_id TEXT NOT NULL,
  uploaded_at TEXT NOT NULL CONSTRAINT uploaded_at_is_a_time CHECK (uploaded_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT one_id_for_a_name UNIQUE (bot_id, etag, file_name)
) STRICT;
