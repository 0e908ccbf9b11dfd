-- What Telegram says of files that people have sent to the bot and that are kept here: how they are fetched again, and what else is known
-- of them. Which chats have them, in which category and since when, is in models, as of any file.
CREATE TABLE kept_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The number of the bot at Telegram: an id is of no use to another one.
  bot_id INTEGER NOT NULL,
  -- Of the file, whichever message it stands in; copies.source_url is telegram://<bot_id>/<file_unique_id>.
  file_unique_id TEXT NOT NULL,
  -- The newest one by which it is fetched.
  file_id TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT kind_is_known
    CHECK (kind IN ('document', 'photo', 'audio', 'video', 'voice', 'video_note', 'animation', 'sticker')),
  -- As whoever sent it calls it; what it is called here is in models.name.
  file_name TEXT,
  mime_type TEXT,
  file_size INTEGER CONSTRAINT file_size_is_not_negative CHECK (file_size >= 0),
  -- In seconds.
  duration INTEGER CONSTRAINT duration_is_not_negative CHECK (duration >= 0),
  title TEXT,
  -- When it was sent to the bot.
  uploaded_at TEXT NOT NULL CONSTRAINT uploaded_at_is_a_time CHECK (uploaded_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT one_row_for_a_file UNIQUE (bot_id, file_unique_id)
) STRICT;
