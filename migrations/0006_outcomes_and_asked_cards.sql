-- What became of asking again for a model that the library had: it may have started something.
ALTER TABLE add_requests ADD COLUMN outcome TEXT
  CONSTRAINT outcome_is_known CHECK (outcome IN
    ('here', 'running', 'waits', 'started', 'resumed', 'anew', 'retried', 'renewed', 'refetched'));

-- Somebody asked to see this very card: it is shown in full also while one message tells of many downloads.
ALTER TABLE cards ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked IN (0, 1));
