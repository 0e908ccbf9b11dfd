-- What was removed from a library can be brought back for a while: until then its copies stay, and what it was stands here.
CREATE TABLE removed_models (
  model_id INTEGER PRIMARY KEY,
  chat_id INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'kept' CONSTRAINT state_is_known CHECK (state IN ('kept', 'going', 'gone', 'undone')),
  -- The rows that went with it, and those that have only let go of it.
  entry TEXT NOT NULL CONSTRAINT entry_is_an_object
    CHECK (CASE WHEN json_valid(entry) THEN json_type(entry) = 'object' ELSE 0 END),
  taking TEXT NOT NULL CONSTRAINT taking_is_known CHECK (taking IN ('nothing', 'ours', 'all')),
  copy_id INTEGER REFERENCES copies (id),
  wants_copy_id INTEGER REFERENCES copies (id),
  -- Of what was cancelled nothing is kept that had arrived.
  cancelled INTEGER NOT NULL DEFAULT 0 CONSTRAINT cancelled_is_a_boolean CHECK (cancelled IN (0, 1)),
  removed_at TEXT NOT NULL CONSTRAINT removed_at_is_a_time CHECK (removed_at LIKE '____-__-__T__:__:__.___Z'),
  -- If the clock on the wall is set back behind the time of the removal, the wait begins anew.
  not_before TEXT NOT NULL CONSTRAINT not_before_is_a_time CHECK (not_before LIKE '____-__-__T__:__:__.___Z'),
  waits_since TEXT NOT NULL CONSTRAINT waits_since_is_a_time CHECK (waits_since LIKE '____-__-__T__:__:__.___Z'),
  -- As the removal was planned; once it is gone, as it was.
  freed_bytes INTEGER NOT NULL DEFAULT 0 CONSTRAINT freed_bytes_is_not_negative CHECK (freed_bytes >= 0),
  -- The message that tells of it, and the one that was its card: what they say is true, or there is none.
  message_id INTEGER,
  card_message_id INTEGER,
  settled INTEGER NOT NULL DEFAULT 0 CONSTRAINT settled_is_a_boolean CHECK (settled IN (0, 1)),
  card_settled INTEGER NOT NULL DEFAULT 0 CONSTRAINT card_settled_is_a_boolean CHECK (card_settled IN (0, 1)),
  updated_at TEXT NOT NULL,
  CONSTRAINT only_kept_has_copies CHECK (state = 'kept' OR (copy_id IS NULL AND wants_copy_id IS NULL))
) STRICT;
CREATE INDEX idx_removed_models_copy ON removed_models (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX idx_removed_models_wants_copy ON removed_models (wants_copy_id) WHERE wants_copy_id IS NOT NULL;
CREATE INDEX idx_removed_models_due ON removed_models (not_before) WHERE state = 'kept';
CREATE INDEX idx_removed_models_chat ON removed_models (chat_id, state);
CREATE INDEX idx_removed_models_draw ON removed_models (model_id) WHERE settled = 0 OR card_settled = 0;

-- An ended session is history. What may still happen to it: its model or its schedule is removed, its model is brought back,
-- its chat gets another id, and a person dismisses a failure (failed → cancelled) before the model's next session begins.
DROP TRIGGER download_sessions_immutable;
CREATE TRIGGER download_sessions_immutable BEFORE UPDATE ON download_sessions
WHEN OLD.status IN ('completed', 'failed', 'cancelled') AND NOT (
  NEW.id = OLD.id AND NEW.uuid = OLD.uuid AND NEW.model_name = OLD.model_name AND NEW.started_at = OLD.started_at
  AND NEW.completed_at = OLD.completed_at AND NEW.bytes_downloaded = OLD.bytes_downloaded
  AND NEW.total_bytes IS OLD.total_bytes AND NEW.error_message IS OLD.error_message
  AND NEW.error_stack IS OLD.error_stack AND NEW.retry_count = OLD.retry_count AND NEW.active_ms = OLD.active_ms
  AND NEW.received_bytes = OLD.received_bytes AND NEW.metadata IS OLD.metadata
  AND (NEW.model_id IS NULL OR NEW.model_id IS OLD.model_id
    OR (OLD.model_id IS NULL AND NEW.model_id IN (SELECT model_id FROM removed_models)))
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
