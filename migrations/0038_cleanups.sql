-- What goes from a chat by itself, when nobody objects.
CREATE TABLE cleanups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'announced' CONSTRAINT state_is_known CHECK (state IN ('announced', 'done', 'called_off')),
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  -- When Telegram took the announcement.
  announced_at TEXT CONSTRAINT announced_at_is_a_time CHECK (announced_at LIKE '____-__-__T__:__:__.___Z'),
  -- How long the program has run since: what is set on the wall, and what it slept, does not count.
  ran_ms INTEGER NOT NULL DEFAULT 0 CONSTRAINT ran_ms_is_not_negative CHECK (ran_ms >= 0)
) STRICT;
CREATE UNIQUE INDEX idx_cleanups_one_announced ON cleanups (chat_id) WHERE state = 'announced';

-- The models of a clean-up, and what tells them apart when they are gone.
CREATE TABLE cleanup_models (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cleanup_id INTEGER NOT NULL REFERENCES cleanups (id) ON DELETE CASCADE,
  model_id INTEGER NOT NULL,
  -- `kept`: somebody said so; `stays`: it was used, pinned, or kept elsewhere meanwhile; `going`: it is being removed.
  fate TEXT NOT NULL DEFAULT 'announced'
    CONSTRAINT fate_is_known CHECK (fate IN ('announced', 'kept', 'stays', 'going', 'removed')),
  repo_type TEXT NOT NULL CONSTRAINT repo_type_is_known CHECK (repo_type IN ('model', 'dataset')),
  name TEXT NOT NULL CONSTRAINT name_has_a_length CHECK (length(name) BETWEEN 1 AND 256),
  revision TEXT NOT NULL,
  selection TEXT NOT NULL CONSTRAINT selection_is_json CHECK (json_valid(selection)),
  title TEXT,
  size_bytes INTEGER NOT NULL CONSTRAINT size_bytes_is_not_negative CHECK (size_bytes >= 0),
  used_at TEXT NOT NULL CONSTRAINT used_at_is_a_time CHECK (used_at LIKE '____-__-__T__:__:__.___Z'),
  -- When somebody last said that it stays: until so long after that it does not count as unused.
  kept_at TEXT CONSTRAINT kept_at_is_a_time CHECK (kept_at LIKE '____-__-__T__:__:__.___Z'),
  used_by TEXT NOT NULL CONSTRAINT used_by_is_known CHECK (used_by IN ('read', 'change', 'people')),
  UNIQUE (cleanup_id, model_id)
) STRICT;
CREATE INDEX idx_cleanup_models_model ON cleanup_models (model_id);
