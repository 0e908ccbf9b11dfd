-- Branches that completed models follow, and when each is to be looked at. One row however many chats have models of it.
CREATE TABLE branches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_type TEXT NOT NULL CONSTRAINT repo_type_is_known CHECK (repo_type IN ('model', 'dataset')),
  name TEXT NOT NULL,
  revision TEXT NOT NULL,
  -- NULL: nobody has planned it yet.
  due_at TEXT CONSTRAINT due_at_is_a_time CHECK (due_at LIKE '____-__-__T__:__:__.___Z'),
  -- What people were told that keeps it from being looked at: it is told once.
  trouble TEXT,
  UNIQUE (name, repo_type, revision)
) STRICT;
CREATE INDEX idx_branches_due ON branches (due_at);
CREATE INDEX idx_models_branch ON models (name, repo_type, revision);

CREATE TRIGGER models_follow AFTER UPDATE OF status ON models
WHEN NEW.status = 'completed' AND OLD.status <> 'completed'
BEGIN
  INSERT OR IGNORE INTO branches (repo_type, name, revision) VALUES (NEW.repo_type, NEW.name, NEW.revision);
END;
-- One that is brought back comes as it was.
CREATE TRIGGER models_follow_again AFTER INSERT ON models WHEN NEW.status = 'completed'
BEGIN
  INSERT OR IGNORE INTO branches (repo_type, name, revision) VALUES (NEW.repo_type, NEW.name, NEW.revision);
END;
INSERT OR IGNORE INTO branches (repo_type, name, revision)
  SELECT repo_type, name, revision FROM models WHERE status = 'completed' ORDER BY id;

-- Who asked for updates, by a message or a tap: the answer comes when all that was asked for has been looked at.
CREATE TABLE renewal_asks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id INTEGER NOT NULL UNIQUE,
  chat_id INTEGER NOT NULL,
  thread_id INTEGER,
  -- Negative: the message stayed behind in the group that this supergroup was before.
  message_id INTEGER NOT NULL,
  done_at TEXT
) STRICT;
CREATE INDEX idx_renewal_asks_chat ON renewal_asks (chat_id);
CREATE INDEX idx_renewal_asks_open ON renewal_asks (id) WHERE done_at IS NULL;

-- How a model stands to what its branch is now.
CREATE TABLE renewals (
  model_id INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
  state TEXT NOT NULL CONSTRAINT state_is_known
    CHECK (state IN ('noted', 'asked', 'offered', 'ignored', 'wanted', 'taken', 'refused')),
  commit_sha TEXT CONSTRAINT commit_sha_is_40_hex
    CHECK (length(commit_sha) = 40 AND commit_sha NOT GLOB '*[^0-9a-f]*'),
  news TEXT CONSTRAINT news_is_json CHECK (json_valid(news)),
  reason TEXT,
  ask_id INTEGER REFERENCES renewal_asks (id),
  looked_at TEXT CONSTRAINT looked_at_is_a_time CHECK (looked_at LIKE '____-__-__T__:__:__.___Z'),
  updated_at TEXT NOT NULL,
  CONSTRAINT only_asked_knows_no_commit CHECK (state IN ('asked', 'refused') OR commit_sha IS NOT NULL)
) STRICT;
CREATE INDEX idx_renewals_open ON renewals (state, updated_at) WHERE state IN ('asked', 'wanted');
CREATE INDEX idx_renewals_looked ON renewals (looked_at);
CREATE INDEX idx_renewals_ask ON renewals (ask_id) WHERE ask_id IS NOT NULL;

-- How often it is looked for this model alone; NULL: as for its chat.
ALTER TABLE models ADD COLUMN check_frequency TEXT CONSTRAINT check_frequency_is_known
  CHECK (check_frequency IN ('daily', 'weekly', 'monthly', 'off'));
