-- One message may ask for several models: a request is known by the message and its place there. A UNIQUE constraint cannot
-- be changed, so the table is made anew.
CREATE TABLE new_add_requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  thread_id INTEGER,
  -- Negative: the message stayed behind in the group that this supergroup was before.
  message_id INTEGER NOT NULL,
  -- Which of the references in the message, 0 = the first.
  part INTEGER NOT NULL DEFAULT 0 CONSTRAINT part_is_a_place CHECK (part >= 0),
  card_message_id INTEGER,
  ref TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '{}' CONSTRAINT options_is_json CHECK (json_valid(options)),
  state TEXT NOT NULL DEFAULT 'looking_up'
    CONSTRAINT state_is_known CHECK (state IN ('looking_up', 'choosing', 'added', 'failed', 'cancelled')),
  model_id INTEGER REFERENCES models (id) ON DELETE SET NULL,
  choices TEXT CONSTRAINT choices_is_json CHECK (json_valid(choices)),
  error_message TEXT,
  outcome TEXT
    CONSTRAINT outcome_is_known CHECK (outcome IN
      ('here', 'running', 'waits', 'started', 'resumed', 'anew', 'retried', 'renewed', 'refetched')),
  begun INTEGER NOT NULL DEFAULT 0 CHECK (begun >= 0),
  begun_at TEXT,
  -- What the chat shows of it, and whether that is still true.
  drawn TEXT,
  settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (chat_id, message_id, part)
) STRICT;
INSERT INTO new_add_requests (id, chat_id, user_id, thread_id, message_id, card_message_id, ref, options, state, model_id,
    choices, error_message, outcome, begun, begun_at, drawn, settled, created_at, updated_at)
  SELECT id, chat_id, user_id, thread_id, message_id, card_message_id, ref, options, state, model_id,
    choices, error_message, outcome, begun, begun_at, drawn, settled, created_at, updated_at FROM add_requests;
DROP TABLE add_requests;
ALTER TABLE new_add_requests RENAME TO add_requests;
CREATE INDEX idx_add_requests_state ON add_requests (state);
CREATE INDEX idx_add_requests_card ON add_requests (chat_id, card_message_id) WHERE card_message_id IS NOT NULL;
CREATE INDEX idx_add_requests_model ON add_requests (model_id) WHERE model_id IS NOT NULL;
CREATE INDEX idx_add_requests_waiting ON add_requests (chat_id, id) WHERE state = 'looking_up';
CREATE INDEX idx_add_requests_person ON add_requests (user_id);
CREATE INDEX idx_add_requests_open ON add_requests (user_id) WHERE state = 'looking_up';
CREATE INDEX idx_add_requests_draw ON add_requests (chat_id, id) WHERE settled = 0;
