-- A run that ends with its window says so in the word that the models it stops have for it. A CHECK cannot be changed, so
-- the table is made anew. Runs are never removed: the greatest id that is copied is the greatest that there ever was.
CREATE TABLE schedule_runs_anew (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule_id INTEGER REFERENCES schedule_configurations (id) ON DELETE SET NULL,
  chat_id INTEGER NOT NULL,
  schedule_name TEXT NOT NULL,
  -- The time on the timetable; the run may have begun later, after the machine had been off.
  opened_at TEXT NOT NULL CONSTRAINT opened_at_is_a_time CHECK (opened_at LIKE '____-__-__T__:__:__.___Z'),
  started_at TEXT NOT NULL CONSTRAINT started_at_is_a_time CHECK (started_at LIKE '____-__-__T__:__:__.___Z'),
  -- NULL: until nothing is left to do.
  closes_at TEXT CONSTRAINT closes_at_is_a_time CHECK (closes_at LIKE '____-__-__T__:__:__.___Z'),
  closed_at TEXT CONSTRAINT closed_at_is_a_time CHECK (closed_at LIKE '____-__-__T__:__:__.___Z'),
  end_reason TEXT CONSTRAINT end_reason_is_known CHECK (end_reason IN ('window_closed', 'done', 'disabled', 'next')),
  max_concurrent_downloads INTEGER NOT NULL CHECK (max_concurrent_downloads BETWEEN 1 AND 10),
  limit_bytes INTEGER CHECK (limit_bytes > 0),
  -- What sessions had received before it began: {"<session id>": bytes}; and the newest of all: {"newest": id}.
  baseline TEXT NOT NULL CONSTRAINT baseline_is_json CHECK (json_valid(baseline)),
  -- What became of it; NULL until it has been told.
  completed INTEGER,
  failed INTEGER,
  left_over INTEGER,
  bytes INTEGER,
  -- When its last download ended, or when it closed if something was left.
  worked_until TEXT,
  CONSTRAINT closed_has_a_reason CHECK ((closed_at IS NULL) = (end_reason IS NULL)),
  UNIQUE (schedule_id, opened_at)
) STRICT;
INSERT INTO schedule_runs_anew (
  id, schedule_id, chat_id, schedule_name, opened_at, started_at, closes_at, closed_at, end_reason,
  max_concurrent_downloads, limit_bytes, baseline, completed, failed, left_over, bytes, worked_until
) SELECT
  id, schedule_id, chat_id, schedule_name, opened_at, started_at, closes_at, closed_at,
  CASE end_reason WHEN 'window' THEN 'window_closed' ELSE end_reason END,
  max_concurrent_downloads, limit_bytes, baseline, completed, failed, left_over, bytes, worked_until
  FROM schedule_runs;
DROP TABLE schedule_runs;
ALTER TABLE schedule_runs_anew RENAME TO schedule_runs;
CREATE UNIQUE INDEX idx_schedule_runs_one_open ON schedule_runs (chat_id) WHERE closed_at IS NULL;
CREATE INDEX idx_schedule_runs_untold ON schedule_runs (closed_at) WHERE completed IS NULL AND closed_at IS NOT NULL;
CREATE INDEX idx_schedule_runs_chat ON schedule_runs (chat_id, id);
