-- Several machines: what the bot knows of each, and on which one a model is to lie. One chat may want the same model on several, so
-- that the host is part of what tells its models apart. A UNIQUE cannot be changed, so the table is made anew.
CREATE TABLE hosts_anew (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Host 1 is the machine that the bot runs on; the others are named by owners.
  name TEXT NOT NULL UNIQUE CONSTRAINT name_is_short CHECK
    (id = 1 OR (length(name) BETWEEN 1 AND 32 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*')),
  -- invited: a code was made for it; joined: it has come with it; gone: an owner has let it go, its row stays for what lay there.
  state TEXT NOT NULL DEFAULT 'invited' CONSTRAINT state_is_known CHECK (state IN ('invited', 'joined', 'gone')),
  created_by INTEGER,
  created_at TEXT CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  -- Of the code that it joins with, once: SHA-256, and until when.
  code_hash TEXT UNIQUE,
  code_ends_at TEXT CONSTRAINT code_ends_at_is_a_time CHECK (code_ends_at LIKE '____-__-__T__:__:__.___Z'),
  joined_at TEXT CONSTRAINT joined_at_is_a_time CHECK (joined_at LIKE '____-__-__T__:__:__.___Z'),
  -- When it was last heard of, and what it said then.
  seen_at TEXT CONSTRAINT seen_at_is_a_time CHECK (seen_at LIKE '____-__-__T__:__:__.___Z'),
  version TEXT,
  free_bytes INTEGER CONSTRAINT free_bytes_is_not_negative CHECK (free_bytes >= 0),
  total_bytes INTEGER CONSTRAINT total_bytes_is_not_negative CHECK (total_bytes >= 0),
  -- What it has to load models into, as JSON.
  memory TEXT CONSTRAINT memory_is_json CHECK (json_valid(memory)),
  -- Models downloaded there at once; NULL: as many as on the machine of the bot.
  places INTEGER CONSTRAINT places_is_not_negative CHECK (places >= 0),
  CONSTRAINT code_has_an_end CHECK ((code_hash IS NULL) = (code_ends_at IS NULL)),
  CONSTRAINT only_invited_has_a_code CHECK (code_hash IS NULL OR state = 'invited'),
  CONSTRAINT this_machine_stays CHECK (id <> 1 OR state = 'joined')
) STRICT;
INSERT INTO hosts_anew (id, name, state) SELECT id, name, 'joined' FROM hosts WHERE id = 1;
DROP TABLE hosts;

CREATE TABLE models_anew (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  source TEXT NOT NULL DEFAULT 'hub' CONSTRAINT source_is_known CHECK (source IN ('hub', 'url')),
  repo_type TEXT NOT NULL DEFAULT 'model' CONSTRAINT repo_type_is_known CHECK (repo_type IN ('model', 'dataset')),
  name TEXT NOT NULL CONSTRAINT name_has_a_length CHECK (length(name) BETWEEN 1 AND 256),
  revision TEXT NOT NULL DEFAULT 'main' CONSTRAINT revision_has_a_length CHECK (length(revision) BETWEEN 1 AND 256),
  selection TEXT NOT NULL CONSTRAINT selection_is_json CHECK (json_valid(selection)),
  status TEXT NOT NULL DEFAULT 'pending'
    CONSTRAINT status_is_known CHECK (status IN ('pending', 'downloading', 'completed', 'failed', 'paused')),
  status_reason TEXT CONSTRAINT status_reason_is_known
    CHECK (status_reason IN ('schedule', 'backoff', 'no_space', 'shutdown', 'interrupted', 'window_closed', 'held')),
  size_bytes INTEGER CONSTRAINT size_bytes_is_not_negative CHECK (size_bytes >= 0),
  download_path TEXT CONSTRAINT download_path_is_absolute
    CHECK (download_path GLOB '/*' OR download_path GLOB '[A-Za-z]:[\/]*'),
  description TEXT,
  priority TEXT NOT NULL DEFAULT 'medium' CONSTRAINT priority_is_known CHECK (priority IN ('high', 'medium', 'low')),
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
  category TEXT REFERENCES categories (name) ON UPDATE CASCADE ON DELETE SET NULL,
  canonical_name TEXT,
  license TEXT,
  requested_by INTEGER,
  run_now INTEGER NOT NULL DEFAULT 0 CHECK (run_now IN (0, 1)),
  not_before TEXT CONSTRAINT not_before_is_a_time CHECK (not_before LIKE '____-__-__T__:__:__.___Z'),
  queued_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
    CONSTRAINT queued_at_is_a_time CHECK (queued_at LIKE '____-__-__T__:__:__.___Z'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
    CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
    CONSTRAINT updated_at_is_a_time CHECK (updated_at LIKE '____-__-__T__:__:__.___Z'),
  metadata TEXT CONSTRAINT metadata_is_an_object
    CHECK (CASE WHEN json_valid(metadata) THEN json_type(metadata) = 'object' ELSE metadata IS NULL END),
  -- Downloaded while its chat's schedule is open only, unless somebody said "now".
  scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1)),
  -- When the wait that not_before ends began.
  waits_since TEXT
  CONSTRAINT waits_since_is_a_time CHECK (waits_since LIKE '____-__-__T__:__:__.___Z'),
  -- Added for later: it waits for a person's word.
  on_demand INTEGER NOT NULL DEFAULT 0 CHECK (on_demand IN (0, 1)),
  wants_copy_id INTEGER REFERENCES copies (id),
  copy_id INTEGER REFERENCES copies (id)
  CONSTRAINT completed_has_what_it_wants
    CHECK (CASE status WHEN 'completed' THEN copy_id IS wants_copy_id ELSE copy_id IS NULL OR copy_id IS NOT wants_copy_id END),
  title TEXT CONSTRAINT title_has_a_length CHECK (length(title) BETWEEN 1 AND 120),
  max_retries INTEGER CONSTRAINT max_retries_is_0_to_100 CHECK (max_retries BETWEEN 0 AND 100),
  check_frequency TEXT CONSTRAINT check_frequency_is_known
  CHECK (check_frequency IN ('daily', 'weekly', 'monthly', 'off')),
  token_of INTEGER,
  init INTEGER NOT NULL DEFAULT 0 CONSTRAINT init_is_a_flag CHECK (init IN (0, 1)),
  init_untold INTEGER NOT NULL DEFAULT 0
  CONSTRAINT init_untold_is_a_flag CHECK (init_untold IN (0, 1)),
  -- Where the copy that it wants lies, or shall lie.
  host_id INTEGER NOT NULL DEFAULT 1 REFERENCES hosts (id),
  CONSTRAINT only_pending_has_a_reason CHECK (status_reason IS NULL OR status = 'pending'),
  CONSTRAINT only_pending_waits_for_a_time CHECK (not_before IS NULL OR status = 'pending'),
  UNIQUE (chat_id, source, repo_type, name, revision, selection, host_id)
) STRICT;
INSERT INTO models_anew (
  id, chat_id, source, repo_type, name, revision, selection, status, status_reason, size_bytes, download_path,
  description, priority, enabled, pinned, category, canonical_name, license, requested_by, run_now, not_before,
  queued_at, created_at, updated_at, metadata, scheduled, waits_since, on_demand, wants_copy_id, copy_id, title,
  max_retries, check_frequency, token_of, init, init_untold
) SELECT
  id, chat_id, source, repo_type, name, revision, selection, status, status_reason, size_bytes, download_path,
  description, priority, enabled, pinned, category, canonical_name, license, requested_by, run_now, not_before,
  queued_at, created_at, updated_at, metadata, scheduled, waits_since, on_demand, wants_copy_id, copy_id, title,
  max_retries, check_frequency, token_of, init, init_untold
  FROM models;
-- An id is never given twice.
DELETE FROM sqlite_sequence WHERE name = 'models_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'models_anew', seq FROM sqlite_sequence WHERE name = 'models';
-- Triggers of other tables speak of models: without this, the rename would look for it in them (sqlite.org/lang_altertable.html, 7).
PRAGMA legacy_alter_table = ON;
DROP TABLE models;
ALTER TABLE models_anew RENAME TO models;
ALTER TABLE hosts_anew RENAME TO hosts;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX idx_models_status ON models (status);
CREATE INDEX idx_models_chat ON models (chat_id, status);
CREATE INDEX idx_models_name ON models (name, chat_id);
CREATE INDEX idx_models_category ON models (category) WHERE category IS NOT NULL;
CREATE INDEX idx_models_queued ON models (queued_at) WHERE status = 'pending';
CREATE INDEX idx_models_wants_copy ON models (wants_copy_id);
CREATE INDEX idx_models_copy ON models (copy_id);
CREATE INDEX idx_models_not_before ON models (status, not_before) WHERE status = 'pending' AND not_before IS NOT NULL;
CREATE INDEX idx_models_newest ON models (chat_id);
CREATE INDEX idx_models_by_name ON models (chat_id, coalesce(title, name) COLLATE NOCASE);
CREATE INDEX idx_models_by_size ON models (chat_id, size_bytes, id, status);
CREATE INDEX idx_models_by_change ON models (chat_id, updated_at);
CREATE INDEX idx_models_in_category ON models (chat_id, category, size_bytes, status);
CREATE INDEX idx_models_names ON models (chat_id, lower(name));
CREATE INDEX idx_models_canonical_names ON models (chat_id, lower(canonical_name)) WHERE canonical_name IS NOT NULL;
CREATE INDEX idx_models_coming_back ON models (id) WHERE status = 'pending' AND status_reason IN ('interrupted', 'shutdown');
CREATE INDEX idx_models_branch ON models (name, repo_type, revision);
CREATE INDEX idx_models_person ON models (requested_by, status, size_bytes) WHERE requested_by IS NOT NULL;
CREATE INDEX idx_models_with_older ON models (copy_id) WHERE copy_id IS NOT NULL AND status <> 'completed';
CREATE INDEX idx_models_token ON models (token_of) WHERE token_of IS NOT NULL;
CREATE INDEX idx_models_waiting ON models (chat_id, enabled, on_demand, run_now, scheduled, status_reason)
  WHERE status = 'pending';
CREATE INDEX idx_models_backing_off ON models (id, not_before) WHERE status = 'pending' AND status_reason = 'backoff';
CREATE INDEX idx_models_init_untold ON models (id) WHERE init_untold = 1;
CREATE INDEX idx_models_host ON models (host_id) WHERE host_id <> 1;
CREATE INDEX idx_copies_host ON copies (host_id) WHERE host_id <> 1;
CREATE TRIGGER models_take_their_turn AFTER UPDATE OF status ON models
WHEN NEW.status = 'downloading' AND OLD.status <> 'downloading'
BEGIN
  INSERT INTO chat_turns (chat_id, served_at)
  VALUES (NEW.chat_id, max(NEW.updated_at, coalesce(
    (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', max(served_at), '+0.001 seconds') FROM chat_turns), '')))
  ON CONFLICT (chat_id) DO UPDATE SET served_at = excluded.served_at;
END;
CREATE TRIGGER models_redraw AFTER UPDATE ON models
WHEN NEW.chat_id = OLD.chat_id
BEGIN
  UPDATE cards SET final = 0 WHERE model_id = NEW.id AND final = 1;
END;
CREATE TRIGGER models_link_anew AFTER UPDATE OF copy_id ON models
WHEN NEW.copy_id IS NOT OLD.copy_id AND NEW.copy_id IS NOT NULL AND NEW.host_id = 1
BEGIN
  UPDATE model_apps SET state = 'waiting', message = NULL WHERE model_id = NEW.id;
END;
CREATE TRIGGER models_follow AFTER UPDATE OF status ON models
WHEN NEW.status = 'completed' AND OLD.status <> 'completed' AND NEW.source = 'hub'
BEGIN
  INSERT OR IGNORE INTO branches (repo_type, name, revision) VALUES (NEW.repo_type, NEW.name, NEW.revision);
END;
CREATE TRIGGER models_follow_again AFTER INSERT ON models WHEN NEW.status = 'completed' AND NEW.source = 'hub'
BEGIN
  INSERT OR IGNORE INTO branches (repo_type, name, revision) VALUES (NEW.repo_type, NEW.name, NEW.revision);
END;
CREATE TRIGGER models_come AFTER UPDATE OF copy_id ON models
WHEN NEW.copy_id IS NOT NULL AND OLD.copy_id IS NULL AND NEW.host_id = 1
BEGIN
  INSERT OR IGNORE INTO models_to_link (model_id) VALUES (NEW.id);
END;
CREATE TRIGGER models_are_here AFTER INSERT ON models
WHEN NEW.copy_id IS NOT NULL AND NEW.host_id = 1
BEGIN
  INSERT OR IGNORE INTO models_to_link (model_id) VALUES (NEW.id);
END;
CREATE TRIGGER models_come_to_be_checked AFTER UPDATE OF copy_id ON models
WHEN NEW.init = 1 AND NEW.repo_type = 'model' AND NEW.copy_id IS NOT NULL AND NEW.copy_id IS NOT OLD.copy_id
BEGIN
  INSERT OR IGNORE INTO copy_checks (copy_id, asked_at) VALUES (NEW.copy_id, NEW.updated_at);
  UPDATE models SET init_untold = 1 WHERE id = NEW.id;
END;
CREATE TRIGGER models_lead_pull_jobs AFTER UPDATE ON models
WHEN NEW.chat_id = 0
BEGIN
  UPDATE pull_jobs SET changed_at = NEW.updated_at WHERE model_id = NEW.id AND status <> 'succeeded';
END;
CREATE TRIGGER models_that_come_back_lead_pull_jobs AFTER INSERT ON models
WHEN NEW.chat_id = 0
BEGIN
  UPDATE pull_jobs SET changed_at = NEW.updated_at WHERE model_id = NEW.id AND status <> 'succeeded';
END;
CREATE TRIGGER removed_models_end_pull_jobs AFTER DELETE ON models
WHEN OLD.chat_id = 0
BEGIN
  UPDATE pull_jobs SET changed_at = strftime('%Y-%m-%dT%H:%M:%fZ') WHERE model_id = OLD.id AND status <> 'succeeded';
END;
