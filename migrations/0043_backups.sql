-- Backups of the database that somebody asked for, or the nightly round: a wish first, then what has become of it.
CREATE TABLE backups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The owner who wants it; NULL: the nightly round.
  asked_by INTEGER,
  -- Of the update that asked for it: however often that is handled, it is one wish.
  update_id INTEGER UNIQUE,
  state TEXT NOT NULL DEFAULT 'wanted' CONSTRAINT state_is_known CHECK (state IN ('wanted', 'done', 'failed')),
  -- Its name in the folder of the backups, and its size there.
  file TEXT,
  size_bytes INTEGER CONSTRAINT size_bytes_is_not_negative CHECK (size_bytes >= 0),
  error_message TEXT,
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  ended_at TEXT CONSTRAINT ended_at_is_a_time CHECK (ended_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT done_has_a_file CHECK ((state = 'done') = (file IS NOT NULL AND size_bytes IS NOT NULL)),
  CONSTRAINT failed_has_a_reason CHECK ((state = 'failed') = (error_message IS NOT NULL)),
  CONSTRAINT only_wanted_has_not_ended CHECK ((state = 'wanted') = (ended_at IS NULL))
) STRICT;
CREATE INDEX idx_backups_wanted ON backups (id) WHERE state = 'wanted';
CREATE INDEX idx_backups_nightly ON backups (id) WHERE asked_by IS NULL;
