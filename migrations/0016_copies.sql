-- What lies on a disk, or shall lie there, is a copy: one for all models that want it, with its files listed once.
CREATE TABLE hosts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CONSTRAINT name_has_a_length CHECK (length(name) BETWEEN 1 AND 64)
) STRICT;
INSERT INTO hosts (id, name) VALUES (1, 'this machine');

CREATE TABLE copies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  host_id INTEGER NOT NULL DEFAULT 1 REFERENCES hosts (id),
  source TEXT NOT NULL DEFAULT 'hub' CONSTRAINT source_is_known CHECK (source IN ('hub')),
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
  CONSTRAINT complete_has_a_path CHECK (state <> 'complete' OR path IS NOT NULL),
  CONSTRAINT going_has_a_removal CHECK (state <> 'going' OR removal IS NOT NULL),
  CONSTRAINT only_wanted_drops_what_arrived CHECK (removal IS NOT 'arrived' OR state IN ('wanted', 'going')),
  CONSTRAINT only_going_loses_files CHECK (removal IS NOT 'files' OR state = 'going'),
  CONSTRAINT only_unwanted_loses_its_list CHECK (removal IS NOT 'list' OR state IN ('left', 'going'))
) STRICT;
-- What is going may have a successor already.
CREATE UNIQUE INDEX idx_copies_key ON copies (name, repo_type, source, host_id, commit_sha, selection)
  WHERE state <> 'going';
CREATE INDEX idx_copies_repo ON copies (name, repo_type);
CREATE INDEX idx_copies_removal ON copies (id) WHERE removal IS NOT NULL;

-- The files of a copy. Nothing deletes them with the row of the copy: that could be a hundred thousand in one go.
CREATE TABLE copy_files (
  copy_id INTEGER NOT NULL REFERENCES copies (id),
  path TEXT NOT NULL CONSTRAINT path_is_not_empty CHECK (path <> ''),
  size_bytes INTEGER NOT NULL CONSTRAINT size_bytes_is_not_negative CHECK (size_bytes >= 0),
  -- Becomes a file's name: SHA-256 or SHA-1, nothing else.
  etag TEXT NOT NULL CONSTRAINT etag_is_a_hash CHECK (length(etag) IN (40, 64) AND etag NOT GLOB '*[^0-9a-f]*'),
  PRIMARY KEY (copy_id, path)
) STRICT, WITHOUT ROWID;

DROP TRIGGER models_redraw;

-- Long lists that were being written down: their look-ups begin again.
CREATE TEMP TABLE unfinished AS
  SELECT model_id AS id FROM add_requests WHERE state = 'looking_up' AND model_id IS NOT NULL;
UPDATE add_requests SET model_id = NULL WHERE model_id IN (SELECT id FROM unfinished);
UPDATE outbox SET model_id = NULL WHERE model_id IN (SELECT id FROM unfinished);
DELETE FROM download_sessions WHERE model_id IN (SELECT id FROM unfinished);
DELETE FROM cards WHERE model_id IN (SELECT id FROM unfinished);
DELETE FROM followers WHERE model_id IN (SELECT id FROM unfinished);
DELETE FROM arrived_to_drop WHERE model_id IN (SELECT id FROM unfinished);
DELETE FROM model_files WHERE model_id IN (SELECT id FROM unfinished);
DELETE FROM models WHERE id IN (SELECT id FROM unfinished);
DROP TABLE unfinished;

-- Models with equal keys get one copy, and the list of the oldest completed one, or of the oldest.
CREATE TEMP TABLE taken AS
  SELECT source, repo_type, name, commit_sha, selection,
    coalesce(min(id) FILTER (WHERE status = 'completed'), min(id)) AS model_id,
    coalesce(max(size_bytes), 0) AS size_bytes,
    max(download_path) FILTER (WHERE status = 'completed') AS path,
    max(updated_at) FILTER (WHERE status = 'completed') AS verified_at,
    coalesce(max(CASE WHEN status = 'completed' AND json_type(metadata, '$.filesGone') = 'integer'
      THEN metadata ->> '$.filesGone' END), 0) AS files_gone
  FROM models WHERE commit_sha IS NOT NULL
  GROUP BY source, repo_type, name, commit_sha, selection;
-- The id of the model is that of the copy, too: lists move without being sorted or looked up.
INSERT INTO copies (id, source, repo_type, name, commit_sha, selection, state, made_by, size_bytes, path, verified_at,
    files_gone)
  SELECT model_id, source, repo_type, name, commit_sha, selection, iif(path IS NULL, 'wanted', 'complete'), 'hubgram',
    size_bytes, path, verified_at, max(0, files_gone)
  FROM taken ORDER BY model_id;
INSERT INTO copy_files (copy_id, path, size_bytes, etag)
  SELECT model_id, path, size_bytes, etag FROM model_files WHERE model_id IN (SELECT id FROM copies)
  ORDER BY model_id, path;
CREATE INDEX idx_copy_files_etag ON copy_files (etag);
DROP TABLE taken;
DROP TABLE model_files;

ALTER TABLE models ADD COLUMN wants_copy_id INTEGER REFERENCES copies (id);
ALTER TABLE models ADD COLUMN copy_id INTEGER REFERENCES copies (id)
  CONSTRAINT completed_has_what_it_wants
    CHECK (CASE status WHEN 'completed' THEN copy_id IS wants_copy_id ELSE copy_id IS NULL OR copy_id IS NOT wants_copy_id END);
UPDATE models SET wants_copy_id = copies.id, copy_id = iif(status = 'completed', copies.id, NULL)
  FROM copies WHERE copies.name = models.name AND copies.repo_type = models.repo_type
    AND copies.source = models.source AND copies.commit_sha = models.commit_sha AND copies.selection = models.selection
    AND copies.state <> 'going' AND copies.host_id = 1;
UPDATE models SET metadata = json_remove(metadata, '$.filesGone') WHERE json_type(metadata, '$.filesGone') IS NOT NULL;
CREATE INDEX idx_models_wants_copy ON models (wants_copy_id);
CREATE INDEX idx_models_copy ON models (copy_id);

UPDATE copies SET removal = 'arrived' WHERE state = 'wanted' AND id IN (
  SELECT wants_copy_id FROM models JOIN arrived_to_drop ON arrived_to_drop.model_id = models.id);
DROP TABLE arrived_to_drop;

-- It is that of the copy which the model wants.
ALTER TABLE models DROP COLUMN commit_sha;

CREATE TRIGGER models_redraw AFTER UPDATE ON models
WHEN NEW.chat_id = OLD.chat_id
BEGIN
  UPDATE cards SET final = 0 WHERE model_id = NEW.id AND final = 1;
END;
