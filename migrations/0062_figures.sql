-- What is counted whenever somebody asks how it is: by entries of an index alone.
CREATE INDEX idx_models_waiting ON models (chat_id, enabled, on_demand, run_now, scheduled, status_reason)
  WHERE status = 'pending';
CREATE INDEX idx_models_backing_off ON models (id, not_before) WHERE status = 'pending' AND status_reason = 'backoff';
CREATE INDEX idx_copies_complete ON copies (size_bytes) WHERE state = 'complete';
