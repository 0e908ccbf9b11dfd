-- The machine's token of the Hub that the Hub does not accept any more, by the beginning of its SHA-256: its owners were told.
CREATE TABLE hub_token_refusals (
  fingerprint TEXT PRIMARY KEY,
  refused_at TEXT NOT NULL
) STRICT;
