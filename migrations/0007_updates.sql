-- Updates that Telegram gave and that are not handled yet. Telegram forgets what a poll confirms; these rows do not.
CREATE TABLE updates (
  update_id INTEGER PRIMARY KEY,
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  -- How many starts of the program found it waiting at the head of its chat: what ends the program is given up.
  deaths INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0),
  died_at TEXT,
  received_at TEXT NOT NULL
) STRICT;
