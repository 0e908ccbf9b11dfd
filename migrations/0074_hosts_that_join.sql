-- What Redis knows a host by: SHA-256 of a password that the host has made and told nobody. Redis forgets its users when it loses its
-- disk; from this they are made anew. NULL: it was given its user by hand.
ALTER TABLE hosts ADD COLUMN password_hash TEXT
  CONSTRAINT password_hash_is_a_hash CHECK (length(password_hash) = 64 AND password_hash NOT GLOB '*[^0-9a-f]*');

-- That a machine stays away is another trouble of which owners are told, a row for each.
CREATE TABLE troubles_now (
  cause TEXT PRIMARY KEY CONSTRAINT cause_is_known CHECK (cause IN ('stalled', 'disk', 'webhook') OR cause GLOB 'host-[0-9]*'),
  lasted_ms INTEGER NOT NULL CONSTRAINT lasted_ms_is_not_negative CHECK (lasted_ms >= 0),
  well_ms INTEGER NOT NULL CONSTRAINT well_ms_is_not_negative CHECK (well_ms >= 0),
  told_at TEXT CONSTRAINT told_at_is_a_time CHECK (told_at LIKE '____-__-__T__:__:__.___Z')
) STRICT;
INSERT INTO troubles_now SELECT cause, lasted_ms, well_ms, told_at FROM troubles;
DROP TABLE troubles;
ALTER TABLE troubles_now RENAME TO troubles;
