-- What people want to know of a copy: whether its files are whole inside, and fit the memory. However many ask, it is one row.
CREATE TABLE copy_checks (
  copy_id INTEGER PRIMARY KEY REFERENCES copies (id) ON DELETE CASCADE,
  state TEXT NOT NULL DEFAULT 'waiting'
    CONSTRAINT state_is_known CHECK (state IN ('waiting', 'done', 'refused', 'stale')),
  -- The length of the text for which memory is counted; NULL: the usual one.
  context_tokens INTEGER CONSTRAINT context_tokens_is_positive CHECK (context_tokens > 0),
  asked_at TEXT NOT NULL CONSTRAINT asked_at_is_a_time CHECK (asked_at LIKE '____-__-__T__:__:__.___Z'),
  result TEXT CONSTRAINT result_is_json CHECK (json_valid(result)),
  error_message TEXT,
  CONSTRAINT only_done_has_a_result CHECK ((state = 'done') = (result IS NOT NULL)),
  CONSTRAINT only_refused_says_why CHECK ((state = 'refused') = (error_message IS NOT NULL))
) STRICT;
CREATE INDEX idx_copy_checks_waiting ON copy_checks (asked_at, copy_id) WHERE state = 'waiting';

-- What was found says nothing of what the files have become; when all of them are there anew, it is found out again.
CREATE TRIGGER copies_outlive_their_check AFTER UPDATE ON copies
WHEN NEW.state <> OLD.state OR NEW.generation <> OLD.generation
  OR NEW.files_gone <> OLD.files_gone OR NEW.files_broken <> OLD.files_broken
BEGIN
  UPDATE copy_checks
    SET state = iif(NEW.state = 'complete' AND OLD.state <> 'complete', 'waiting', 'stale'), result = NULL, error_message = NULL
    WHERE copy_id = NEW.id AND state <> 'waiting';
END;
