-- Files from web addresses (docs/decisions/0036): a copy knows where its file comes from, and a file may have no hash that anybody has
-- told. A CHECK cannot be changed, so two tables are made anew.
CREATE TABLE copies_anew (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  host_id INTEGER NOT NULL DEFAULT 1 REFERENCES hosts (id),
  source TEXT NOT NULL DEFAULT 'hub' CONSTRAINT source_is_known CHECK (source IN ('hub', 'url')),
  repo_type TEXT NOT NULL CONSTRAINT repo_type_is_known CHECK (repo_type IN ('model', 'dataset')),
  name TEXT NOT NULL CONSTRAINT name_has_a_length CHECK (length(name) BETWEEN 1 AND 256),
  commit_sha TEXT NOT NULL CONSTRAINT commit_sha_is_40_hex
    CHECK (length(commit_sha) = 40 AND commit_sha NOT GLOB '*[^0-9a-f]*'),
  selection TEXT NOT NULL CONSTRAINT selection_is_json CHECK (json_valid(selection)),
  state TEXT NOT NULL DEFAULT 'listing'
    CONSTRAINT state_is_known CHECK (state IN ('listing', 'wanted', 'complete', 'left', 'going')),
  -- What is still to be taken away. A kill in between must not leave it.
  removal TEXT CONSTRAINT removal_is_known CHECK (removal IN ('arrived', 'files', 'list')),
  made_by TEXT CONSTRAINT made_by_is_known CHECK (made_by IN ('hubgram', 'other')),
  size_bytes INTEGER NOT NULL DEFAULT 0 CONSTRAINT size_bytes_is_not_negative CHECK (size_bytes >= 0),
  path TEXT CONSTRAINT path_is_absolute CHECK (path GLOB '/*' OR path GLOB '[A-Za-z]:[\/]*'),
  verified_at TEXT CONSTRAINT verified_at_is_a_time CHECK (verified_at LIKE '____-__-__T__:__:__.___Z'),
  files_gone INTEGER NOT NULL DEFAULT 0 CONSTRAINT files_gone_is_not_negative CHECK (files_gone >= 0),
  -- How often it was wanted anew: what comes late from before changes nothing.
  generation INTEGER NOT NULL DEFAULT 1 CONSTRAINT generation_is_positive CHECK (generation > 0),
  files_broken INTEGER NOT NULL DEFAULT 0
  CONSTRAINT files_broken_is_not_negative CHECK (files_broken >= 0),
  -- Where a file from a web address is.
  source_url TEXT,
  CONSTRAINT url_has_an_address CHECK ((source = 'url') = (source_url IS NOT NULL)),
  CONSTRAINT complete_has_a_path CHECK (state <> 'complete' OR path IS NOT NULL),
  CONSTRAINT going_has_a_removal CHECK (state <> 'going' OR removal IS NOT NULL),
  CONSTRAINT only_wanted_drops_what_arrived CHECK (removal IS NOT 'arrived' OR state IN ('wanted', 'going')),
  CONSTRAINT only_going_loses_files CHECK (removal IS NOT 'files' OR state = 'going'),
  CONSTRAINT only_unwanted_loses_its_list CHECK (removal IS NOT 'list' OR state IN ('left', 'going'))
) STRICT;
INSERT INTO copies_anew (
  id, host_id, source, repo_type, name, commit_sha, selection, state, removal, made_by, size_bytes, path,
  verified_at, files_gone, generation, files_broken
) SELECT
  id, host_id, source, repo_type, name, commit_sha, selection, state, removal, made_by, size_bytes, path,
  verified_at, files_gone, generation, files_broken
  FROM copies;
-- An id is never given twice.
DELETE FROM sqlite_sequence WHERE name = 'copies_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'copies_anew', seq FROM sqlite_sequence WHERE name = 'copies';
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
  CONSTRAINT only_pending_has_a_reason CHECK (status_reason IS NULL OR status = 'pending'),
  CONSTRAINT only_pending_waits_for_a_time CHECK (not_before IS NULL OR status = 'pending'),
  UNIQUE (chat_id, source, repo_type, name, revision, selection)
) STRICT;
INSERT INTO models_anew (
  id, chat_id, source, repo_type, name, revision, selection, status, status_reason, size_bytes, download_path,
  description, priority, enabled, pinned, category, canonical_name, license, requested_by, run_now, not_before,
  queued_at, created_at, updated_at, metadata, scheduled, waits_since, on_demand, wants_copy_id, copy_id, title,
  max_retries, check_frequency, token_of
) SELECT
  id, chat_id, source, repo_type, name, revision, selection, status, status_reason, size_bytes, download_path,
  description, priority, enabled, pinned, category, canonical_name, license, requested_by, run_now, not_before,
  queued_at, created_at, updated_at, metadata, scheduled, waits_since, on_demand, wants_copy_id, copy_id, title,
  max_retries, check_frequency, token_of
  FROM models;
-- An id is never given twice.
DELETE FROM sqlite_sequence WHERE name = 'models_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'models_anew', seq FROM sqlite_sequence WHERE name = 'models';
DROP TRIGGER models_take_their_turn;
DROP TRIGGER models_redraw;
DROP TRIGGER models_link_anew;
DROP TRIGGER models_follow;
DROP TRIGGER models_follow_again;
DROP TRIGGER models_come;
DROP TRIGGER models_are_here;
DROP TRIGGER copies_link_anew;
DROP TABLE models;
DROP TABLE copies;
ALTER TABLE copies_anew RENAME TO copies;
ALTER TABLE models_anew RENAME TO models;
CREATE UNIQUE INDEX idx_copies_key ON copies (name, repo_type, source, host_id, commit_sha, selection)
  WHERE state <> 'going';
CREATE INDEX idx_copies_repo ON copies (name, repo_type);
CREATE INDEX idx_copies_removal ON copies (id) WHERE removal IS NOT NULL;
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
WHEN NEW.copy_id IS NOT OLD.copy_id AND NEW.copy_id IS NOT NULL
BEGIN
  UPDATE model_apps SET state = 'waiting', message = NULL WHERE model_id = NEW.id;
END;
-- What is at a web address has no branch.
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
WHEN NEW.copy_id IS NOT NULL AND OLD.copy_id IS NULL
BEGIN
  INSERT OR IGNORE INTO models_to_link (model_id) VALUES (NEW.id);
END;
CREATE TRIGGER models_are_here AFTER INSERT ON models
WHEN NEW.copy_id IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO models_to_link (model_id) VALUES (NEW.id);
END;
CREATE TRIGGER copies_link_anew AFTER UPDATE OF state ON copies
WHEN NEW.state = 'complete' AND OLD.state <> 'complete' AND OLD.path IS NOT NULL
BEGIN
  UPDATE model_apps SET state = 'waiting', message = NULL WHERE model_id IN (
    SELECT id FROM models WHERE name = NEW.name AND repo_type = NEW.repo_type AND copy_id IS NOT NULL);
END;
CREATE INDEX idx_copies_source_url ON copies (source_url) WHERE source_url IS NOT NULL;
-- The hash of it stands for a name that its address has, until it has arrived.
ALTER TABLE copy_files ADD COLUMN unhashed INTEGER NOT NULL DEFAULT 0 CONSTRAINT unhashed_is_yes_or_no CHECK (unhashed IN (0, 1));
