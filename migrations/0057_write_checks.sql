-- One row that is written now and then, to know whether anything can be written.
CREATE TABLE write_checks (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  written_at TEXT NOT NULL
) STRICT;
