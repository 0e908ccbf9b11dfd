-- What was done for updates that are not handled to their end: they may be handled again, and it must not be done again.
CREATE TABLE deeds (
  update_id INTEGER PRIMARY KEY,
  result TEXT NOT NULL CONSTRAINT result_is_json CHECK (json_valid(result))
) STRICT;
