-- Torrents that are given to others, or were: until when, how much, or why they are not.
CREATE TABLE torrent_seeds (
  copy_id INTEGER PRIMARY KEY REFERENCES copies (id) ON DELETE CASCADE,
  -- NULL: it is not given now.
  ends_at TEXT CONSTRAINT ends_at_is_a_time CHECK (ends_at LIKE '____-__-__T__:__:__.___Z'),
  given_bytes INTEGER NOT NULL DEFAULT 0 CONSTRAINT given_bytes_is_not_negative CHECK (given_bytes >= 0),
  refusal TEXT CONSTRAINT refusal_is_known CHECK (refusal IN ('links', 'files', 'peers', 'aria2'))
) STRICT;
CREATE INDEX idx_torrent_seeds_now ON torrent_seeds (copy_id) WHERE ends_at IS NOT NULL;
