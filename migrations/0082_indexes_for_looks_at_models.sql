-- What waits for room, and what is switched off, is little among what there is.
CREATE INDEX idx_models_no_space ON models (host_id) WHERE status = 'pending' AND status_reason = 'no_space' AND enabled = 1;
CREATE INDEX idx_models_chat_off ON models (chat_id) WHERE enabled = 0;
