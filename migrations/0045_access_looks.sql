-- What a look-up of a gated repository waits for: the next look whether access was given, and how many there were.
ALTER TABLE add_requests ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE add_requests ADD COLUMN not_before TEXT
  CONSTRAINT only_what_failed_is_looked_at CHECK (not_before IS NULL OR state = 'failed');
ALTER TABLE add_requests ADD COLUMN waits_since TEXT;
CREATE INDEX idx_add_requests_access ON add_requests (not_before) WHERE not_before IS NOT NULL;
