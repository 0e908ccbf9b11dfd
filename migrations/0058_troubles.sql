-- What owners are told of unasked: a row as long as it lasts, so that a restart neither forgets it nor tells it twice.
CREATE TABLE troubles (
  cause TEXT PRIMARY KEY CONSTRAINT cause_is_known CHECK (cause IN ('stalled', 'disk')),
  -- For how long, and since then for how long it was well, while hubgram ran; in milliseconds.
  lasted_ms INTEGER NOT NULL CONSTRAINT lasted_ms_is_not_negative CHECK (lasted_ms >= 0),
  well_ms INTEGER NOT NULL CONSTRAINT well_ms_is_not_negative CHECK (well_ms >= 0),
  told_at TEXT CONSTRAINT told_at_is_a_time CHECK (told_at LIKE '____-__-__T__:__:__.___Z')
) STRICT;
-- What was free on the models' disk at the end of each period of five minutes.
CREATE TABLE disk_levels (
  period TEXT PRIMARY KEY CONSTRAINT period_is_a_time CHECK (period LIKE '____-__-__T__:__:__.___Z'),
  free_bytes INTEGER NOT NULL CONSTRAINT free_bytes_is_not_negative CHECK (free_bytes >= 0)
) STRICT, WITHOUT ROWID;
