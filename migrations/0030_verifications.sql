-- What people want to have read again: each wish is a row, and each copy that it means is a row of its own.
CREATE TABLE verifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  thread_id INTEGER,
  -- The person's message; null: it stayed behind in the group that this supergroup was before, or nobody wrote one.
  message_id INTEGER,
  -- Of the update that asked for it: however often that is handled, it is one wish. null: nobody asked.
  update_id INTEGER UNIQUE,
  card_message_id INTEGER,
  purpose TEXT NOT NULL CONSTRAINT purpose_is_known CHECK (purpose IN ('verify', 'adopt', 'round')),
  state TEXT NOT NULL DEFAULT 'reading'
    CONSTRAINT state_is_known CHECK (state IN ('reading', 'done', 'cancelled')),
  error_message TEXT,
  -- What the chat shows of it, and whether that is still true.
  drawn TEXT,
  settled INTEGER NOT NULL DEFAULT 0 CONSTRAINT settled_is_a_flag CHECK (settled IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX idx_verifications_chat ON verifications (chat_id, id);
CREATE INDEX idx_verifications_open ON verifications (chat_id, id) WHERE state = 'reading';
CREATE INDEX idx_verifications_draw ON verifications (id) WHERE settled = 0;

CREATE TABLE verification_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  verification_id INTEGER NOT NULL REFERENCES verifications (id) ON DELETE CASCADE,
  -- A copy that some model has; no reference, since copies go.
  copy_id INTEGER,
  -- What lies in the cache and is no copy yet.
  repo_type TEXT CONSTRAINT repo_type_is_known CHECK (repo_type IN ('model', 'dataset')),
  name TEXT,
  commit_sha TEXT CONSTRAINT commit_sha_is_40_hex
    CHECK (length(commit_sha) = 40 AND commit_sha NOT GLOB '*[^0-9a-f]*'),
  revision TEXT,
  model_id INTEGER REFERENCES models (id) ON DELETE SET NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CONSTRAINT state_is_known
    CHECK (state IN ('waiting', 'right', 'mending', 'left_out', 'refused', 'adopted', 'incomplete')),
  files INTEGER NOT NULL DEFAULT 0 CONSTRAINT files_is_not_negative CHECK (files >= 0),
  bytes INTEGER NOT NULL DEFAULT 0 CONSTRAINT bytes_is_not_negative CHECK (bytes >= 0),
  took_ms INTEGER NOT NULL DEFAULT 0 CONSTRAINT took_ms_is_not_negative CHECK (took_ms >= 0),
  finding TEXT CONSTRAINT finding_is_json CHECK (json_valid(finding)),
  CONSTRAINT is_of_something CHECK (copy_id IS NOT NULL OR (repo_type IS NOT NULL AND name IS NOT NULL AND commit_sha IS NOT NULL))
) STRICT;
CREATE INDEX idx_verification_items_state ON verification_items (verification_id, state, id);
CREATE INDEX idx_verification_items_copy ON verification_items (copy_id) WHERE state = 'waiting';
CREATE INDEX idx_verification_items_model ON verification_items (model_id) WHERE model_id IS NOT NULL;

-- Files that are there in their size, and are not what they were: no look from outside sees that.
ALTER TABLE copies ADD COLUMN files_broken INTEGER NOT NULL DEFAULT 0
  CONSTRAINT files_broken_is_not_negative CHECK (files_broken >= 0);
