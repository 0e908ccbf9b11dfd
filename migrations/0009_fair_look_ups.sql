-- How often its look-up has begun without an end: what ends the program each time is given up.
ALTER TABLE add_requests ADD COLUMN begun INTEGER NOT NULL DEFAULT 0 CHECK (begun >= 0);
ALTER TABLE add_requests ADD COLUMN begun_at TEXT;
CREATE INDEX idx_add_requests_waiting ON add_requests (chat_id, id) WHERE state = 'looking_up';
CREATE INDEX idx_add_requests_person ON add_requests (user_id, created_at);
CREATE INDEX idx_models_person ON models (requested_by) WHERE requested_by IS NOT NULL;
