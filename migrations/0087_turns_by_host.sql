-- By host, too: what is sought for a place on one machine does not pass what waits for the others.
DROP INDEX idx_models_turns;
DROP INDEX idx_models_turns_by_size;
CREATE INDEX idx_models_turns ON models (
    (scheduled AND NOT run_now), (CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END),
    (coalesce(status_reason IN ('interrupted', 'shutdown', 'window_closed', 'held'), 0)), host_id, chat_id, queued_at)
  WHERE status = 'pending' AND enabled = 1 AND (on_demand = 0 OR run_now = 1);
CREATE INDEX idx_models_turns_by_size ON models (
    (scheduled AND NOT run_now), (CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END),
    (coalesce(status_reason IN ('interrupted', 'shutdown', 'window_closed', 'held'), 0)), host_id, chat_id, coalesce(size_bytes, 9e15), queued_at)
  WHERE status = 'pending' AND enabled = 1 AND (on_demand = 0 OR run_now = 1);
