-- Schedules: windows, limits, time zones, and what became of each opening.

ALTER TABLE schedule_configurations ADD COLUMN until TEXT
  CONSTRAINT until_is_hh_mm CHECK (until GLOB '[0-2][0-9]:[0-5][0-9]' AND until < '24:00');
-- Bytes per second for everything that the schedule downloads. NULL: no limit of its own.
ALTER TABLE schedule_configurations ADD COLUMN limit_bytes INTEGER
  CONSTRAINT limit_bytes_is_above_zero CHECK (limit_bytes > 0);
-- When it opens next. '' after every change: then it has to be worked out anew.
ALTER TABLE schedule_configurations ADD COLUMN next_run_at TEXT NOT NULL DEFAULT ''
  CONSTRAINT next_run_at_is_a_time CHECK (next_run_at = '' OR next_run_at LIKE '____-__-__T__:__:__.___Z');
CREATE INDEX idx_schedule_configurations_due ON schedule_configurations (next_run_at) WHERE enabled = 1;

-- IANA name. NULL: the zone of the whole bot.
ALTER TABLE chat_sessions ADD COLUMN timezone TEXT;

-- Downloaded while its chat's schedule is open only, unless somebody said "now".
ALTER TABLE models ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1));
UPDATE models SET scheduled = 1 WHERE status = 'pending' AND status_reason = 'schedule';

CREATE TABLE schedule_runs (
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
  end_reason TEXT CONSTRAINT end_reason_is_known CHECK (end_reason IN ('window', 'done', 'disabled', 'next')),
  max_concurrent_downloads INTEGER NOT NULL CHECK (max_concurrent_downloads BETWEEN 1 AND 10),
  limit_bytes INTEGER CHECK (limit_bytes > 0),
  -- What sessions had received before it began: {"<session id>": bytes}.
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
CREATE UNIQUE INDEX idx_schedule_runs_one_open ON schedule_runs (chat_id) WHERE closed_at IS NULL;
CREATE INDEX idx_schedule_runs_untold ON schedule_runs (closed_at) WHERE completed IS NULL AND closed_at IS NOT NULL;
CREATE INDEX idx_schedule_runs_chat ON schedule_runs (chat_id, id);
