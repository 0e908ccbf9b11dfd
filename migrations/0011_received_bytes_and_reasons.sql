-- What had come over the network in a session stood in its metadata; sums are made of it, so it is a column.
ALTER TABLE download_sessions ADD COLUMN received_bytes INTEGER NOT NULL DEFAULT 0
  CONSTRAINT received_bytes_is_not_negative CHECK (received_bytes >= 0);
DROP TRIGGER download_sessions_immutable;
UPDATE download_sessions SET received_bytes = CAST(max(0, metadata ->> '$.receivedBytes') AS INTEGER)
  WHERE json_type(metadata, '$.receivedBytes') IN ('integer', 'real');
UPDATE download_sessions SET metadata = json_remove(metadata, '$.receivedBytes')
  WHERE json_type(metadata, '$.receivedBytes') IS NOT NULL;
CREATE TRIGGER download_sessions_immutable BEFORE UPDATE ON download_sessions
WHEN OLD.status IN ('completed', 'failed', 'cancelled') AND NOT (
  NEW.id = OLD.id AND NEW.uuid = OLD.uuid AND NEW.model_name = OLD.model_name AND NEW.started_at = OLD.started_at
  AND NEW.completed_at = OLD.completed_at AND NEW.bytes_downloaded = OLD.bytes_downloaded
  AND NEW.total_bytes IS OLD.total_bytes AND NEW.error_message IS OLD.error_message
  AND NEW.error_stack IS OLD.error_stack AND NEW.retry_count = OLD.retry_count AND NEW.active_ms = OLD.active_ms
  AND NEW.received_bytes = OLD.received_bytes AND NEW.metadata IS OLD.metadata
  AND (NEW.model_id IS NULL OR NEW.model_id IS OLD.model_id)
  AND (NEW.schedule_id IS NULL OR NEW.schedule_id IS OLD.schedule_id)
  AND (
    NEW.status = OLD.status
    OR (
      OLD.status = 'failed' AND NEW.status = 'cancelled'
      AND NOT EXISTS (SELECT 1 FROM download_sessions later WHERE later.model_id = OLD.model_id AND later.id > OLD.id)
    )
  )
)
BEGIN
  SELECT RAISE(ABORT, 'a download session cannot be modified after completion');
END;

-- Two reasons for which a model waits get the words that people use for them: its window has closed, the owner holds
-- everything. A CHECK cannot be changed, so the table is made anew.
CREATE TABLE models_anew (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  source TEXT NOT NULL DEFAULT 'hub' CONSTRAINT source_is_known CHECK (source IN ('hub')),
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
  commit_sha TEXT CONSTRAINT commit_sha_is_40_hex
    CHECK (length(commit_sha) = 40 AND commit_sha NOT GLOB '*[^0-9a-f]*'),
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
  CONSTRAINT only_pending_has_a_reason CHECK (status_reason IS NULL OR status = 'pending'),
  CONSTRAINT only_pending_waits_for_a_time CHECK (not_before IS NULL OR status = 'pending'),
  UNIQUE (chat_id, source, repo_type, name, revision, selection)
) STRICT;
INSERT INTO models_anew (
  id, chat_id, source, repo_type, name, revision, selection, status, status_reason, size_bytes, download_path,
  description, priority, enabled, pinned, category, commit_sha, canonical_name, license, requested_by, run_now,
  not_before, queued_at, created_at, updated_at, metadata, scheduled, waits_since, on_demand
) SELECT
  id, chat_id, source, repo_type, name, revision, selection, status, CASE status_reason WHEN 'window' THEN
  'window_closed' WHEN 'waiting' THEN 'held' ELSE status_reason END, size_bytes, download_path, description,
  priority, enabled, pinned, category, commit_sha, canonical_name, license, requested_by, run_now, not_before,
  queued_at, created_at, updated_at, metadata, scheduled, waits_since, on_demand
  FROM models;
-- An id is never given twice, also if the newest models have been removed.
DELETE FROM sqlite_sequence WHERE name = 'models_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'models_anew', seq FROM sqlite_sequence WHERE name = 'models';
DROP TABLE models;
ALTER TABLE models_anew RENAME TO models;
CREATE INDEX idx_models_status ON models (status);
CREATE INDEX idx_models_chat ON models (chat_id, status);
CREATE INDEX idx_models_name ON models (name, chat_id);
CREATE INDEX idx_models_category ON models (category) WHERE category IS NOT NULL;
CREATE INDEX idx_models_queued ON models (queued_at) WHERE status = 'pending';
CREATE INDEX idx_models_person ON models (requested_by) WHERE requested_by IS NOT NULL;
CREATE TRIGGER models_redraw AFTER UPDATE ON models
WHEN NEW.chat_id = OLD.chat_id
BEGIN
  UPDATE cards SET final = 0 WHERE model_id = NEW.id AND final = 1;
END;
CREATE TRIGGER models_take_their_turn AFTER UPDATE OF status ON models
WHEN NEW.status = 'downloading' AND OLD.status <> 'downloading'
BEGIN
  INSERT INTO chat_turns (chat_id, served_at)
  VALUES (NEW.chat_id, max(NEW.updated_at, coalesce(
    (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', max(served_at), '+0.001 seconds') FROM chat_turns), '')))
  ON CONFLICT (chat_id) DO UPDATE SET served_at = excluded.served_at;
END;
