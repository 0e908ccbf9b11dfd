-- What people bring into their libraries from a file, and how far that is.
CREATE TABLE imports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  thread_id INTEGER,
  -- The person's message; null for a file of the machine. Negative: it stayed behind in the group that this supergroup was before.
  message_id INTEGER,
  card_message_id INTEGER,
  -- Of a file of the machine: what it held.
  digest TEXT,
  state TEXT NOT NULL DEFAULT 'reading'
    CONSTRAINT state_is_known CHECK (state IN ('reading', 'asking', 'bringing', 'done', 'failed', 'cancelled')),
  -- Whether what it brings in is downloaded, or waits for a person.
  starts INTEGER NOT NULL DEFAULT 0 CHECK (starts IN (0, 1)),
  -- How many of its models are here already, as it has them.
  same INTEGER NOT NULL DEFAULT 0 CHECK (same >= 0),
  -- What it says beside its models.
  settings TEXT NOT NULL DEFAULT '{}' CONSTRAINT settings_is_json CHECK (json_valid(settings)),
  -- When the file was first written, as it says.
  file_created TEXT,
  error_message TEXT,
  drawn TEXT,
  settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (chat_id, message_id)
) STRICT;
CREATE INDEX idx_imports_bringing ON imports (id) WHERE state = 'bringing';
CREATE INDEX idx_imports_draw ON imports (chat_id, id) WHERE settled = 0;
CREATE TABLE import_lines (
  import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  -- Its place among the lines of its import.
  number INTEGER NOT NULL CHECK (number >= 0),
  -- Where it stands in the file; 0 where that is not known.
  line INTEGER NOT NULL CHECK (line >= 0),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT kind_is_known CHECK (kind IN ('new', 'changed', 'refused')),
  state TEXT NOT NULL DEFAULT 'planned'
    CONSTRAINT line_state_is_known CHECK (state IN ('planned', 'asked', 'done', 'failed')),
  entry TEXT CONSTRAINT entry_is_json CHECK (entry IS NULL OR json_valid(entry)),
  -- The model that changes, or the request that looks up a new one.
  model_id INTEGER,
  request_id INTEGER,
  -- Why it is refused, what of it changes, or why it has failed.
  about TEXT,
  PRIMARY KEY (import_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_import_lines_state ON import_lines (import_id, kind, state);
-- A request that has no message of its own: that of its import tells of it.
ALTER TABLE add_requests ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0
  CONSTRAINT quiet_is_a_flag CHECK (quiet IN (0, 1));
