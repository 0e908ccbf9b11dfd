-- When the wait that not_before ends began. If the clock on the wall is set back behind it, not_before lies further ahead
-- than the wait ever was long: then it begins anew.
ALTER TABLE models ADD COLUMN waits_since TEXT
  CONSTRAINT waits_since_is_a_time CHECK (waits_since LIKE '____-__-__T__:__:__.___Z');
UPDATE models SET waits_since = updated_at WHERE not_before IS NOT NULL;
ALTER TABLE outbox ADD COLUMN waits_since TEXT
  CONSTRAINT waits_since_is_a_time CHECK (waits_since LIKE '____-__-__T__:__:__.___Z');
UPDATE outbox SET waits_since = created_at WHERE not_before IS NOT NULL;

-- Whose turn it is goes by the order of the turns. By the clock alone a chat that was served before it was set back would
-- have to wait until it has caught up.
CREATE INDEX idx_chat_turns_served ON chat_turns (served_at);
DROP TRIGGER models_take_their_turn;
CREATE TRIGGER models_take_their_turn AFTER UPDATE OF status ON models
WHEN NEW.status = 'downloading' AND OLD.status <> 'downloading'
BEGIN
  INSERT INTO chat_turns (chat_id, served_at)
  VALUES (NEW.chat_id, max(NEW.updated_at, coalesce(
    (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', max(served_at), '+0.001 seconds') FROM chat_turns), '')))
  ON CONFLICT (chat_id) DO UPDATE SET served_at = excluded.served_at;
END;

-- For the end of the line, wherever the clock stands.
CREATE INDEX idx_models_queued ON models (queued_at) WHERE status = 'pending';

-- Which sessions belong to a run goes by their ids: those that were open when it began, and those begun since.
UPDATE schedule_runs SET baseline = json_set(baseline, '$.newest', coalesce(
  (SELECT max(id) FROM download_sessions WHERE started_at < schedule_runs.started_at), 0))
WHERE completed IS NULL;
