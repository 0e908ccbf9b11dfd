-- What an owner has said that a person, or a group (ids below zero), may have. Where nothing is said, the default holds.
CREATE TABLE quotas (
  holder_id INTEGER NOT NULL,
  quota TEXT NOT NULL CONSTRAINT quota_is_known CHECK (quota IN ('models', 'bytes', 'running', 'adds_per_hour')),
  -- NULL: as much as there is.
  amount INTEGER CONSTRAINT amount_is_not_negative CHECK (amount >= 0),
  PRIMARY KEY (holder_id, quota)
) STRICT, WITHOUT ROWID;

-- Sums of what each person has are read from the index alone.
DROP INDEX idx_models_person;
CREATE INDEX idx_models_person ON models (requested_by, status, size_bytes) WHERE requested_by IS NOT NULL;
CREATE INDEX idx_models_with_older ON models (copy_id) WHERE copy_id IS NOT NULL AND status <> 'completed';
