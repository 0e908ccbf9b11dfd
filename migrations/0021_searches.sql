-- What people search for, and the page of it that their message shows.
CREATE TABLE searches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  -- Who asked, or has turned the page since.
  user_id INTEGER NOT NULL,
  thread_id INTEGER,
  message_id INTEGER NOT NULL,
  card_message_id INTEGER,
  wish TEXT NOT NULL CONSTRAINT wish_is_json CHECK (json_valid(wish)),
  page INTEGER NOT NULL DEFAULT 0 CHECK (page >= 0),
  -- Counts what was asked for by it: a button of an earlier list is known by its number.
  turn INTEGER NOT NULL DEFAULT 0 CHECK (turn >= 0),
  -- Where the second page begins, the third, and so on, as far as it is known.
  cursors TEXT NOT NULL DEFAULT '[]' CONSTRAINT cursors_is_json CHECK (json_valid(cursors)),
  state TEXT NOT NULL DEFAULT 'searching'
    CONSTRAINT state_is_known CHECK (state IN ('searching', 'sizing', 'shown', 'failed')),
  hits TEXT NOT NULL DEFAULT '[]' CONSTRAINT hits_is_json CHECK (json_valid(hits)),
  error_message TEXT,
  -- What the chat shows of it, and whether that is still true.
  drawn TEXT,
  settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (chat_id, message_id)
) STRICT;
CREATE INDEX idx_searches_due ON searches (chat_id, id) WHERE state IN ('searching', 'sizing');
CREATE INDEX idx_searches_draw ON searches (chat_id, id) WHERE settled = 0;
-- A hit that a library has says so: by both of its names, whatever their letters.
CREATE INDEX idx_models_names ON models (chat_id, lower(name));
CREATE INDEX idx_models_canonical_names ON models (chat_id, lower(canonical_name)) WHERE canonical_name IS NOT NULL;
