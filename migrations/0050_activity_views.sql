-- What owners filter the activity log by, known by a number that has room in a button.
CREATE TABLE activity_views (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  filter TEXT NOT NULL CONSTRAINT filter_is_an_object
    CHECK (CASE WHEN json_valid(filter) THEN json_type(filter) = 'object' ELSE 0 END),
  UNIQUE (chat_id, filter)
) STRICT;
