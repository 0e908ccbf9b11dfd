-- Tokens of people, sealed: what opens them is not in the database. One that is not checked yet stands beside the one it is to
-- replace until the Hub has said whose it is.
CREATE TABLE personal_tokens (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL,
  sealed TEXT NOT NULL CONSTRAINT sealed_has_a_length CHECK (length(sealed) BETWEEN 1 AND 2000),
  -- The last letters, by which its owner knows it.
  ending TEXT NOT NULL CONSTRAINT ending_is_short CHECK (length(ending) <= 4),
  state TEXT NOT NULL CONSTRAINT state_is_known CHECK (state IN ('unchecked', 'valid', 'revoked')),
  account TEXT,
  kind TEXT CONSTRAINT kind_is_known CHECK (kind IN ('read', 'write', 'fine_grained')),
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  -- NULL: the Hub is to be asked about it.
  checked_at TEXT CONSTRAINT checked_at_is_a_time CHECK (checked_at LIKE '____-__-__T__:__:__.___Z'),
  used_at TEXT CONSTRAINT used_at_is_a_time CHECK (used_at LIKE '____-__-__T__:__:__.___Z')
) STRICT;
CREATE UNIQUE INDEX idx_personal_tokens_new ON personal_tokens (user_id) WHERE state = 'unchecked';
CREATE UNIQUE INDEX idx_personal_tokens_known ON personal_tokens (user_id) WHERE state <> 'unchecked';
CREATE INDEX idx_personal_tokens_to_check ON personal_tokens (id) WHERE checked_at IS NULL;
