-- Telegram tells of what is sent together one message at a time, and a word that is meant for all of it stands under one of them, be it the
-- first or the last. So for a day it is noted what was sent together, and which of it is to be kept.
CREATE TABLE album_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  -- Telegram's media_group_id.
  album_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  -- What the message says of its file.
  file TEXT NOT NULL CONSTRAINT file_is_an_object CHECK (json_type(file) = 'object'),
  noted_at TEXT NOT NULL CONSTRAINT noted_at_is_a_time CHECK (noted_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT one_row_for_a_message UNIQUE (chat_id, message_id)
) STRICT;
CREATE INDEX idx_album_files_album ON album_files (chat_id, album_id, message_id);
CREATE INDEX idx_album_files_noted ON album_files (noted_at);

CREATE TABLE kept_albums (
  chat_id INTEGER NOT NULL,
  album_id TEXT NOT NULL,
  asked_by INTEGER NOT NULL,
  -- What stood behind the command.
  options TEXT NOT NULL CONSTRAINT options_is_an_object CHECK (json_type(options) = 'object'),
  noted_at TEXT NOT NULL CONSTRAINT noted_at_is_a_time CHECK (noted_at LIKE '____-__-__T__:__:__.___Z'),
  PRIMARY KEY (chat_id, album_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_kept_albums_noted ON kept_albums (noted_at);
